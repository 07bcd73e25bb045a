/* Everything at once, from several ledgers on one database: nothing ends in anything else's way, and the
 * accounts are exact afterwards. */
#include "lib/base/buffer.h"
#include "tests/unit/api/server/ledger/lending_rig.h"

TestSuite(ledger_together, .timeout = 120);

enum { LEDGERS = 4, LEASES = 6, ROUNDS = 15 };

struct together {
    struct ledger *ledgers[LEDGERS];
    struct text leases[2][LEASES]; /* of each journal, in turn of "org" and "workspace" */
    int64_t next[2];
};

static const char *const journals[] = {JOURNAL_A, JOURNAL_B};

static const char *
budget_of(int i)
{
    return i % 2 == 0 ? "org" : "workspace";
}

static const char *
owner_of(int i)
{
    return i % 2 == 0 ? "" : "demo";
}

static void
given_leases(struct together *all)
{
    for (int journal = 0; journal < 2; journal++)
        for (int i = 0; i < LEASES; i++)
            all->leases[journal][i] = given_lease(journals[journal], budget_of(i), owner_of(i), 10);
}

/* One record charged to every lease, in the order of their ids or against it. */
static void
begin_batch(struct together *all, struct asked *asked, int journal)
{
    struct buffer charges;
    buffer_init(&charges, rig.arena, 2048);
    for (int i = 0; i < LEASES; i++) {
        int which = journal == 0 ? i : LEASES - 1 - i;
        struct text one = charge(budget_of(which), owner_of(which), all->leases[journal][which], 3);
        buffer_print(&charges, "%s%.*s", i == 0 ? "" : ",", TEXT_ARG(one));
    }
    buffer_add_byte(&charges, '\0');
    ingest_begin(asked, all->ledgers[journal], journals[journal], all->next[journal]++,
                 record_charged("01A", charges.bytes));
}

static void
begin_giving_back(struct together *all, struct asked *asked, struct ledger_return *returns, int journal)
{
    for (int i = 0; i < LEASES; i++)
        returns[i] = (struct ledger_return){
            .lease = all->leases[journal][journal == 0 ? LEASES - 1 - i : i], .kept = 5, .over = i % 3 == 0};
    give_back_begin(asked, all->ledgers[2 + journal], journals[journal], returns, LEASES);
}

static void
run_round(struct together *all)
{
    struct asked batches[2], given_back[2];
    struct ledger_return returns[2][LEASES];
    struct lent lent[4];
    struct swept swept[2];
    struct ledger_ask asks[4];
    given_leases(all);
    for (int journal = 0; journal < 2; journal++) {
        begin_batch(all, &batches[journal], journal);
        begin_giving_back(all, &given_back[journal], returns[journal], journal);
        sweep_begin(&swept[journal], all->ledgers[3 - journal], NOW_MS + LONG_AFTER_MS);
    }
    for (int i = 0; i < 4; i++) {
        asks[i] = (struct ledger_ask){.number = new_number(),
                                      .budget = TEXT("org"),
                                      .owner = TEXT(""),
                                      .window = TEXT(MONTH),
                                      .wanted = 4,
                                      .at_least = 4};
        lend_begin(&lent[i], all->ledgers[i], journals[i % 2], &asks[i], NOW_MS);
    }
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(asked_end(&batches[i]).end, LEDGER_DONE, "%s", batches[i].outcome.why.message);
        cr_assert_eq(asked_end(&given_back[i]).end, LEDGER_DONE, "%s", given_back[i].outcome.why.message);
        rig_until(&swept[i].is_answered);
        cr_assert_eq(swept[i].answer.end, LEDGER_DONE, "%s", swept[i].answer.why.message);
    }
    for (int i = 0; i < 4; i++) {
        rig_until(&lent[i].is_answered);
        cr_assert_eq(lent[i].answer.end, LEDGER_DONE, "%s", lent[i].answer.why.message);
    }
    expect_exact();
}

ON_BOTH(ledger_together, batches_returns_sweeps_and_questions_do_not_end_in_each_others_way)
{
    static struct together all;
    memset(&all, 0, sizeof(all));
    given_ledger();
    struct gateway_budget budgets[] = {given_budget("org", POLICY_SCOPE_ORGANISATION, 100000),
                                       given_budget("workspace", POLICY_SCOPE_WORKSPACE, 100000)};
    cr_assert_eq(book("1", budgets, 2).end, LEDGER_DONE);
    for (int i = 0; i < LEDGERS; i++)
        all.ledgers[i] = given_ledger_on(rig_open_another());
    for (int i = 0; i < 2; i++)
        cr_assert_eq(welcome(journals[i], "demo", "dev").end, LEDGER_DONE);
    for (int i = 0; i < ROUNDS; i++)
        run_round(&all);
    /* Every charge was within its lease, whatever came before it: settled is what was charged, and what is
     * open of orphans; and all of it goes when that is given back. */
    cr_assert_eq(
        rig_count("SELECT CAST(sum(settled) AS bigint) FROM account") -
            rig_count("SELECT CAST(coalesce(sum(amount - charged), 0) AS bigint) FROM lease WHERE state = 2"),
        INT64_C(3) * 2 * LEASES * ROUNDS);
}
