/* Hours for exports, told apart by a tag: parts and what is left of them are the whole to the nano-dollar,
 * page after page, and a row has the tags that all its calls had. The same tests on SQLite and PostgreSQL. */
#include "api/server/ledger/ledger_hours.h"

#include "api/server/ledger/usage_remainder.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "tests/unit/api/server/ledger/ledger_rig.h"

TestSuite(ledger_hours_by_tag, .timeout = 120);

static const struct ledger_scope everything = {.is_all = true};

#define CALL(ID, MODEL, COST, TAGS)                                                                          \
    RECORD(ID, ",\"provider\":\"acme\",\"model\":\"" MODEL                                                   \
               "\",\"inputTokens\":3,\"requests\":1,\"cost\":\"" COST "\",\"tags\":{" TAGS "}")              \
    "\n"

struct asked_hours {
    struct hours_answer answer;
    bool is_answered;
};

/* What an export would have. */
struct exported {
    struct usage_rollup sum;
    int64_t parts_nano; /* of those of a value */
    size_t rows, parts;
};

static void
on_hours(void *owner, const struct hours_answer *answer)
{
    struct asked_hours *asked = owner;
    asked->answer = *answer;
    asked->is_answered = true;
}

static struct hours_answer
hours_of(const struct hours_question *question)
{
    struct asked_hours asked = {0};
    ledger_hours(the_ledger(), rig.arena, question, on_hours, &asked);
    rig_until(&asked.is_answered);
    cr_assert_eq(asked.answer.end, LEDGER_DONE, "%s", asked.answer.why.message);
    return asked.answer;
}

static struct hours_question
question_by(const char *purpose, size_t most_rows)
{
    return (struct hours_question){
        .scope = &everything, .until_ms = INT64_MAX, .purpose = text_of(purpose), .most_rows = most_rows};
}

static void
add(struct exported *exported, const struct usage_rollup *row)
{
    struct usage_remainder all = {.parts = exported->sum};
    usage_remainder_add_part(&all, row);
    exported->sum = all.parts;
    exported->rows++;
    exported->parts += !text_is_empty(row->purpose.key);
    exported->parts_nano += text_is_empty(row->purpose.key) ? 0 : row->cost_nano;
}

static struct exported
export_by(const char *purpose, size_t most_rows)
{
    struct hours_question question = question_by(purpose, most_rows);
    struct usage_remainder remainder = {0};
    struct exported exported = {0};
    struct hours_answer answer;
    do {
        answer = hours_of(&question);
        cr_assert_leq(answer.row_count, most_rows);
        for (size_t i = 0; i < answer.row_count; i++) {
            struct usage_rollup row = answer.rows[i].sums;
            bool is_part = !text_is_empty(row.purpose.key);
            question.after = &answer.rows[i].sums;
            if (is_part)
                usage_remainder_add_part(&remainder, &row);
            if (is_part || usage_remainder_take(&remainder, &row, &row))
                add(&exported, &row);
        }
    } while (answer.row_count == most_rows);
    return exported;
}

static void
given_tagged_calls(void)
{
    given_ledger();
    given_records(JOURNAL_A,
                  TEXT(CALL("01A", "m1", "0.000000001", "\"cost-center\":\"red\",\"team\":\"x\"")
                           CALL("01B", "m1", "0.000000010", "\"cost-center\":\"blue\",\"team\":\"x\"")
                               CALL("01C", "m1", "0.000000100", "\"team\":\"x\",\"step\":\"1\"") CALL(
                                   "01D", "m2", "0.000001000", "\"cost-center\":\"red\",\"step\":\"2\"")
                                   CALL("01E", "m2", "0.000010000", "\"cost-center\":\"red\",\"step\":\"2\"")
                                       CALL("01F", "m3", "0.000100000", "")));
}

