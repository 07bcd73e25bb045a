/* What is answered from the sums: the same tests on SQLite and PostgreSQL. */
#include "api/server/ledger/ledger_scope.h"
#include "tests/unit/api/server/ledger/ledger_rig.h"

TestSuite(ledger_usage, .timeout = 120);

static const struct ledger_scope everything = {.is_all = true};

#define HOUR_0 "1764000000000"
#define LATE_IN_HOUR_0 "1764003599999"
#define HOUR_1 "1764003600000"
#define CALL(TIME, TEAM, MODEL, TOKENS)                                                                      \
    RECORD_OF("01A", TIME, "demo",                                                                           \
              ",\"team\":\"" TEAM "\",\"model\":\"" MODEL "\",\"inputTokens\":" TOKENS                       \
              ",\"cost\":\"0.001\"")                                                                         \
    "\n"

static void
given_calls(void)
{
    given_ledger();
    given_records(JOURNAL_A, TEXT(CALL(HOUR_0, "red", "m1", "1") CALL(LATE_IN_HOUR_0, "red", "m1", "2")
                                      CALL(HOUR_0, "red", "m2", "4") CALL(HOUR_0, "blue", "m1", "8")
                                          CALL(HOUR_1, "blue", "m1", "16") CALL(HOUR_1, "blue", "m1", "32")));
}

static struct usage_question
question_of_all(void)
{
    return (struct usage_question){.scope = &everything, .until_ms = INT64_MAX, .most_rows = 100};
}

static struct usage_answer
expect_rows(const struct usage_question *question, size_t count)
{
    struct usage_answer answer = usage_of(question);
    cr_assert_eq(answer.end, LEDGER_DONE, "%s", answer.why.message);
    cr_assert_eq(answer.row_count, count, "%zu rows", answer.row_count);
    return answer;
}

static void
expect_row(const struct usage_rollup *row, const char *team, const char *model, int64_t calls, int64_t tokens)
{
    cr_assert(text_equals(row->by[USAGE_BY_TEAM], text_of(team)), "team %.*s",
              TEXT_ARG(row->by[USAGE_BY_TEAM]));
    cr_assert(text_equals(row->by[USAGE_BY_MODEL], text_of(model)), "model %.*s",
              TEXT_ARG(row->by[USAGE_BY_MODEL]));
    cr_assert_eq(row->calls, calls, "%lld calls", (long long)row->calls);
    cr_assert_eq(row->used.input_tokens, tokens, "%lld tokens", (long long)row->used.input_tokens);
    cr_assert_eq(row->cost_nano, calls * 1000000);
    cr_assert_eq(row->hour_ms, 0);
}

ON_BOTH(ledger_usage, without_dimensions_is_one_row_of_everything)
{
    given_calls();
    struct usage_question question = question_of_all();
    struct usage_answer answer = expect_rows(&question, 1);
    expect_row(&answer.rows[0], "", "", 6, 63);
    cr_assert_not(answer.is_cut);
}

ON_BOTH(ledger_usage, by_one_dimension_has_most_calls_first_and_then_the_names)
{
    given_calls();
    struct usage_question question = question_of_all();
    question.by[question.by_count++] = USAGE_BY_TEAM;
    struct usage_answer answer = expect_rows(&question, 2);
    expect_row(&answer.rows[0], "blue", "", 3, 56);
    expect_row(&answer.rows[1], "red", "", 3, 7);
}

ON_BOTH(ledger_usage, by_several_dimensions_is_the_same_in_either_order)
{
    given_calls();
    struct usage_question question = question_of_all();
    for (int i = 0; i < 2; i++) {
        question.by_count = 2;
        question.by[i] = USAGE_BY_MODEL;
        question.by[1 - i] = USAGE_BY_TEAM;
        struct usage_answer answer = expect_rows(&question, 3);
        expect_row(&answer.rows[0], "blue", "m1", 3, 56);
        expect_row(&answer.rows[1], "red", "m1", 2, 3);
        expect_row(&answer.rows[2], "red", "m2", 1, 4);
    }
}

ON_BOTH(ledger_usage, by_all_dimensions_is_told_apart_by_all)
{
    given_calls();
    struct usage_question question = question_of_all();
    for (int i = 0; i < USAGE_DIMENSION_COUNT; i++)
        question.by[question.by_count++] = (enum usage_dimension)i;
    struct usage_answer answer = expect_rows(&question, 3);
    cr_assert(text_equals(answer.rows[0].by[USAGE_BY_WORKSPACE], TEXT("demo")));
    cr_assert(text_equals(answer.rows[0].by[USAGE_BY_OUTCOME], TEXT("Completed")));
}

