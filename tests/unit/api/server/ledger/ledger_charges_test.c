/* What records are charged to is settled with them, in the same transaction: on SQLite and PostgreSQL. */
#include "lib/base/buffer.h"
#include "tests/unit/api/server/ledger/lending_rig.h"

TestSuite(ledger_charges, .timeout = 120);

static struct text
batch_of(const char *id, struct text charges)
{
    return record_charged(id, text_c_string(rig.arena, charges));
}

ON_BOTH(ledger_charges, a_charge_moves_from_leased_to_settled_once)
{
    given_ledger();
    given_book();
    struct text lease = given_lease(JOURNAL_A, "environment", "demo/dev", 60);
    struct text records = batch_of("01A", charge("environment", "demo/dev", lease, 25));
    given_records(JOURNAL_A, records);
    expect_account("environment", "demo/dev", 25, 35);
    expect_lease(lease, 60, 25, 0);
    cr_assert_eq(ingest(JOURNAL_A, 0, records).end, LEDGER_BEHIND);
    expect_account("environment", "demo/dev", 25, 35);
    expect_exact();
}

ON_BOTH(ledger_charges, all_charges_of_a_batch_are_added_up)
{
    given_ledger();
    given_book();
    struct text a = given_lease(JOURNAL_A, "environment", "demo/dev", 60);
    struct text b = given_lease(JOURNAL_A, "environment", "demo/dev", 20);
    struct text org = given_lease(JOURNAL_A, "org", "", 60);
    struct buffer records;
    buffer_init(&records, rig.arena, 1024);
    struct text both = text_format(rig.arena, "%.*s,%.*s", TEXT_ARG(charge("org", "", org, 3)),
                                   TEXT_ARG(charge("environment", "demo/dev", b, 1)));
    for (int i = 0; i < 5; i++) {
        buffer_add_text(&records, batch_of("01A", both));
        buffer_add_text(&records, batch_of("01B", charge("environment", "demo/dev", a, 10)));
    }
    given_records(JOURNAL_A, buffer_text(&records));
    expect_account("environment", "demo/dev", 55, 25);
    expect_account("org", "", 15, 45);
    expect_lease(a, 60, 50, 0);
    expect_lease(b, 20, 5, 0);
    expect_exact();
}

ON_BOTH(ledger_charges, what_is_charged_beyond_its_lease_is_settled_and_noted)
{
    given_ledger();
    given_book();
    struct text lease = given_lease(JOURNAL_A, "environment", "demo/dev", 60);
    cr_assert_eq(welcome(JOURNAL_A, "demo", "dev").end, LEDGER_DONE);
    struct ledger_outcome outcome =
        ingest(JOURNAL_A, 0, batch_of("01A", charge("environment", "demo/dev", lease, 61)));
    cr_assert_eq(outcome.end, LEDGER_DONE, "%s", outcome.why.message);
    cr_assert_eq(outcome.noted, 1);
    expect_lease(lease, 60, 60, 0);
    expect_account("environment", "demo/dev", 61, 0);
}

ON_BOTH(ledger_charges, what_is_charged_to_no_lease_or_to_one_that_is_not_known_is_settled)
{
    given_ledger();
    given_book();
    cr_assert_eq(welcome(JOURNAL_A, "demo", "dev").end, LEDGER_DONE);
    struct ledger_outcome none =
        ingest(JOURNAL_A, 0, batch_of("01A", charge("workspace", "demo", TEXT(""), 7)));
    cr_assert_eq(none.end, LEDGER_DONE, "%s", none.why.message);
    cr_assert_eq(none.noted, 0);
    expect_account("workspace", "demo", 7, 0);
    struct ledger_outcome unknown =
        ingest(JOURNAL_A, 1, batch_of("01B", charge("workspace", "demo", TEXT("01GONE"), 5)));
    cr_assert_eq(unknown.end, LEDGER_DONE, "%s", unknown.why.message);
    cr_assert_eq(unknown.noted, 1);
    expect_account("workspace", "demo", 12, 0);
    cr_assert_eq(lend("workspace", "demo", 489, 489).amount, 0);
    cr_assert_eq(lend("workspace", "demo", 488, 488).amount, 488);
}

