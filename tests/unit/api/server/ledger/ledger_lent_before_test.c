/* Questions that are asked again because their answers were lost: the same tests on SQLite and PostgreSQL. */
#include "tests/unit/api/server/ledger/lending_rig.h"

TestSuite(ledger_lent_before, .timeout = 120);

static struct ledger_ask
question(int64_t wanted)
{
    return (struct ledger_ask){.number = new_number(),
                               .longest_call_ms = LEASE_MAX_CALL_MS,
                               .budget = TEXT("environment"),
                               .owner = TEXT("demo/dev"),
                               .window = TEXT(MONTH),
                               .wanted = wanted,
                               .at_least = wanted};
}

static struct lend_answer
ask(const struct ledger_ask *question, int64_t now_ms)
{
    return lend_on(the_ledger(), JOURNAL_A, question, now_ms);
}

static void
expect_told_again(struct lend_answer answer, struct lend_answer before)
{
    cr_assert_eq(answer.end, LEDGER_DONE, "%s", answer.why.message);
    cr_assert(answer.is_again);
    cr_assert(text_equals(answer.lease, before.lease));
    cr_assert_eq(answer.amount, before.amount);
    cr_assert_eq(rig_count("SELECT count(*) FROM lease"), 1);
}

static void
expect_not_told_again(struct lend_answer answer, const char *words)
{
    cr_assert_eq(answer.end, LEDGER_REFUSED, "%lld lent", (long long)answer.amount);
    cr_assert_eq(answer.why.kind, ERROR_CONFLICT);
    cr_assert(strstr(answer.why.message, words), "\"%s\" has no \"%s\"", answer.why.message, words);
    cr_assert_eq(answer.amount, 0);
    cr_assert(text_is_empty(answer.lease));
}

ON_BOTH(ledger_lent_before, a_question_asked_again_is_answered_with_the_same_lease)
{
    given_ledger();
    given_book();
    struct ledger_ask asked = question(60);
    struct lend_answer first = ask(&asked, NOW_MS);
    cr_assert_eq(first.length_ms, LEASE_LENGTH_MS);
    cr_assert_not(first.is_again);
    for (int i = 0; i < 3; i++) {
        struct lend_answer again = ask(&asked, NOW_MS + LEASE_LENGTH_MS);
        expect_told_again(again, first);
        cr_assert_eq(again.length_ms, LEASE_LENGTH_MS, "it counts from when it was first asked for");
        cr_assert_eq(again.left, 40);
    }
    expect_account("environment", "demo/dev", 0, 60);
    struct ledger_ask other = question(40);
    cr_assert_eq(ask(&other, NOW_MS).amount, 40, "all the rest is there to be lent");
    expect_exact();
}

ON_BOTH(ledger_lent_before, a_number_is_one_journals)
{
    given_ledger();
    given_book();
    struct ledger_ask asked = question(50);
    struct lend_answer first = ask(&asked, NOW_MS);
    struct lend_answer others = lend_on(the_ledger(), JOURNAL_B, &asked, NOW_MS);
    cr_assert_eq(others.end, LEDGER_DONE, "%s", others.why.message);
    cr_assert_eq(others.amount, 50);
    cr_assert_not(text_equals(others.lease, first.lease));
    expect_account("environment", "demo/dev", 0, 100);
}

ON_BOTH(ledger_lent_before, a_question_that_was_answered_with_nothing_is_decided_anew)
{
    given_ledger();
    given_book();
    struct text all = given_lease(JOURNAL_B, "environment", "demo/dev", 100);
    struct ledger_ask asked = question(60);
    cr_assert_eq(ask(&asked, NOW_MS).amount, 0);
    cr_assert_eq(give_back(JOURNAL_B, all, 0, true).end, LEDGER_DONE);
    struct lend_answer answer = ask(&asked, NOW_MS);
    cr_assert_eq(answer.amount, 60);
    cr_assert_not(answer.is_again);
}

/* Or its gateway could neither use it nor give it back. */
ON_BOTH(ledger_lent_before, a_lease_is_told_again_when_its_window_is_over_and_its_budget_gone)
{
    given_ledger();
    given_book();
    struct ledger_ask asked = question(60);
    struct lend_answer first = ask(&asked, NOW_MS);
    expect_told_again(ask(&asked, NOW_MS + INT64_C(31) * 86400000), first);
    struct gateway_budget other = given_budget("other", POLICY_SCOPE_ORGANISATION, 7);
    cr_assert_eq(book("2", &other, 1).end, LEDGER_DONE);
    struct lend_answer again = ask(&asked, NOW_MS);
    expect_told_again(again, first);
    cr_assert_eq(again.left, 0);
}