ON_BOTH(ledger_usage, of_some_only_counts_those)
{
    given_calls();
    struct usage_question question = question_of_all();
    question.only[USAGE_BY_TEAM] = TEXT("red");
    struct usage_answer answer = expect_rows(&question, 1);
    expect_row(&answer.rows[0], "", "", 3, 7);
    question.only[USAGE_BY_MODEL] = TEXT("m2");
    question.by[question.by_count++] = USAGE_BY_TEAM;
    answer = expect_rows(&question, 1);
    expect_row(&answer.rows[0], "red", "", 1, 4);
    question.only[USAGE_BY_WORKSPACE] = TEXT("other");
    expect_rows(&question, 0);
    question = question_of_all();
    question.only[USAGE_BY_TEAM] = TEXT("' OR '1'='1");
    expect_rows(&question, 0);
}

ON_BOTH(ledger_usage, counts_the_hour_that_from_is_in_and_not_the_one_that_until_begins)
{
    given_calls();
    static const struct {
        int64_t from_ms, until_ms, calls;
    } cases[] = {
        {SOME_HOUR_MS, SOME_HOUR_MS + USAGE_HOUR_MS, 4},
        {SOME_HOUR_MS + 1, SOME_HOUR_MS + USAGE_HOUR_MS, 4},
        {SOME_HOUR_MS + USAGE_HOUR_MS - 1, SOME_HOUR_MS + USAGE_HOUR_MS + 1, 6},
        {SOME_HOUR_MS + USAGE_HOUR_MS, INT64_MAX, 2},
        {0, SOME_HOUR_MS + 1, 4},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct usage_question question = question_of_all();
        question.from_ms = cases[i].from_ms;
        question.until_ms = cases[i].until_ms;
        struct usage_answer answer = expect_rows(&question, 1);
        cr_assert_eq(answer.rows[0].calls, cases[i].calls, "case %zu: %lld", i,
                     (long long)answer.rows[0].calls);
    }
}

ON_BOTH(ledger_usage, of_a_time_without_calls_has_no_rows)
{
    given_calls();
    struct usage_question question = question_of_all();
    question.until_ms = SOME_HOUR_MS;
    expect_rows(&question, 0);
    question.by[question.by_count++] = USAGE_BY_TEAM;
    expect_rows(&question, 0);
}

ON_BOTH(ledger_usage, is_cut_at_most_rows_and_says_so)
{
    given_calls();
    struct usage_question question = question_of_all();
    question.by[question.by_count++] = USAGE_BY_TEAM;
    question.by[question.by_count++] = USAGE_BY_MODEL;
    question.most_rows = 2;
    struct usage_answer answer = expect_rows(&question, 2);
    cr_assert(answer.is_cut);
    expect_row(&answer.rows[1], "red", "m1", 2, 3);
    question.most_rows = 3;
    cr_assert_not(expect_rows(&question, 3).is_cut);
}

ON_BOTH(ledger_usage, goes_on_behind_the_rows_that_were_answered)
{
    given_calls();
    struct usage_question question = question_of_all();
    question.by[question.by_count++] = USAGE_BY_TEAM;
    question.by[question.by_count++] = USAGE_BY_MODEL;
    question.skip_rows = 2;
    struct usage_answer answer = expect_rows(&question, 1);
    expect_row(&answer.rows[0], "red", "m2", 1, 4);
    question.skip_rows = 3;
    expect_rows(&question, 0);
}

ON_BOTH(ledger_usage, of_another_workspace_is_in_no_row_and_no_sum)
{
    given_calls();
    struct text names[] = {TEXT("other"), TEXT("demo"), TEXT("third")};
    const struct ledger_scope others = {.workspaces = {names, 1}}, all = {.workspaces = {names, 3}},
                              none = {0};
    struct usage_question question = question_of_all();
    question.scope = &others;
    expect_rows(&question, 0);
    question.by[question.by_count++] = USAGE_BY_TEAM;
    expect_rows(&question, 0);
    question.scope = &none;
    expect_rows(&question, 0);
    question.scope = &all;
    expect_rows(&question, 2);
}

