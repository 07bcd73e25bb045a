/* Limits are lent as budgets are, and nothing is ever charged to them: the same tests on SQLite and
 * PostgreSQL. */
#include "api/server/ledger/ledger_limits.h"

#include "tests/unit/api/server/ledger/lending_rig.h"

TestSuite(ledger_limits, .timeout = 120);

#define REQUESTS "limit:demo/dev/Environment/RequestsPerMinute"
#define SLOTS "limit:demo/dev/Environment/Concurrency"
#define MINUTE "2025-11-24T16:00:00Z"
#define CALL_MS INT64_C(600000)

static void
on_booked(void *owner, const struct ledger_outcome *outcome)
{
    struct asked *asked = owner;
    *asked = (struct asked){.is_answered = true, .outcome = *outcome};
}

static void
given_limits(const char *revision, int64_t requests, int64_t slots)
{
    struct shared_limit limits[] = {
        {.id = TEXT(REQUESTS), .unit = LIMIT_UNIT_REQUESTS_PER_MINUTE, .amount = requests},
        {.id = TEXT(SLOTS), .unit = LIMIT_UNIT_CONCURRENCY, .amount = slots}};
    const struct budget_book book = {.revision = text_of(revision), .limits = {limits, COUNT_OF(limits)}};
    struct asked asked = {0};
    ledger_book(the_ledger(), rig.arena, &book, on_booked, &asked);
    struct ledger_outcome outcome = asked_end(&asked);
    cr_assert_eq(outcome.end, LEDGER_DONE, "%s", outcome.why.message);
}

static struct lend_answer
lend_limit(const char *journal, const char *limit, const char *window, int64_t wanted)
{
    const struct ledger_ask ask = {.number = new_number(),
                                   .longest_call_ms = CALL_MS,
                                   .budget = text_of(limit),
                                   .owner = TEXT("demo/dev"),
                                   .window = text_of(window),
                                   .wanted = wanted,
                                   .at_least = wanted};
    return lend_on(the_ledger(), journal, &ask, NOW_MS);
}

static int64_t
leased(const char *limit)
{
    return rig_count(text_c_string(
        rig.arena,
        text_format(rig.arena,
                    "SELECT CAST(coalesce(sum(leased), 0) AS BIGINT) FROM account WHERE budget = '%s'",
                    limit)));
}

ON_BOTH(ledger_limits, are_lent_down_to_the_last_one_whoever_asks)
{
    given_ledger();
    given_limits("1", 100, 4);
    cr_assert_eq(lend_limit(JOURNAL_A, REQUESTS, MINUTE, 60).amount, 60);
    cr_assert_eq(lend_limit(JOURNAL_B, REQUESTS, MINUTE, 60).amount, 0);
    cr_assert_eq(lend_limit(JOURNAL_B, REQUESTS, MINUTE, 40).amount, 40);
    cr_assert_eq(lend_limit(JOURNAL_B, REQUESTS, MINUTE, 1).amount, 0);
    cr_assert_eq(lend_limit(JOURNAL_B, REQUESTS, "2025-11-24T16:01:00Z", 100).amount, 100, "another minute");
    cr_assert_eq(lend_limit(JOURNAL_A, SLOTS, SHARED_LIMIT_NO_WINDOW, 4).amount, 4);
    cr_assert_eq(lend_limit(JOURNAL_B, SLOTS, SHARED_LIMIT_NO_WINDOW, 1).amount, 0);
}

ON_BOTH(ledger_limits, what_is_given_back_is_lent_again)
{
    given_ledger();
    given_limits("1", 100, 4);
    struct text lease = lend_limit(JOURNAL_A, SLOTS, SHARED_LIMIT_NO_WINDOW, 4).lease;
    cr_assert_eq(give_back(JOURNAL_A, lease, 1, false).end, LEDGER_DONE);
    cr_assert_eq(leased(SLOTS), 1);
    cr_assert_eq(lend_limit(JOURNAL_B, SLOTS, SHARED_LIMIT_NO_WINDOW, 3).amount, 3);
    cr_assert_eq(give_back(JOURNAL_A, lease, 0, true).end, LEDGER_DONE);
    cr_assert_eq(leased(SLOTS), 3);
}

ON_BOTH(ledger_limits, another_amount_counts_at_once_and_what_is_not_in_the_book_is_not_lent)
{
    given_ledger();
    given_limits("1", 100, 4);
    cr_assert_eq(lend_limit(JOURNAL_A, REQUESTS, MINUTE, 60).amount, 60);
    given_limits("2", 50, 4);
    cr_assert_eq(lend_limit(JOURNAL_A, REQUESTS, MINUTE, 1).amount, 0);
    given_limits("3", 61, 4);
    cr_assert_eq(lend_limit(JOURNAL_A, REQUESTS, MINUTE, 1).amount, 1);
    given_book();
    struct lend_answer none = lend_limit(JOURNAL_A, REQUESTS, MINUTE, 1);
    cr_assert_eq(none.end, LEDGER_REFUSED);
    cr_assert_eq(none.why.kind, ERROR_NOT_FOUND);
}

