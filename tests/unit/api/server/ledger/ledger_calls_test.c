/* Single calls, and the hours themselves: the same tests on SQLite and PostgreSQL. */
#include "api/server/ledger/ledger_calls.h"

#include "api/server/ledger/ledger_hours.h"
#include "lib/base/buffer.h"
#include "tests/unit/api/server/ledger/ledger_rig.h"

TestSuite(ledger_calls, .timeout = 120);
TestSuite(ledger_hours, .timeout = 120);

static const struct ledger_scope everything = {.is_all = true};
static struct text only_demo[] = {TEXT("demo")};
static const struct ledger_scope demo = {.workspaces = {only_demo, 1}};
static struct text only_other[] = {TEXT("other")};
static const struct ledger_scope other = {.workspaces = {only_other, 1}};

static struct calls_answer got_calls;
static struct hours_answer got_hours;

static void
on_calls(void *owner, const struct calls_answer *answer)
{
    got_calls = *answer;
    *(bool *)owner = true;
}

static void
on_hours(void *owner, const struct hours_answer *answer)
{
    got_hours = *answer;
    *(bool *)owner = true;
}

static struct calls_question
newest(size_t most_rows)
{
    return (struct calls_question){.scope = &everything, .until_ms = INT64_MAX, .most_rows = most_rows};
}

/* The ids of a page, each with a blank behind it. */
static void
expect_page(const struct calls_question *question, const char *ids, bool is_cut)
{
    bool is_answered = false;
    struct buffer found;
    ledger_calls(the_ledger(), rig.arena, question, on_calls, &is_answered);
    rig_until(&is_answered);
    cr_assert_eq(got_calls.end, LEDGER_DONE, "%s", got_calls.why.message);
    buffer_init(&found, rig.arena, 64);
    for (size_t i = 0; i < got_calls.count; i++)
        buffer_print(&found, "%.*s ", TEXT_ARG(got_calls.calls[i].place.id));
    cr_assert(text_equals(buffer_text(&found), text_of(ids)), "%.*s", TEXT_ARG(buffer_text(&found)));
    cr_assert_eq(got_calls.is_cut, is_cut);
}

static void
given_calls(void)
{
    given_ledger();
    given_records(JOURNAL_A, TEXT(RECORD_OF("01A", "1000", "demo", ",\"model\":\"m1\"") "\n" RECORD_OF(
                                 "01C", "3000", "demo",
                                 ",\"model\":\"m2\"") "\n" RECORD_OF("01B", "2000", "demo", "") "\n"));
    given_records_of("other", JOURNAL_B, TEXT(RECORD_OF("01D", "3000", "other", ",\"model\":\"m1\"") "\n"));
}

ON_BOTH(ledger_calls, come_newest_first_as_they_were_written)
{
    given_calls();
    struct calls_question question = newest(10);
    expect_page(&question, "01D 01C 01B 01A ", false);
    cr_assert(
        text_equals(got_calls.calls[3].record, TEXT(RECORD_OF("01A", "1000", "demo", ",\"model\":\"m1\""))));
}

ON_BOTH(ledger_calls, go_on_where_a_page_ended)
{
    given_calls();
    struct calls_question question = newest(1);
    static const char *const pages[] = {"01D ", "01C ", "01B ", "01A "};
    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        expect_page(&question, pages[i], i + 1 < COUNT_OF(pages));
        question.after = got_calls.calls[0].place;
    }
    expect_page(&question, "", false);
}

ON_BOTH(ledger_calls, of_some_only_are_those)
{
    given_calls();
    struct calls_question question = newest(10);
    question.only[USAGE_BY_MODEL] = TEXT("m1");
    expect_page(&question, "01D 01A ", false);
    question.only[USAGE_BY_WORKSPACE] = TEXT("demo");
    expect_page(&question, "01A ", false);
    question = newest(10);
    question.from_ms = 2000;
    question.until_ms = 3000;
    expect_page(&question, "01B ", false);
}

ON_BOTH(ledger_calls, of_one_run_are_those)
{
    given_ledger();
    given_records(JOURNAL_A, TEXT(RECORD_OF("01A", "1000", "demo", ",\"run\":\"r1\"") "\n" RECORD_OF(
                                 "01B", "2000", "demo", ",\"run\":\"r2\"") "\n" RECORD_OF("01C", "3000",
                                                                                          "demo", "") "\n"));
    given_records_of("other", JOURNAL_B, TEXT(RECORD_OF("01D", "4000", "other", ",\"run\":\"r1\"") "\n"));
    struct calls_question question = newest(10);
    question.run = TEXT("r1");
    expect_page(&question, "01D 01A ", false);
    question.scope = &demo;
    expect_page(&question, "01A ", false);
    question.run = TEXT("r");
    expect_page(&question, "", false);
}

ON_BOTH(ledger_calls, of_another_workspace_are_not_there)
{
    given_calls();
    struct calls_question question = newest(2);
    question.scope = &demo;
    expect_page(&question, "01C 01B ", true);
    question.only[USAGE_BY_WORKSPACE] = TEXT("other");
    expect_page(&question, "", false);
}

