/* Leases over a real socket: who waits, what is asked, and what becomes of lost streams. */
#include "gateway/lender_private.h"
#include "lib/base/buffer.h"
#include "lib/base/metrics.h"
#include "tests/unit/gateway/lender_rig.h"

TestSuite(lender, .init = given_lender, .fini = end_lender, .timeout = 60);

static void
on_unneeded_answer(void *owner)
{
    (void)owner;
}

static bool
has_counted(size_t wanted)
{
    return ledger.counted >= wanted;
}

static bool
is_later_than(size_t ms)
{
    return lender_now_ms(lender) > (int64_t)ms;
}

Test(lender, asks_once_for_all_who_wait_and_serves_them_in_their_order)
{
    welcome();
    for (size_t i = 0; i < 5; i++)
        cr_assert_eq(hold(i, 10), LENDER_WAITS);
    const struct ledger_ask *ask = &next_frame(LEDGER_ASK)->ask;
    cr_assert_eq(ask->wanted, 50);
    cr_assert_eq(ask->at_least, 10);
    cr_assert(text_equals(ask->budget, TEXT("month")) && text_equals(ask->owner, TEXT("demo/dev")) &&
              text_equals(ask->window, TEXT("2026-11")));

    lend(ask->number, "a", 30, 0);

    expect_answered("abcde");
    for (size_t i = 0; i < 5; i++)
        cr_assert_eq(calls[i].answer, i < 3 ? LENDER_HELD : LENDER_LACKS);
    cr_assert_eq(lease_account_sums(needs[0].account, lender_now_ms(lender)).used, 7);
    cr_assert_eq(ledger.heard_count, 2, "nothing is left: nothing more is asked for");
}

/* Each call of an account of its own: as many are asked for as may be open, the others when those are
 * answered. */
Test(lender, keeps_no_more_questions_open_than_the_ledger_takes)
{
    enum { ACCOUNTS = 600, OPEN = 512 };
    welcome();
    ledger.counts_only = true;
    struct lender_call *many = arena_alloc_array(arena, ACCOUNTS, sizeof(*many));
    struct lease_need *wanted = arena_alloc_array(arena, ACCOUNTS, sizeof(*wanted));
    struct lease_account_name *names = arena_alloc_array(arena, ACCOUNTS, sizeof(*names));
    for (int i = 0; i < ACCOUNTS; i++) {
        names[i] =
            (struct lease_account_name){TEXT("month"), text_format(arena, "demo/dev/%d", i), TEXT("2026-11")};
        struct lease_account_place place = {0};
        cr_assert(lender_account(lender, &names[i], lender_now_ms(lender) + 3600000, &place, NULL));
        wanted[i].account = place.account;
        wanted[i].amount = 1;
        many[i] = (struct lender_call){.waiter = {.needs = &wanted[i], .count = 1},
                                       .name_of = name_of,
                                       .named_by = &names[i],
                                       .asked_ms = lender_now_ms(lender),
                                       .patience_ms = 60000,
                                       .on_answer = on_unneeded_answer};
        cr_assert_eq(lender_hold(lender, &many[i]), LENDER_WAITS);
    }
    until(has_counted, OPEN);
    lend(ledger.last_asked, "a", 1, 5);
    until(has_counted, OPEN + 1);
    cr_assert_eq(ledger.counted, OPEN + 1);
}

Test(lender, asks_again_for_who_still_lacks_while_there_is_some_left)
{
    welcome();
    for (size_t i = 0; i < 3; i++)
        hold(i, 10);
    lend(next_frame(LEDGER_ASK)->ask.number, "a", 10, 100);
    const struct ledger_ask *ask = &next_frame(LEDGER_ASK)->ask;
    cr_assert_eq(ask->at_least, 10);
    lend(ask->number, "b", 20, 80);
    expect_answered("abc");
    cr_assert_eq(calls[2].answer, LENDER_HELD);
}

Test(lender, serves_who_waits_from_what_another_call_gives_back)
{
    welcome();
    hold(0, 10);
    lend(next_frame(LEDGER_ASK)->ask.number, "a", 10, 0);
    expect_answered("a");
    until(has_heard, 2);
    cr_assert_eq(hold(1, 5), LENDER_LACKS, "as the ledger said just now");
    until(is_later_than, (size_t)lender_now_ms(lender) + LENDER_BELIEVES_MS);
    cr_assert_eq(hold(1, 5), LENDER_WAITS);
    next_frame(LEDGER_ASK);
    settle(0, 3);
    expect_answered("ab");
    cr_assert_eq(calls[1].answer, LENDER_HELD);
}

/* What the ledger said just now was before. */
Test(lender, asks_again_for_what_it_gave_back_itself)
{
    welcome();
    hold(0, 10);
    lend(next_frame(LEDGER_ASK)->ask.number, "a", 30, 0);
    expect_answered("a");
    settle(0, 3);
    lender_give_back(lender, lender_now_ms(lender));
    int64_t usable = lease_account_sums(needs[0].account, lender_now_ms(lender)).usable;
    cr_assert(usable >= 10 && usable < 27, "some is given back, not all: %lld", (long long)usable);

    cr_assert_eq(hold(1, 28), LENDER_LACKS, "more than there is anywhere");
    cr_assert_eq(hold(2, 27), LENDER_WAITS);
    next_frame(LEDGER_GIVE_BACK);
    lend(next_frame(LEDGER_ASK)->ask.number, "b", 27 - usable, 0);
    expect_answered("ac");
    cr_assert_eq(calls[2].answer, LENDER_HELD);
    cr_assert_eq(hold(3, 1), LENDER_LACKS, "it is counted in what the ledger says since");
}

