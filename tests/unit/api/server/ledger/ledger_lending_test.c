/* Lending, giving back, orphans: the same tests on SQLite and PostgreSQL. */
#include "api/server/ledger/lend_check.h"
#include "tests/unit/api/server/ledger/lending_rig.h"

TestSuite(ledger_lending, .timeout = 120);

static void
expect_refused(struct lend_answer answer, enum error_kind kind, const char *words)
{
    cr_assert_eq(answer.end, LEDGER_REFUSED, "end %d, %lld lent", answer.end, (long long)answer.amount);
    cr_assert_eq(answer.why.kind, kind, "kind %d: %s", answer.why.kind, answer.why.message);
    cr_assert(strstr(answer.why.message, words), "\"%s\" has no \"%s\"", answer.why.message, words);
    cr_assert_eq(answer.amount, 0);
    cr_assert(text_is_empty(answer.lease));
}

static struct ledger_ask
the_ask(int64_t number, int64_t wanted)
{
    return (struct ledger_ask){.number = number,
                               .budget = TEXT("environment"),
                               .owner = TEXT("demo/dev"),
                               .window = TEXT(MONTH),
                               .wanted = wanted,
                               .at_least = wanted};
}

ON_BOTH(ledger_lending, lends_what_a_call_needs_down_to_the_last_unit_and_then_nothing)
{
    given_ledger();
    given_book();
    struct lend_answer first = lend("environment", "demo/dev", 60, 60);
    cr_assert_eq(first.end, LEDGER_DONE, "%s", first.why.message);
    cr_assert_eq(first.amount, 60);
    cr_assert_eq(first.left, 40);
    cr_assert_eq(first.replicas, 1);
    cr_assert_eq(first.lease.length, 26);
    expect_lease(first.lease, 60, 0, 0);

    cr_assert_eq(lend("environment", "demo/dev", 40, 40).amount, 40);
    struct lend_answer none = lend("environment", "demo/dev", 1, 1);
    cr_assert_eq(none.end, LEDGER_DONE, "%s", none.why.message);
    cr_assert_eq(none.amount, 0);
    cr_assert_eq(none.left, 0);
    cr_assert(text_is_empty(none.lease));
    expect_account("environment", "demo/dev", 0, 100);
    expect_exact();
}

ON_BOTH(ledger_lending, lends_less_than_is_wanted_when_it_is_asked_ahead_of_need)
{
    given_ledger();
    given_book();
    cr_assert_eq(lend("environment", "demo/dev", 1000, 0).amount, 50);
    cr_assert_eq(lend("environment", "demo/dev", 1000, 0).amount, 25);
    expect_account("environment", "demo/dev", 0, 75);
}

ON_BOTH(ledger_lending, counts_the_gateways_that_were_lent_something_lately)
{
    given_ledger();
    given_book();
    given_lease(JOURNAL_B, "org", "", 10);
    cr_assert_eq(lend("org", "", 10, 10).replicas, 2);
    cr_assert_eq(lend("org", "", 10, 10).replicas, 2);
    cr_assert_eq(lend_in("org", "", MONTH, NOW_MS + LEASE_LENGTH_MS).replicas, 1);
}

ON_BOTH(ledger_lending, an_account_is_one_owners_in_one_window)
{
    given_ledger();
    given_book();
    given_lease(JOURNAL_A, "environment", "demo/dev", 100);
    int64_t december = INT64_C(1764547200000); /* 2025-12-01T00:00:00Z */
    struct lend_answer next = lend_in("environment", "demo/dev", "2025-12", december);
    cr_assert_eq(next.end, LEDGER_DONE, "%s", next.why.message);
    cr_assert_eq(next.amount, 1);
    cr_assert_eq(rig_count("SELECT count(*) FROM account"), 2);
}

ON_BOTH(ledger_lending, a_window_a_little_over_or_a_little_ahead_is_lent_from_and_no_other)
{
    int64_t december = INT64_C(1764547200000), skew = INT64_C(120000);
    given_ledger();
    given_book();
    cr_assert_eq(lend_in("org", "", "2025-11", december + skew - 1).amount, 1);
    expect_refused(lend_in("org", "", "2025-11", december + skew), ERROR_INVALID, "2025-12");
    cr_assert_eq(lend_in("org", "", "2025-12", december - skew).amount, 1);
    expect_refused(lend_in("org", "", "2025-12", december - skew - 1), ERROR_INVALID, "2025-11");
    expect_refused(lend_in("org", "", "2025-10", december), ERROR_INVALID, "clock");
}