static void
expect_unheld(const char *budget, int64_t amount)
{
    int64_t unheld = rig_count(text_c_string(
        rig.arena, text_format(rig.arena, "SELECT unheld FROM account WHERE budget = '%s'", budget)));
    cr_assert_eq(unheld, amount, "%lld of %s", (long long)unheld, budget);
}

ON_BOTH(ledger_charges, what_no_lease_covered_is_told_apart_whoever_dies_in_between)
{
    given_ledger();
    given_book();
    struct text lease = given_lease(JOURNAL_A, "environment", "demo/dev", 60);
    cr_assert_eq(welcome(JOURNAL_A, "demo", "dev").end, LEDGER_DONE);
    struct text without = batch_of("01A", charge("environment", "demo/dev", TEXT(""), 70));
    cr_assert_eq(ingest(JOURNAL_A, 0, without).end, LEDGER_DONE);
    cr_assert_eq(ingest(JOURNAL_A, 0, without).end, LEDGER_BEHIND);
    expect_account("environment", "demo/dev", 70, 60);
    expect_unheld("environment", 70);
    cr_assert_eq(ingest(JOURNAL_A, 1, batch_of("01B", charge("environment", "demo/dev", lease, 50))).end,
                 LEDGER_DONE);
    expect_account("environment", "demo/dev", 120, 10);
    expect_unheld("environment", 70);
    cr_assert_eq(ingest(JOURNAL_A, 2, batch_of("01C", charge("environment", "demo/dev", lease, 13))).end,
                 LEDGER_DONE);
    expect_account("environment", "demo/dev", 133, 0);
    expect_unheld("environment", 73);
    cr_assert_eq(lend("environment", "demo/dev", 1, 1).amount, 0);
}

ON_BOTH(ledger_charges, what_an_orphan_covers_is_not_charged_without_a_lease)
{
    given_ledger();
    given_book();
    struct text lease = given_lease(JOURNAL_A, "org", "", 60);
    cr_assert_eq(welcome(JOURNAL_A, "demo", "dev").end, LEDGER_DONE);
    cr_assert_eq(sweep(NOW_MS + LONG_AFTER_MS).orphaned, 1);
    cr_assert_eq(ingest(JOURNAL_A, 0, batch_of("01A", charge("org", "", lease, 61))).end, LEDGER_DONE);
    expect_account("org", "", 61, 0);
    expect_unheld("org", 1);
}

ON_BOTH(ledger_charges, records_of_a_lapsed_budget_are_settled_all_the_same)
{
    given_ledger();
    given_book();
    struct text lease = given_lease(JOURNAL_A, "org", "", 60);
    cr_assert_eq(book("2", NULL, 0).end, LEDGER_DONE);
    given_records(JOURNAL_A, batch_of("01A", charge("org", "", lease, 60)));
    expect_account("org", "", 60, 0);
}

static void
expect_forged(struct text records)
{
    struct ledger_outcome outcome = ingest(JOURNAL_A, 0, records);
    cr_assert_eq(outcome.end, LEDGER_REFUSED, "end %d", outcome.end);
    cr_assert_eq(outcome.why.kind, ERROR_DENIED, "%s", outcome.why.message);
    cr_assert(strstr(outcome.why.message, "was not lent to this journal"), "%s", outcome.why.message);
}

