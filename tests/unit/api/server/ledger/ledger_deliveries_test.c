/* Whom to tell: written with the alert, claimed by one at a time, kept until it was told: on SQLite and
 * PostgreSQL. */
#include "api/server/ledger/ledger_deliveries.h"

#include "tests/unit/api/server/ledger/lending_rig.h"

TestSuite(ledger_deliveries, .timeout = 120);

#define CLAIM_MS 60000

struct told_claim {
    bool is_answered;
    struct claim_answer answer;
};

static void
on_claimed(void *owner, const struct claim_answer *answer)
{
    struct told_claim *told = owner;
    cr_assert_not(told->is_answered, "answered twice");
    *told = (struct told_claim){true, *answer};
}

static void
on_done(void *owner, const struct ledger_outcome *outcome)
{
    struct asked *asked = owner;
    asked->is_answered = true;
    asked->outcome = *outcome;
}

static void
claim_begin(struct told_claim *told, struct ledger *ledger, int64_t now_ms, size_t most)
{
    const struct claim_question question = {now_ms, now_ms + CLAIM_MS, most};
    *told = (struct told_claim){0};
    ledger_deliveries_claim(ledger, rig.arena, &question, on_claimed, told);
}

static struct claim_answer
claim_end(struct told_claim *told)
{
    rig_until(&told->is_answered);
    cr_assert_eq(told->answer.end, LEDGER_DONE, "%s", told->answer.why.message);
    return told->answer;
}

static struct claim_answer
claim(int64_t now_ms, size_t most)
{
    struct told_claim told;
    claim_begin(&told, the_ledger(), now_ms, most);
    return claim_end(&told);
}

static void
end(const struct claim_answer *claimed, size_t at, enum alert_told state, int64_t due_ms)
{
    const struct delivery_result result = {claimed->deliveries[at].alert.id,
                                           claimed->deliveries[at].url,
                                           claimed->claim,
                                           state,
                                           due_ms,
                                           TEXT("answered 500")};
    struct asked asked = {0};
    ledger_delivery_end(the_ledger(), rig.arena, &result, on_done, &asked);
    cr_assert_eq(asked_end(&asked).end, LEDGER_DONE, "%s", asked.outcome.why.message);
}

/* One alert at 50 percent for two webhooks, and one budget that tells none. */
static void
given_an_alert(void)
{
    static int64_t percents[] = {50, 80};
    static struct budget_webhook webhooks[] = {{.url = TEXT("https://a.example.com/")},
                                               {.url = TEXT("https://b.example.com/")}};
    struct gateway_budget budgets[] = {given_budget("environment", POLICY_SCOPE_ENVIRONMENT, 100),
                                       given_budget("org", POLICY_SCOPE_ORGANISATION, 100)};
    budgets[0].alerts = budgets[1].alerts = (struct int_list){percents, COUNT_OF(percents)};
    budgets[0].webhooks = (struct budget_webhook_list){webhooks, COUNT_OF(webhooks)};
    given_ledger();
    cr_assert_eq(book("1", budgets, COUNT_OF(budgets)).end, LEDGER_DONE);
    struct text charges =
        text_format(rig.arena, "%.*s,%.*s", TEXT_ARG(charge("environment", "demo/dev", TEXT(""), 60)),
                    TEXT_ARG(charge("org", "", TEXT(""), 60)));
    given_records(JOURNAL_A, record_charged("01A", text_c_string(rig.arena, charges)));
}

ON_BOTH(ledger_deliveries, are_one_for_each_alert_and_webhook)
{
    given_an_alert();
    cr_assert_eq(rig_count("SELECT count(*) FROM alert"), 2);
    struct claim_answer claimed = claim(NOW_MS, 8);
    cr_assert_eq(claimed.count, 2);
    cr_assert_eq(claimed.waiting, 2);
    cr_assert(text_equals(claimed.deliveries[0].url, TEXT("https://a.example.com/")));
    cr_assert(text_equals(claimed.deliveries[1].url, TEXT("https://b.example.com/")));
    cr_assert_eq(claimed.deliveries[1].tries, 1);
    cr_assert_eq(claimed.deliveries[1].alert.percent, 50);
    cr_assert_eq(claimed.deliveries[1].alert.settled, 60);
}

ON_BOTH(ledger_deliveries, that_are_claimed_are_taken_by_nobody_until_that_is_over)
{
    given_an_alert();
    cr_assert_eq(claim(NOW_MS, 1).count, 1);
    struct claim_answer second = claim(NOW_MS, 8);
    cr_assert_eq(second.count, 1);
    cr_assert_eq(claim(NOW_MS + CLAIM_MS - 1, 8).count, 0);
    struct claim_answer again = claim(NOW_MS + CLAIM_MS, 8);
    cr_assert_eq(again.count, 2);
    cr_assert_eq(again.deliveries[0].tries, 2);
}

ON_BOTH(ledger_deliveries, are_claimed_by_one_of_several_ledgers)
{
    given_an_alert();
    struct ledger *other = given_ledger_on(rig_open_another());
    struct told_claim here, there;
    claim_begin(&here, the_ledger(), NOW_MS, 8);
    claim_begin(&there, other, NOW_MS, 8);
    cr_assert_eq(claim_end(&here).count + claim_end(&there).count, 2);
}

ON_BOTH(ledger_deliveries, that_were_told_are_over_whoever_claims_them)
{
    given_an_alert();
    struct claim_answer late = claim(NOW_MS, 1);
    struct claim_answer next = claim(NOW_MS + CLAIM_MS, 8);
    cr_assert_eq(next.count, 2);
    end(&late, 0, ALERT_TOLD_WAITING, NOW_MS); /* somebody else's by now */
    cr_assert_eq(claim(NOW_MS + CLAIM_MS, 8).count, 0);
    end(&late, 0, ALERT_TOLD_DONE, NOW_MS);
    cr_assert_eq(rig_count("SELECT count(*) FROM alert_delivery WHERE state = 1"), 1);
    end(&next, 0, ALERT_TOLD_WAITING, NOW_MS);
    end(&next, 1, ALERT_TOLD_WAITING, NOW_MS);
    struct claim_answer rest = claim(NOW_MS + CLAIM_MS, 8);
    cr_assert_eq(rest.count, 1);
    cr_assert_eq(rest.waiting, 1);
}

ON_BOTH(ledger_deliveries, that_are_given_up_are_not_tried_again)
{
    given_an_alert();
    struct claim_answer claimed = claim(NOW_MS, 8);
    end(&claimed, 0, ALERT_TOLD_GIVEN_UP, 0);
    end(&claimed, 1, ALERT_TOLD_WAITING, NOW_MS + 1000);
    cr_assert_eq(claim(NOW_MS + 999, 8).count, 0);
    struct claim_answer again = claim(NOW_MS + 1000, 8);
    cr_assert_eq(again.count, 1);
    cr_assert(text_equals(again.deliveries[0].url, TEXT("https://b.example.com/")));
}