ON_BOTH(ledger_lending, nothing_is_lent_that_the_book_does_not_have)
{
    given_ledger();
    expect_refused(lend("org", "", 1, 1), ERROR_NOT_FOUND, "no budget org is in the book");
    given_book();
    cr_assert_eq(lend("org", "", 1, 1).amount, 1);
    struct gateway_budget other[] = {given_budget("other", POLICY_SCOPE_ORGANISATION, 7)};
    cr_assert_eq(book("2", other, 1).end, LEDGER_DONE);
    expect_refused(lend("org", "", 1, 1), ERROR_NOT_FOUND, "no budget org is in the book");
    cr_assert_eq(lend("other", "", 1, 1).left, 6);
    given_book();
    cr_assert_eq(lend("org", "", 1, 1).left, 998);
}

ON_BOTH(ledger_lending, the_same_book_again_writes_nothing_and_the_next_one_is_lent_by)
{
    given_ledger();
    given_book();
    struct gateway_budget changed[] = {given_budget("org", POLICY_SCOPE_ORGANISATION, 5)};
    cr_assert_eq(book("1", changed, 1).end, LEDGER_DONE);
    cr_assert_eq(rig_count("SELECT amount FROM budget WHERE id = 'org'"), 1000);
    cr_assert_eq(book("2", changed, 1).end, LEDGER_DONE);
    cr_assert_eq(rig_count("SELECT amount FROM budget WHERE id = 'org'"), 5);
    cr_assert_eq(lend("org", "", 6, 6).amount, 0);
    cr_assert_eq(lend("org", "", 5, 5).amount, 5);
}

ON_BOTH(ledger_lending, another_environments_account_is_not_lent_from)
{
    given_ledger();
    given_book();
    expect_refused(lend("environment", "demo/prod", 1, 1), ERROR_DENIED, "demo/prod");
    expect_refused(lend("environment", "", 1, 1), ERROR_DENIED, "Environment");
    expect_refused(lend("workspace", "other", 1, 1), ERROR_DENIED, "other");
    expect_refused(lend("org", "demo/dev", 1, 1), ERROR_DENIED, "Organisation");
    cr_assert_eq(rig_count("SELECT count(*) FROM account"), 0);
}

ON_BOTH(ledger_lending, a_budget_that_is_only_counted_is_not_lent_from)
{
    struct gateway_budget counted = given_budget("org", POLICY_SCOPE_ORGANISATION, 5);
    counted.on_exceeded = OVER_BUDGET_ALERT;
    given_ledger();
    cr_assert_eq(book("1", &counted, 1).end, LEDGER_DONE);
    expect_refused(lend("org", "", 1, 1), ERROR_INVALID, "only counted");
}

ON_BOTH(ledger_lending, windows_follow_the_budgets_own_clocks)
{
    struct gateway_budget daily = given_budget("daily", POLICY_SCOPE_ORGANISATION, 5);
    daily.period = BUDGET_PERIOD_DAY;
    daily.time_zone = TEXT("Pacific/Auckland");
    given_ledger();
    cr_assert_eq(book("1", &daily, 1).end, LEDGER_DONE);
    cr_assert_eq(lend_in("daily", "", "2025-11-25", NOW_MS).amount, 1);
    expect_refused(lend_in("daily", "", "2025-11-24", NOW_MS), ERROR_INVALID, "2025-11-25");
    daily.time_zone = TEXT("Nowhere/Land");
    cr_assert_eq(book("2", &daily, 1).end, LEDGER_DONE);
    expect_refused(lend_in("daily", "", "2025-11-25", NOW_MS), ERROR_NOT_FOUND, "Nowhere/Land");
}

ON_BOTH(ledger_lending, what_is_given_back_is_lent_again_and_giving_it_twice_changes_nothing)
{
    given_ledger();
    given_book();
    struct text lease = given_lease(JOURNAL_A, "environment", "demo/dev", 100);
    for (int i = 0; i < 2; i++) {
        struct ledger_outcome outcome = give_back(JOURNAL_A, lease, 30, false);
        cr_assert_eq(outcome.end, LEDGER_DONE, "%s", outcome.why.message);
        cr_assert_eq(outcome.noted, 0);
        expect_lease(lease, 30, 0, 0);
        expect_account("environment", "demo/dev", 0, 30);
    }
    cr_assert_eq(give_back(JOURNAL_A, lease, 90, false).end, LEDGER_DONE, "more is kept than there is");
    expect_account("environment", "demo/dev", 0, 30);
    cr_assert_eq(lend("environment", "demo/dev", 70, 70).amount, 70);
    expect_exact();
}

