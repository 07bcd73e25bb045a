/* Whole days are answered from the sums by the day, the rest by the hour: whatever the span, nothing is
 * counted twice and nothing is left out. */
#include "api/server/ledger/ledger_movers.h"
#include "api/server/ledger/ledger_scope.h"
#include "api/server/ledger/ledger_sql.h"
#include "lib/base/buffer.h"
#include "tests/unit/api/server/ledger/ledger_rig.h"

TestSuite(ledger_days, .timeout = 120);

static const struct ledger_scope everything = {.is_all = true};

/* 2025-11-23T00:00:00Z */
#define MIDNIGHT INT64_C(1763856000000)
enum { HOURS = 4 * 24 };

/* In each hour one call, of as many tokens as it has the number; from the day's second hour on. */
static void
given_a_call_an_hour(void)
{
    struct buffer records;
    given_ledger();
    buffer_init(&records, rig.arena, 65536);
    for (int hour = 1; hour <= HOURS; hour++)
        buffer_print(
            &records,
            "{\"id\":\"01A%d\",\"time\":%lld,\"workspace\":\"demo\",\"environment\":\"dev\",\"outcome\":"
            "\"Completed\",\"inputTokens\":%d,\"cost\":\"0.001\"}\n",
            hour, (long long)(MIDNIGHT + hour * USAGE_HOUR_MS + 1234567), hour);
    given_records(JOURNAL_A, buffer_text(&records));
}

/* Those of hours that begin in the span, whose own beginning is moved to that of its hour. */
static void
expect_span(int64_t from_ms, int64_t until_ms)
{
    struct usage_question question = {
        .scope = &everything, .from_ms = from_ms, .until_ms = until_ms, .most_rows = 10};
    int64_t calls = 0, tokens = 0;
    for (int64_t hour = 1; hour <= HOURS; hour++) {
        int64_t at = MIDNIGHT + hour * USAGE_HOUR_MS;
        bool is_in = at >= from_ms - from_ms % USAGE_HOUR_MS && at < until_ms;
        calls += is_in;
        tokens += is_in ? hour : 0;
    }
    struct usage_answer answer = usage_of(&question);
    cr_assert_eq(answer.end, LEDGER_DONE, "%s", answer.why.message);
    cr_assert_eq(answer.row_count, calls > 0);
    if (calls == 0)
        return;
    cr_assert_eq(answer.rows[0].calls, calls, "%lld until %lld: %lld calls, not %lld", (long long)from_ms,
                 (long long)until_ms, (long long)answer.rows[0].calls, (long long)calls);
    cr_assert_eq(answer.rows[0].used.input_tokens, tokens);
    cr_assert_eq(answer.rows[0].cost_nano, calls * 1000000);
}

ON_BOTH(ledger_days, are_counted_once_with_the_hours_around_them)
{
    given_a_call_an_hour();
    for (int from = 0; from <= HOURS + 1; from += 7)
        for (int until = from; until <= HOURS + 2; until += 5)
            expect_span(MIDNIGHT + from * USAGE_HOUR_MS, MIDNIGHT + until * USAGE_HOUR_MS);
    for (int day = 0; day < 4; day++) {
        int64_t from = MIDNIGHT + day * USAGE_DAY_MS, until = from + USAGE_DAY_MS;
        expect_span(from, until);
        expect_span(from, until - 1);
        expect_span(from + 1, until);
        expect_span(from, until - USAGE_HOUR_MS);
        expect_span(from, until - USAGE_HOUR_MS + 1);
        expect_span(from + USAGE_HOUR_MS, until + USAGE_DAY_MS);
    }
    expect_span(0, INT64_MAX);
}

ON_BOTH(ledger_days, are_those_of_a_series_by_the_day)
{
    given_a_call_an_hour();
    struct usage_question question = {.scope = &everything,
                                      .from_ms = MIDNIGHT + 5 * USAGE_HOUR_MS,
                                      .until_ms = MIDNIGHT + 50 * USAGE_HOUR_MS,
                                      .over_ms = USAGE_DAY_MS,
                                      .most_rows = 10};
    struct usage_answer answer = usage_of(&question);
    static const int64_t calls[] = {19, 24, 2};
    cr_assert_eq(answer.row_count, COUNT_OF(calls));
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        cr_assert_eq(answer.rows[i].hour_ms, MIDNIGHT + (int64_t)i * USAGE_DAY_MS);
        cr_assert_eq(answer.rows[i].calls, calls[i]);
    }
}

struct moved {
    bool is_done;
    struct movers_answer answer;
};

static void
on_movers(void *owner, const struct movers_answer *answer)
{
    struct moved *moved = owner;
    *moved = (struct moved){true, *answer};
}

ON_BOTH(ledger_days, are_told_apart_at_any_hour_by_movers)
{
    given_a_call_an_hour();
    for (int span = 1; span <= 40; span += 3) {
        struct usage_question question = {.scope = &everything,
                                          .from_ms = MIDNIGHT + (90 - span) * USAGE_HOUR_MS,
                                          .until_ms = MIDNIGHT + 90 * USAGE_HOUR_MS,
                                          .most_rows = 10};
        struct moved moved = {0};
        ledger_movers(the_ledger(), rig.arena, &question, on_movers, &moved);
        rig_until(&moved.is_done);
        cr_assert_eq(moved.answer.end, LEDGER_DONE, "%s", moved.answer.why.message);
        cr_assert_eq(moved.answer.rows[0].calls, span, "span of %d hours", span);
        cr_assert_eq(moved.answer.rows[0].calls_before, span, "span of %d hours", span);
    }
}

ON_BOTH(ledger_days, have_the_columns_of_hours_and_their_first)
{
    given_ledger();
    cr_assert_eq(rig_count(rig.is_postgres
                               ? "SELECT count(*) FROM information_schema.columns WHERE table_schema = "
                                 "current_schema() AND table_name = 'usage_day'"
                               : "SELECT count(*) FROM pragma_table_info('usage_day')"),
                 LEDGER_DAY_COLUMNS);
}

/* A database of the version before. */
ON_BOTH(ledger_days, of_before_are_added_up_by_the_migration)
{
    static const char *const later[] = {"DROP TABLE ledger_peer", "DROP TABLE peer_gateway",
                                        "DROP TABLE peer_look", "DROP TABLE peer_calls"};
    given_a_call_an_hour();
    (void)rig_sql("DROP TABLE usage_day");
    for (size_t i = 0; i < COUNT_OF(later); i++)
        (void)rig_sql(later[i]);
    (void)rig_sql("DELETE FROM weir_schema WHERE version >= 17");
    given_ledger();
    cr_assert_eq(rig_count("SELECT count(*) FROM usage_day"), 5);
    cr_assert_eq(rig_count("SELECT min(first_ms) FROM usage_day"), MIDNIGHT + USAGE_HOUR_MS);
    cr_assert_eq(rig_count("SELECT max(first_ms) FROM usage_day"), MIDNIGHT + 4 * USAGE_DAY_MS);
    expect_span(MIDNIGHT, MIDNIGHT + 4 * USAGE_DAY_MS);
    expect_span(MIDNIGHT + USAGE_DAY_MS, MIDNIGHT + 2 * USAGE_DAY_MS + USAGE_HOUR_MS);
}