ON_BOTH(ledger_calls, are_found_by_id_where_the_asker_may_look)
{
    static const struct {
        const struct ledger_scope *scope;
        const char *id;
        size_t count;
    } cases[] = {{&everything, "01D", 1}, {&demo, "01A", 1}, {&demo, "01D", 0}, {&everything, "01E", 0}};
    given_calls();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool is_answered = false;
        const struct call_question question = {.scope = cases[i].scope, .id = text_of(cases[i].id)};
        ledger_call(the_ledger(), rig.arena, &question, on_calls, &is_answered);
        rig_until(&is_answered);
        cr_assert_eq(got_calls.end, LEDGER_DONE, "%s", got_calls.why.message);
        cr_assert_eq(got_calls.count, cases[i].count, "case %zu: %zu", i, got_calls.count);
    }
}

#define TRY_OF(CALL, ID, NUMBER, REASON)                                                                     \
    RECORD_OF(ID, "1000", "demo", ",\"call\":\"" CALL "\",\"try\":" NUMBER ",\"nextTry\":\"" REASON "\"")    \
    "\n"

ON_BOTH(ledger_calls, have_their_earlier_tries_beside_them)
{
    static const struct {
        const struct ledger_scope *scope;
        const char *id, *ids;
    } cases[] = {{&everything, "01Z", "01K 01J 01Z "},
                 {&everything, "01J", "01J "},
                 {&everything, "", ""},
                 {&other, "01Z", ""}};
    given_ledger();
    given_records(JOURNAL_A,
                  TEXT(TRY_OF("01Z", "01K", "1", "Timeout") TRY_OF("01Y", "01L", "1", "Timeout")
                           TRY_OF("01Z", "01J", "2", "ServerError") TRY_OF("01Z", "01Z", "3", "None")));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool is_answered = false;
        struct buffer found;
        const struct call_question question = {cases[i].scope, text_of(cases[i].id), 3};
        ledger_tries(the_ledger(), rig.arena, &question, on_calls, &is_answered);
        rig_until(&is_answered);
        cr_assert_eq(got_calls.end, LEDGER_DONE, "%s", got_calls.why.message);
        buffer_init(&found, rig.arena, 64);
        for (size_t j = 0; j < got_calls.count; j++)
            buffer_print(&found, "%.*s ", TEXT_ARG(got_calls.calls[j].place.id));
        cr_assert(text_equals(buffer_text(&found), text_of(cases[i].ids)), "case %zu: %.*s", i,
                  TEXT_ARG(buffer_text(&found)));
    }
}

static void
expect_hours(const struct hours_question *question, size_t count)
{
    bool is_answered = false;
    ledger_hours(the_ledger(), rig.arena, question, on_hours, &is_answered);
    rig_until(&is_answered);
    cr_assert_eq(got_hours.end, LEDGER_DONE, "%s", got_hours.why.message);
    cr_assert_eq(got_hours.row_count, count, "%zu rows", got_hours.row_count);
}

#define SPENT(ID, TIME, WORKSPACE, MODEL)                                                                    \
    RECORD_OF(ID, TIME, WORKSPACE,                                                                           \
              ",\"provider\":\"acme\",\"model\":\"" MODEL "\",\"cost\":\"0.5\",\"outputTokens\":3")          \
    "\n"

static void
given_hours(void)
{
    given_ledger();
    given_records(JOURNAL_A, TEXT(SPENT("01A", "1", "demo", "m1") SPENT("01B", "2", "demo", "m1") SPENT(
                                 "01C", "3600000", "demo", "m2") RECORD_OF("01D", "1", "demo", "") "\n"));
    given_records_of("other", JOURNAL_B, TEXT(SPENT("01E", "1", "other", "m1")));
}

ON_BOTH(ledger_hours, come_in_pages_without_those_in_which_nobody_was_asked)
{
    given_hours();
    struct hours_question question = {.scope = &everything, .until_ms = INT64_MAX, .most_rows = 1};
    static const int64_t costs[] = {1000000000, 500000000, 500000000};
    for (size_t i = 0; i < COUNT_OF(costs); i++) {
        expect_hours(&question, 1);
        cr_assert_eq(got_hours.rows[0].sums.cost_nano, costs[i], "page %zu", i);
        question.after = &got_hours.rows[0].sums;
    }
    cr_assert_eq(got_hours.rows[0].sums.hour_ms, USAGE_HOUR_MS);
    cr_assert(text_equals(got_hours.rows[0].sums.by[USAGE_BY_MODEL], TEXT("m2")));
    cr_assert_eq(got_hours.rows[0].sums.used.output_tokens, 3);
    expect_hours(&question, 0);
}

ON_BOTH(ledger_hours, are_those_of_the_span_and_of_what_the_asker_may_see)
{
    given_hours();
    struct hours_question question = {.scope = &demo, .until_ms = INT64_MAX, .most_rows = 10};
    expect_hours(&question, 2);
    question.until_ms = USAGE_HOUR_MS;
    expect_hours(&question, 1);
    question.scope = &everything;
    expect_hours(&question, 2);
    question.workspace = TEXT("other");
    expect_hours(&question, 1);
    question.from_ms = USAGE_HOUR_MS;
    expect_hours(&question, 0);
}