ON_BOTH(ledger_lending, a_lease_is_over_with_what_was_charged_and_then_forgotten)
{
    given_ledger();
    given_book();
    struct text lease = given_lease(JOURNAL_A, "environment", "demo/dev", 100);
    cr_assert_eq(give_back(JOURNAL_A, lease, 25, true).end, LEDGER_DONE);
    expect_lease(lease, 25, 0, 1);
    expect_account("environment", "demo/dev", 0, 25);
    cr_assert_eq(sweep(NOW_MS).end, LEDGER_DONE);
    expect_lease(lease, 25, 0, 1);

    const char *charges = text_c_string(rig.arena, charge("environment", "demo/dev", lease, 25));
    given_records(JOURNAL_A, record_charged("01A", charges));
    expect_account("environment", "demo/dev", 25, 0);
    cr_assert_eq(sweep(NOW_MS + LEASE_LENGTH_MS).end, LEDGER_DONE);
    expect_lease(lease, 25, 25, 1);
    cr_assert_eq(sweep(NOW_MS + LEASE_LENGTH_MS + 1).end, LEDGER_DONE);
    cr_assert_eq(rig_count("SELECT count(*) FROM lease"), 0);
    struct ledger_outcome again = give_back(JOURNAL_A, lease, 25, true);
    cr_assert_eq(again.end, LEDGER_DONE, "%s", again.why.message);
    cr_assert_eq(again.noted, 1, "it is not known any more");
    expect_account("environment", "demo/dev", 25, 0);
}

ON_BOTH(ledger_lending, another_journals_lease_is_not_given_back_nor_any_beside_it)
{
    given_ledger();
    given_book();
    const struct ledger_return returns[] = {{.lease = given_lease(JOURNAL_A, "environment", "demo/dev", 10)},
                                            {.lease = given_lease(JOURNAL_B, "environment", "demo/dev", 10)}};
    struct ledger_outcome outcome = give_back_all(JOURNAL_A, returns, 2);
    cr_assert_eq(outcome.end, LEDGER_REFUSED);
    cr_assert_eq(outcome.why.kind, ERROR_DENIED);
    expect_account("environment", "demo/dev", 0, 20);
}

ON_BOTH(ledger_lending, a_lease_is_no_orphan_before_its_longest_call_is_provably_over)
{
    given_ledger();
    given_book();
    struct text lease = given_lease(JOURNAL_A, "environment", "demo/dev", 40);
    int64_t orphaned_ms = lease_terms_orphaned_ms(NOW_MS, LEASE_LENGTH_MS, LEASE_MAX_CALL_MS);
    cr_assert_eq(sweep(orphaned_ms).orphaned, 0);
    expect_account("environment", "demo/dev", 0, 40);
    struct sweep_answer answer = sweep(orphaned_ms + 1);
    cr_assert_eq(answer.end, LEDGER_DONE, "%s", answer.why.message);
    cr_assert_eq(answer.orphaned, 1);
    expect_account("environment", "demo/dev", 40, 0);
    expect_lease(lease, 40, 0, 2);
    cr_assert_eq(sweep(orphaned_ms + 1).orphaned, 0);
    expect_account("environment", "demo/dev", 40, 0);
}

ON_BOTH(ledger_lending, a_lease_of_short_calls_is_an_orphan_soon)
{
    given_ledger();
    given_book();
    struct ledger_ask asked = the_ask(new_number(), 40);
    asked.longest_call_ms = 5000;
    struct text lease = lend_on(the_ledger(), JOURNAL_A, &asked, NOW_MS).lease;
    given_lease(JOURNAL_A, "environment", "demo/dev", 40);
    int64_t orphaned_ms = lease_terms_orphaned_ms(NOW_MS, LEASE_LENGTH_MS, 5000);
    cr_assert_eq(sweep(orphaned_ms).orphaned, 0);
    cr_assert_eq(sweep(orphaned_ms + 1).orphaned, 1);
    expect_account("environment", "demo/dev", 40, 40);
    expect_lease(lease, 40, 0, 2);
}