ON_BOTH(ledger_charges, a_lease_of_another_journal_or_account_makes_the_batch_forged)
{
    given_ledger();
    given_book();
    struct text foreign = given_lease(JOURNAL_B, "environment", "demo/dev", 60);
    struct text own = given_lease(JOURNAL_A, "environment", "demo/dev", 10);
    cr_assert_eq(welcome(JOURNAL_A, "demo", "dev").end, LEDGER_DONE);
    expect_forged(batch_of("01A", charge("environment", "demo/dev", foreign, 1)));
    expect_forged(batch_of("01A", charge("org", "", own, 1)));
    expect_forged(batch_of("01A", charge("environment", "demo/dev/ada", own, 1)));
    expect_account("environment", "demo/dev", 0, 70);
    cr_assert_eq(rig_count("SELECT count(*) FROM usage"), 0);
    cr_assert_eq(rig_count("SELECT next FROM journal"), 0);
}

ON_BOTH(ledger_charges, the_wildest_claims_do_not_hold_up_what_is_behind_them)
{
    struct buffer records;
    given_ledger();
    buffer_init(&records, rig.arena, 1 << 20);
    for (int i = 0; i < 2000; i++)
        buffer_add_text(
            &records, batch_of("01A", text_format(rig.arena, "%.*s,%.*s,%.*s",
                                                  TEXT_ARG(charge("org", "", TEXT(""), LEASE_MAX_AMOUNT)),
                                                  TEXT_ARG(charge("org", "", TEXT("x"), LEASE_MAX_AMOUNT)),
                                                  TEXT_ARG(charge("org", "", TEXT("y"), LEASE_MAX_AMOUNT)))));
    cr_assert_eq(welcome(JOURNAL_A, "demo", "dev").end, LEDGER_DONE);
    for (int i = 0; i < 2; i++) {
        struct ledger_outcome outcome = ingest(JOURNAL_A, i * 2000, buffer_text(&records));
        cr_assert_eq(outcome.end, LEDGER_DONE, "%s", outcome.why.message);
    }
    given_book();
    struct lend_answer answer = lend("org", "", 1, 1);
    cr_assert_eq(answer.end, LEDGER_DONE, "%s", answer.why.message);
    cr_assert_eq(answer.amount, 0);
}

/* A record that is charged to two new leases of 9 each. */
static struct text
record_on_new_leases(const char *journal, int64_t amount)
{
    struct text org = charge("org", "", given_lease(journal, "org", "", 9), amount);
    struct text workspace = charge("workspace", "demo", given_lease(journal, "workspace", "demo", 9), amount);
    return batch_of("01A", text_format(rig.arena, "%.*s,%.*s", TEXT_ARG(org), TEXT_ARG(workspace)));
}

/* Both wait for each other's accounts. */
ON_BOTH(ledger_charges, batches_of_two_gateways_at_once_do_not_end_in_each_others_way)
{
    enum { ROUNDS = 20 };
    given_ledger();
    struct gateway_budget budgets[] = {given_budget("org", POLICY_SCOPE_ORGANISATION, 100000),
                                       given_budget("workspace", POLICY_SCOPE_WORKSPACE, 100000)};
    cr_assert_eq(book("1", budgets, 2).end, LEDGER_DONE);
    struct ledger *other = given_ledger_on(rig_open_another());
    cr_assert_eq(welcome(JOURNAL_A, "demo", "dev").end, LEDGER_DONE);
    cr_assert_eq(welcome(JOURNAL_B, "demo", "dev").end, LEDGER_DONE);
    for (int i = 0; i < ROUNDS; i++) {
        struct asked one, two;
        struct text a = record_on_new_leases(JOURNAL_A, 5), b = record_on_new_leases(JOURNAL_B, 7);
        ingest_begin(&one, the_ledger(), JOURNAL_A, i, a);
        ingest_begin(&two, other, JOURNAL_B, i, b);
        cr_assert_eq(asked_end(&one).end, LEDGER_DONE, "%s", one.outcome.why.message);
        cr_assert_eq(asked_end(&two).end, LEDGER_DONE, "%s", two.outcome.why.message);
    }
    expect_account("org", "", 12 * ROUNDS, 6 * ROUNDS);
    expect_account("workspace", "demo", 12 * ROUNDS, 6 * ROUNDS);
    expect_exact();
}