ON_BOTH(ledger_lent_before, an_orphan_is_told_again_only_to_be_given_back)
{
    given_ledger();
    given_book();
    struct ledger_ask asked = question(60);
    struct lend_answer first = ask(&asked, NOW_MS);
    cr_assert_eq(sweep(NOW_MS + LONG_AFTER_MS).orphaned, 1);
    expect_account("environment", "demo/dev", 60, 0);
    struct lend_answer again = ask(&asked, NOW_MS + LONG_AFTER_MS);
    expect_told_again(again, first);
    cr_assert_eq(again.length_ms, 0);
    cr_assert_eq(give_back(JOURNAL_A, again.lease, 0, true).end, LEDGER_DONE);
    expect_account("environment", "demo/dev", 0, 0);
}

ON_BOTH(ledger_lent_before, a_lease_that_was_heard_of_is_not_told_again)
{
    given_ledger();
    given_book();
    struct ledger_ask charged = question(30), over = question(30);
    struct lend_answer of_charged = ask(&charged, NOW_MS), of_over = ask(&over, NOW_MS);
    const char *charges = text_c_string(rig.arena, charge("environment", "demo/dev", of_charged.lease, 1));
    given_records(JOURNAL_A, record_charged("01A", charges));
    cr_assert_eq(give_back(JOURNAL_A, of_over.lease, 5, true).end, LEDGER_DONE);
    expect_not_told_again(ask(&charged, NOW_MS), "was used since");
    expect_not_told_again(ask(&over, NOW_MS), "was used since");
    expect_account("environment", "demo/dev", 1, 34);
}

ON_BOTH(ledger_lent_before, another_question_under_the_same_number_is_refused)
{
    given_ledger();
    given_book();
    struct ledger_ask asked = question(60);
    struct lend_answer first = ask(&asked, NOW_MS);
    struct ledger_ask other = asked;
    other.budget = TEXT("org");
    other.owner = TEXT("");
    expect_not_told_again(ask(&other, NOW_MS), "about budget environment");
    expect_told_again(ask(&asked, NOW_MS), first);
}

/* The stream is lost before the first ledger has answered, and the next one is with another ledger. */
ON_BOTH(ledger_lent_before, several_ledgers_that_are_asked_the_same_at_once_lend_it_once)
{
    enum { LEDGERS = 4, QUESTIONS = 10, EACH = 7 };
    struct lent lent[QUESTIONS][LEDGERS];
    struct ledger *ledgers[LEDGERS];
    struct ledger_ask asked[QUESTIONS];
    given_ledger();
    given_book();
    for (int i = 0; i < LEDGERS; i++)
        ledgers[i] = given_ledger_on(rig_open_another());
    for (int i = 0; i < QUESTIONS; i++) {
        asked[i] = question(EACH);
        for (int j = 0; j < LEDGERS; j++)
            lend_begin(&lent[i][j], ledgers[j], JOURNAL_A, &asked[i], NOW_MS);
    }
    for (int i = 0; i < QUESTIONS; i++)
        for (int j = 0; j < LEDGERS; j++) {
            rig_until(&lent[i][j].is_answered);
            cr_assert_eq(lent[i][j].answer.end, LEDGER_DONE, "%s", lent[i][j].answer.why.message);
            cr_assert_eq(lent[i][j].answer.amount, EACH);
            cr_assert(text_equals(lent[i][j].answer.lease, lent[i][0].answer.lease));
        }
    cr_assert_eq(rig_count("SELECT count(*) FROM lease"), QUESTIONS);
    expect_account("environment", "demo/dev", 0, INT64_C(1) * QUESTIONS * EACH);
    expect_exact();
}

/* Whether it was lent nobody knows until somebody looks: nothing may not be the answer. */
Test(ledger_lent_before, in_postgres_a_question_whose_commit_was_cut_off_is_looked_at_again)
{
    struct lent lent;
    int64_t pid;
    rig_given_postgres();
    given_ledger();
    given_book();
    rig_sql("CREATE FUNCTION wait_for_us() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM "
            "pg_advisory_xact_lock(770077); RETURN NULL; END'");
    rig_sql("CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON lease DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
            "EXECUTE FUNCTION wait_for_us()");
    struct ledger *cut_off = given_ledger_on(rig_open_another());
    rig_sql("SELECT pg_advisory_lock(770077)");
    struct ledger_ask asked = question(60);
    lend_begin(&lent, cut_off, JOURNAL_A, &asked, NOW_MS);
    do
        pid = rig_count("SELECT CAST(coalesce(max(pid), 0) AS bigint) FROM pg_locks WHERE locktype = "
                        "'advisory' AND objid = 770077 AND NOT granted");
    while (pid == 0);
    rig_sql(text_c_string(rig.arena,
                          text_format(rig.arena, "SELECT pg_terminate_backend(%lld)", (long long)pid)));
    rig_sql("SELECT pg_advisory_unlock(770077)");
    rig_until(&lent.is_answered);
    cr_assert_eq(lent.answer.end, LEDGER_DONE, "%s", lent.answer.why.message);
    cr_assert_eq(lent.answer.amount, 60);
    expect_told_again(ask(&asked, NOW_MS), lent.answer);
    expect_account("environment", "demo/dev", 0, 60);
    rig_end();
}