ON_BOTH(ledger_usage, has_every_class_in_its_place)
{
    given_ledger();
    struct text record = TEXT("{\"id\":\"01A\",\"time\":1,\"workspace\":\"demo\",\"environment\":\"dev\","
                              "\"outcome\":\"Completed\"");
    for (int i = 0; i < USAGE_CLASS_COUNT; i++)
        record = text_format(rig.arena, "%.*s,\"%.*s\":%d", TEXT_ARG(record),
                             TEXT_ARG(usage_vector_schema.fields[i].key), i + 1);
    given_records(JOURNAL_A, text_format(rig.arena, "%.*s}\n", TEXT_ARG(record)));
    struct usage_question question = question_of_all();
    struct usage_answer answer = expect_rows(&question, 1);
    for (int i = 0; i < USAGE_CLASS_COUNT; i++)
        cr_assert_eq(usage_vector_count(&answer.rows[0].used, (enum usage_class)i), i + 1);
    cr_assert_eq(answer.rows[0].unpriced_calls, 1);
}

#define OF_RUN(ID, TIME, WORKSPACE, RUN, STEP)                                                               \
    RECORD_OF(ID, TIME, WORKSPACE,                                                                           \
              ",\"model\":\"m1\",\"inputTokens\":1,\"run\":\"" RUN "\",\"tags\":{\"step\":\"" STEP           \
              "\",\"team\":\"red\"}")                                                                        \
    "\n"

static void
given_runs(void)
{
    given_ledger();
    given_records(JOURNAL_A,
                  TEXT(OF_RUN("01A", HOUR_0, "demo", "r1", "1") OF_RUN("01B", HOUR_1, "demo", "r1", "2")
                           OF_RUN("01C", HOUR_1, "demo", "r2", "2") RECORD("01D", "") "\n"));
    given_records_of("other", JOURNAL_B, TEXT(OF_RUN("01E", HOUR_1, "other", "r1", "2")));
}

static void
expect_value(const struct usage_rollup *row, const char *value, int64_t calls)
{
    cr_assert(text_equals(row->purpose.value, text_of(value)), "%.*s", TEXT_ARG(row->purpose.value));
    cr_assert_eq(row->calls, calls, "%lld calls of %s", (long long)row->calls, value);
}

ON_BOTH(ledger_usage, by_run_or_tag_has_only_calls_that_have_one)
{
    given_runs();
    struct usage_question question = question_of_all();
    question.by_purpose = true;
    question.purpose.key = TEXT("run");
    struct usage_answer answer = expect_rows(&question, 2);
    expect_value(&answer.rows[0], "r1", 3);
    expect_value(&answer.rows[1], "r2", 1);
    question.purpose.key = TEXT("tag:step");
    answer = expect_rows(&question, 2);
    expect_value(&answer.rows[0], "2", 3);
    expect_value(&answer.rows[1], "1", 1);
    question.purpose.key = TEXT("tag:none");
    expect_rows(&question, 0);
    question = question_of_all();
    answer = expect_rows(&question, 1);
    cr_assert_eq(answer.rows[0].calls, 5, "nothing is counted twice");
}

ON_BOTH(ledger_usage, of_one_run_is_told_apart_by_all_else)
{
    static struct text only_demo[] = {TEXT("demo")};
    static const struct ledger_scope demo = {.workspaces = {only_demo, 1}};
    given_runs();
    struct usage_question question = question_of_all();
    question.purpose = (struct text_pair){TEXT("run"), TEXT("r1")};
    question.by[question.by_count++] = USAGE_BY_WORKSPACE;
    struct usage_answer answer = expect_rows(&question, 2);
    cr_assert(text_equals(answer.rows[0].by[USAGE_BY_WORKSPACE], TEXT("demo")));
    cr_assert_eq(answer.rows[0].calls, 2);
    cr_assert_eq(answer.rows[0].used.input_tokens, 2);
    cr_assert_eq(answer.rows[1].calls, 1);
    question.over_ms = USAGE_HOUR_MS;
    question.by_purpose = true;
    question.scope = &demo;
    answer = expect_rows(&question, 2);
    expect_value(&answer.rows[0], "r1", 1);
    cr_assert_eq(answer.rows[1].hour_ms - answer.rows[0].hour_ms, USAGE_HOUR_MS);
    question.only[USAGE_BY_MODEL] = TEXT("m2");
    expect_rows(&question, 0);
}

ON_BOTH(ledger_usage, by_run_comes_in_pages)
{
    given_runs();
    struct usage_question question = question_of_all();
    question.by_purpose = true;
    question.purpose.key = TEXT("run");
    question.most_rows = 1;
    struct usage_answer answer = expect_rows(&question, 1);
    expect_value(&answer.rows[0], "r1", 3);
    cr_assert(answer.is_cut);
    question.skip_rows = 1;
    answer = expect_rows(&question, 1);
    expect_value(&answer.rows[0], "r2", 1);
    cr_assert_not(answer.is_cut);
}