static void
expect_tags(const struct hours_row *row, const char *wanted)
{
    struct buffer found;
    buffer_init(&found, rig.arena, 64);
    for (size_t i = 0; i < row->tags.count; i++)
        buffer_print(&found, "%.*s=%.*s ", TEXT_ARG(row->tags.items[i].key),
                     TEXT_ARG(row->tags.items[i].value));
    cr_assert(text_equals(buffer_text(&found), text_of(wanted)), "%.*s: %.*s",
              TEXT_ARG(row->sums.by[USAGE_BY_MODEL]), TEXT_ARG(buffer_text(&found)));
}

ON_BOTH(ledger_hours_by_tag, by_a_tag_are_the_same_to_the_nano_dollar_in_pages_of_any_size)
{
    given_tagged_calls();
    struct exported whole = export_by("", 100);
    cr_assert_eq(whole.sum.cost_nano, 111111);
    cr_assert_eq(whole.rows, 3);
    for (size_t most_rows = 1; most_rows <= 9; most_rows++) {
        struct exported split = export_by("tag:cost-center", most_rows);
        cr_assert_eq(split.sum.cost_nano, whole.sum.cost_nano, "%zu: %lld", most_rows,
                     (long long)split.sum.cost_nano);
        cr_assert_eq(split.sum.calls, 6);
        cr_assert_eq(split.sum.tries, whole.sum.tries);
        cr_assert_eq(split.sum.used.input_tokens, 18);
        cr_assert_eq(split.parts_nano, 11011);
        cr_assert_eq(split.parts, 3);
        cr_assert_eq(split.rows, 5, "red and blue and the rest of m1, red of m2, the rest of m3");
    }
    cr_assert_eq(export_by("tag:nobody-has-it", 2).sum.cost_nano, whole.sum.cost_nano);
}

ON_BOTH(ledger_hours_by_tag, have_the_tags_that_all_their_calls_had)
{
    given_tagged_calls();
    struct hours_question question = question_by("", 100);
    struct hours_answer answer = hours_of(&question);
    cr_assert_eq(answer.row_count, 3);
    expect_tags(&answer.rows[0], "team=x ");
    expect_tags(&answer.rows[1], "cost-center=red step=2 ");
    expect_tags(&answer.rows[2], "");
    question = question_by("tag:cost-center", 100);
    answer = hours_of(&question);
    cr_assert_eq(answer.row_count, 6, "%zu", answer.row_count);
    cr_assert(text_equals(answer.rows[0].sums.purpose.value, TEXT("blue")));
    expect_tags(&answer.rows[0], "team=x ");
    expect_tags(&answer.rows[2], "team=x ");
    expect_tags(&answer.rows[3], "step=2 ");
    expect_tags(&answer.rows[5], "");
}

ON_BOTH(ledger_hours_by_tag, lose_a_tag_when_a_call_comes_that_has_it_not)
{
    given_tagged_calls();
    given_records(JOURNAL_B, TEXT(CALL("01G", "m2", "0", "\"cost-center\":\"red\"")));
    struct hours_question question = question_by("", 100);
    expect_tags(&hours_of(&question).rows[1], "cost-center=red ");
}

ON_BOTH(ledger_hours_by_tag, of_one_workspace_have_nothing_of_others)
{
    given_tagged_calls();
    given_records_of(
        "other", "01KB7D0000ABCDEFGHJKMNPQRC",
        TEXT(RECORD_OF("01H", "1764000000000", "other",
                       ",\"provider\":\"acme\",\"model\":\"m1\",\"tags\":{\"cost-center\":\"red\"}") "\n"));
    const struct ledger_scope scope = {.workspaces = {&TEXT("other"), 1}};
    struct hours_question question = question_by("tag:cost-center", 100);
    question.scope = &scope;
    struct hours_answer answer = hours_of(&question);
    cr_assert_eq(answer.row_count, 2);
    cr_assert(text_equals(answer.rows[1].sums.by[USAGE_BY_WORKSPACE], TEXT("other")));
    question.scope = &everything;
    question.workspace = TEXT("demo");
    cr_assert_eq(hours_of(&question).row_count, 6);
}