ON_BOTH(ledger_lending, late_records_of_an_orphan_settle_nothing_twice_and_late_returns_are_heard)
{
    given_ledger();
    given_book();
    struct text lease = given_lease(JOURNAL_A, "environment", "demo/dev", 40);
    cr_assert_eq(sweep(NOW_MS + LONG_AFTER_MS).orphaned, 1);
    const char *charges = text_c_string(rig.arena, charge("environment", "demo/dev", lease, 15));
    given_records(JOURNAL_A, record_charged("01A", charges));
    expect_account("environment", "demo/dev", 40, 0);
    expect_lease(lease, 40, 15, 2);
    cr_assert_eq(give_back(JOURNAL_A, lease, 20, true).end, LEDGER_DONE);
    expect_account("environment", "demo/dev", 20, 0);
    charges = text_c_string(rig.arena, charge("environment", "demo/dev", lease, 5));
    cr_assert_eq(ingest(JOURNAL_A, 1, record_charged("01B", charges)).end, LEDGER_DONE);
    expect_account("environment", "demo/dev", 20, 0);
    cr_assert_eq(sweep(NOW_MS + LONG_AFTER_MS).end, LEDGER_DONE);
    cr_assert_eq(rig_count("SELECT count(*) FROM lease"), 0);
}

/* Each sees the account before the others lent from it. */
ON_BOTH(ledger_lending, many_gateways_at_several_ledgers_at_once_are_lent_no_more_than_there_is)
{
    enum { LEDGERS = 4, GATEWAYS = 40, EACH = 7, MOST = 100 };
    struct lent lent[GATEWAYS];
    struct ledger *ledgers[LEDGERS];
    struct ledger_ask asks[GATEWAYS];
    int64_t sum = 0;
    given_ledger();
    given_book();
    for (int i = 0; i < LEDGERS; i++)
        ledgers[i] = given_ledger_on(rig_open_another());
    for (int i = 0; i < GATEWAYS; i++) {
        asks[i] = the_ask(new_number(), EACH);
        lend_begin(&lent[i], ledgers[i % LEDGERS], i % 2 == 0 ? JOURNAL_A : JOURNAL_B, &asks[i], NOW_MS);
    }
    for (int i = 0; i < GATEWAYS; i++) {
        rig_until(&lent[i].is_answered);
        cr_assert_eq(lent[i].answer.end, LEDGER_DONE, "%s", lent[i].answer.why.message);
        sum += lent[i].answer.amount;
    }
    cr_assert_eq(sum, MOST / EACH * EACH, "%lld", (long long)sum);
    expect_account("environment", "demo/dev", 0, sum);
    expect_exact();
}

ON_BOTH(ledger_lending, of_a_budget_per_run_goes_to_as_many_owners_as_there_may_be)
{
    given_ledger();
    struct gateway_budget budgets[] = {given_budget("run", POLICY_SCOPE_RUN, 100),
                                       given_budget("caller", POLICY_SCOPE_CALLER, 100)};
    book("1", budgets, COUNT_OF(budgets));
    for (size_t i = 0; i < COUNT_OF(budgets); i++)
        rig_sql(text_c_string(rig.arena,
                              text_format(rig.arena,
                                          "INSERT INTO account (budget, owner, window_id, settled, "
                                          "leased) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                                          "FROM n WHERE i < 9999) SELECT '%.*s', 'demo/dev/' || i, '" MONTH
                                          "', 1, 0 FROM n",
                                          TEXT_ARG(budgets[i].id))));
    cr_assert_eq(lend("run", "demo/dev/last", 10, 10).amount, 10);
    expect_refused(lend("run", "demo/dev/more", 10, 10), ERROR_UNAVAILABLE,
                   "has 10000 owners in this window");
    cr_assert_eq(lend("run", "demo/dev/last", 10, 10).amount, 10, "who is there goes on");
    cr_assert_eq(lend("run", "demo/dev/7", 10, 10).amount, 10);
    cr_assert_eq(lend("caller", "demo/dev/last", 10, 10).amount, 10);
    cr_assert_eq(lend("caller", "demo/dev/more", 10, 10).amount, 10, "callers are declared");
    cr_assert_eq(rig_count("SELECT count(*) FROM account WHERE budget = 'run'"), LEND_MAX_CLAIMED_OWNERS);
}