Test(lender, asks_ahead_of_need_when_half_is_gone)
{
    welcome();
    hold(0, 100);
    lend(next_frame(LEDGER_ASK)->ask.number, "a", 150, 100000);
    expect_answered("a");
    cr_assert_eq(hold(1, 40), LENDER_HELD, "nobody waits");
    const struct ledger_ask *ahead = &next_frame(LEDGER_ASK)->ask;
    cr_assert_eq(ahead->at_least, 0);
    cr_assert_geq(ahead->wanted, 90);
}

Test(lender, says_why_the_ledger_refuses)
{
    welcome();
    hold(0, 10);
    hold(1, 1);
    played_ledger_say(&ledger, &(struct ledger_frame){.type = LEDGER_LENT,
                                                      .lent = {.number = next_frame(LEDGER_ASK)->ask.number,
                                                               .left = 1000,
                                                               .replicas = 1,
                                                               .reason = TEXT("no such budget")}});
    expect_answered("ab");
    cr_assert_eq(calls[1].answer, LENDER_UNREACHABLE);
    cr_assert_str_eq(calls[1].reason, "the ledger refuses: no such budget");
}

Test(lender, forgets_who_leaves_and_serves_who_stood_behind)
{
    welcome();
    hold(0, 10);
    hold(1, 2);
    int64_t number = next_frame(LEDGER_ASK)->ask.number;
    lender_leave(lender, &calls[0]);
    lend(number, "a", 10, 0);
    expect_answered("b");
    cr_assert_eq(lease_account_sums(needs[1].account, lender_now_ms(lender)).held, 2);
}

Test(lender, waits_no_longer_than_it_says_for_a_silent_ledger)
{
    welcome();
    hold(0, 10);
    next_frame(LEDGER_ASK);
    expect_answered("a");
    cr_assert_eq(calls[0].answer, LENDER_UNREACHABLE);
    cr_assert_str_eq(calls[0].reason, "the ledger does not answer");
    cr_assert_eq(hold(1, 10), LENDER_UNREACHABLE, "the next one need not find out anew");
}

Test(lender, keeps_who_waits_over_a_lost_stream_and_asks_again_the_same)
{
    welcome();
    lender_expect_calls(lender, 600000);
    lender_expect_calls(lender, 5000);
    hold(0, 10);
    const struct ledger_ask *first = &next_frame(LEDGER_ASK)->ask;
    int64_t number = first->number;
    cr_assert_eq(first->longest_call_ms, 600000);
    played_ledger_hang_up(&ledger);
    until(has_closed, 1);
    lender_expect_calls(lender, 700000);
    welcome();
    const struct ledger_ask *again = &next_frame(LEDGER_ASK)->ask;
    cr_assert_eq(again->number, number);
    cr_assert_eq(again->longest_call_ms, 600000);
    lend(number, "a", 10, 5);
    expect_answered("a");
    cr_assert_eq(calls[0].answer, LENDER_HELD);
}

Test(lender, ends_a_stream_that_lends_what_was_not_asked_for)
{
    welcome();
    lend(1, "a", 10, 5);
    until(has_closed, 1);
    welcome();
}

static bool
knows_gateways(size_t count)
{
    return lender_gateways(lender, 1) == (int64_t)count;
}

/* Also when it never was lent anything, and when the ledger is gone. */
Test(lender, knows_how_many_gateways_there_are_since_it_was_greeted)
{
    ledger.gateways = 3;
    ledger.lends = true;
    cr_assert(knows_gateways(1));
    until(knows_gateways, 3);
    ledger.lends = false;
    played_ledger_hang_up(&ledger);
    until(has_closed, 1);
    cr_assert(knows_gateways(3));
}

/* It may be of all environments there are. */
Test(lender, counts_nobody_who_shares_a_budget)
{
    welcome();
    hold(0, 10);
    played_ledger_say(&ledger, &(struct ledger_frame){.type = LEDGER_LENT,
                                                      .lent = {.number = next_frame(LEDGER_ASK)->ask.number,
                                                               .lease = TEXT("a"),
                                                               .amount = 10,
                                                               .length_ms = LEASE_LENGTH_MS,
                                                               .replicas = 9}});
    expect_answered("a");
    cr_assert(knows_gateways(1));
}

Test(lender, shows_what_is_on_loan_in_the_metrics)
{
    welcome();
    hold(0, 10);
    lend(next_frame(LEDGER_ASK)->ask.number, "a", 25, 500);
    expect_answered("a");
    next_frame(LEDGER_GIVE_BACK); /* a second later: more than twice the target was lent */
    struct buffer out;
    buffer_init(&out, arena, 4096);
    metrics_print(metrics, &out);
    cr_assert_geq(
        text_find(buffer_text(&out), TEXT("weir_budget_leased{budget=\"month\",state=\"held\"} 10\n")), 0,
        "%.*s", TEXT_ARG(buffer_text(&out)));
    cr_assert_geq(text_find(buffer_text(&out), TEXT("weir_budget_holds_total{result=\"waited\"} 1\n")), 0);
}
