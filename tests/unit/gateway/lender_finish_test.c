/* What is given back over a real socket, before the process ends. */
#include "tests/unit/gateway/lender_rig.h"

TestSuite(lender_finish, .init = given_lender, .fini = end_lender, .timeout = 60);

Test(lender_finish, gives_back_at_the_end_and_again_until_it_was_heard)
{
    welcome();
    hold(0, 10);
    lend(next_frame(LEDGER_ASK)->ask.number, "a", 10, 5);
    expect_answered("a");
    settle(0, 4);
    lender_finish(lender, (void (*)(void *))loop_stop, loop);
    const struct ledger_give_back *first = &next_frame(LEDGER_GIVE_BACK)->give_back;
    cr_assert_eq(first->returns.count, 1);
    cr_assert_eq(first->returns.items[0].kept, 4);
    cr_assert(first->returns.items[0].over);
    played_ledger_hang_up(&ledger);
    until(has_closed, 1);
    welcome();
    const struct ledger_give_back *again = &next_frame(LEDGER_GIVE_BACK)->give_back;
    cr_assert_eq(again->returns.items[0].kept, 4);
    played_ledger_say(&ledger,
                      &(struct ledger_frame){.type = LEDGER_RETURNED, .returned = {.number = again->number}});
    loop_run(loop); /* lender_finish ends it */
}

Test(lender_finish, gives_back_at_the_end_what_it_still_is_lent)
{
    welcome();
    hold(0, 10);
    int64_t number = next_frame(LEDGER_ASK)->ask.number;
    lender_leave(lender, &calls[0]);
    lender_finish(lender, (void (*)(void *))loop_stop, loop);
    lend(number, "a", 10, 5);
    const struct ledger_give_back *given = &next_frame(LEDGER_GIVE_BACK)->give_back;
    cr_assert_eq(given->returns.items[0].kept, 0);
    cr_assert(given->returns.items[0].over);
    played_ledger_say(&ledger,
                      &(struct ledger_frame){.type = LEDGER_RETURNED, .returned = {.number = given->number}});
    loop_run(loop); /* lender_finish ends it */
}

/* As an orphan is, whose question was asked again long after. */
Test(lender_finish, gives_back_what_it_may_not_hold_of)
{
    welcome();
    hold(0, 10);
    played_ledger_say(&ledger, &(struct ledger_frame){.type = LEDGER_LENT,
                                                      .lent = {.number = next_frame(LEDGER_ASK)->ask.number,
                                                               .lease = TEXT("a"),
                                                               .amount = 10,
                                                               .length_ms = 0,
                                                               .replicas = 1}});
    expect_answered("a");
    cr_assert_eq(calls[0].answer, LENDER_LACKS);
    const struct ledger_give_back *given = &next_frame(LEDGER_GIVE_BACK)->give_back;
    cr_assert(text_equals(given->returns.items[0].lease, TEXT("a")));
    cr_assert_eq(given->returns.items[0].kept, 0);
    cr_assert(given->returns.items[0].over);
}