ON_BOTH(ledger_limits, slots_of_the_dead_are_free_when_none_of_their_calls_can_run_and_not_before)
{
    given_ledger();
    given_limits("1", 100, 4);
    struct text lease = lend_limit(JOURNAL_A, SLOTS, SHARED_LIMIT_NO_WINDOW, 4).lease;
    int64_t over_ms = lease_terms_orphaned_ms(NOW_MS, LEASE_LENGTH_MS, CALL_MS);
    cr_assert_eq(sweep(over_ms - 1).orphaned, 0);
    cr_assert_eq(leased(SLOTS), 4);
    cr_assert_eq(sweep(over_ms + 1).orphaned, 1);
    cr_assert_eq(leased(SLOTS), 0);
    expect_lease(lease, 0, 0, 1);
    cr_assert_eq(give_back(JOURNAL_A, lease, 2, false).end, LEDGER_DONE, "late, and of no effect");
    cr_assert_eq(leased(SLOTS), 0);
}

ON_BOTH(ledger_limits, minutes_are_forgotten_long_after_and_nothing_else)
{
    given_ledger();
    given_limits("1", 100, 4);
    (void)lend_limit(JOURNAL_A, REQUESTS, MINUTE, 60);
    (void)lend_limit(JOURNAL_A, SLOTS, SHARED_LIMIT_NO_WINDOW, 1);
    (void)sweep(NOW_MS + 600000);
    cr_assert_eq(rig_count("SELECT count(*) FROM account"), 2);
    struct sweep_answer answer = sweep(NOW_MS + 600001);
    cr_assert_eq(answer.end, LEDGER_DONE, "%s", answer.why.message);
    cr_assert_eq(answer.orphaned, 0, "a minute's lease is nobody's orphan");
    cr_assert_eq(rig_count("SELECT count(*) FROM account"), 1);
    cr_assert_eq(leased(SLOTS), 1);
}

struct stood {
    bool is_answered;
    struct limits_answer answer;
};

static void
on_limits(void *owner, const struct limits_answer *answer)
{
    struct stood *stood = owner;
    *stood = (struct stood){true, *answer};
}

/* Of what is asked for: requests, nothing, slots. */
static struct limits_answer
standing(int64_t now_ms, size_t most_accounts)
{
    static const struct text ids[] = {TEXT(REQUESTS), TEXT(""), TEXT(SLOTS)};
    const struct limits_question question = {ids, COUNT_OF(ids), now_ms, most_accounts};
    struct stood stood = {0};
    ledger_limits(the_ledger(), rig.arena, &question, on_limits, &stood);
    rig_until(&stood.is_answered);
    cr_assert_eq(stood.answer.end, LEDGER_DONE, "%s", stood.answer.why.message);
    return stood.answer;
}

static void
expect_standing(const struct limit_state *limit, int64_t used, int64_t leased_now, int64_t gateways)
{
    cr_assert(limit->is_shared);
    cr_assert_eq(limit->count, 1u);
    cr_assert(text_equals(limit->accounts[0].owner, TEXT("demo/dev")));
    cr_assert_eq(limit->accounts[0].used, used);
    cr_assert_eq(limit->accounts[0].leased, leased_now);
    cr_assert_eq(limit->accounts[0].gateways, gateways);
}

ON_BOTH(ledger_limits, stand_as_they_are_lent_and_used_in_the_minute_that_runs)
{
    given_ledger();
    given_limits("1", 100, 4);
    cr_assert_eq(standing(NOW_MS, 10).limits[0].count, 0u, "nobody asked for any");
    cr_assert(standing(NOW_MS, 10).limits[0].is_shared && !standing(NOW_MS, 10).limits[1].is_shared);
    struct text lease = lend_limit(JOURNAL_A, REQUESTS, MINUTE, 30).lease;
    lend_limit(JOURNAL_B, REQUESTS, MINUTE, 20);
    lend_limit(JOURNAL_B, REQUESTS, "2025-11-24T16:01:00Z", 7);
    struct text slot = lend_limit(JOURNAL_A, SLOTS, SHARED_LIMIT_NO_WINDOW, 3).lease;

    struct limits_answer now = standing(NOW_MS + 59999, 10);
    cr_assert_eq(now.minute_ms, NOW_MS);
    expect_standing(&now.limits[0], 0, 50, 2);
    expect_standing(&now.limits[2], 0, 3, 1);
    give_back(JOURNAL_A, lease, 12, true);
    give_back(JOURNAL_A, slot, 0, true);
    now = standing(NOW_MS, 10);
    cr_assert_eq(now.limits[0].amount, 100);
    expect_standing(&now.limits[0], 12, 20, 2);
    expect_standing(&now.limits[2], 0, 0, 0);
    expect_standing(&standing(NOW_MS + 60000, 10).limits[0], 0, 7, 1);
}

ON_BOTH(ledger_limits, are_cut_where_there_are_more_accounts_and_not_shared_outside_the_book)
{
    given_ledger();
    given_limits("9", 100, 4);
    lend_limit(JOURNAL_A, REQUESTS, MINUTE, 1);
    rig_sql("INSERT INTO account (budget, owner, window_id, settled, leased) VALUES ('" REQUESTS
            "', 'demo/dev/ada', '" MINUTE "', 0, 3)");
    struct limits_answer both = standing(NOW_MS, 2);
    cr_assert(!both.is_cut && both.limits[0].count == 2);
    struct limits_answer cut = standing(NOW_MS, 1);
    cr_assert(cut.is_cut && cut.limits[0].count == 1);
    given_book();
    cr_assert_not(standing(NOW_MS, 2).limits[0].is_shared);
}
