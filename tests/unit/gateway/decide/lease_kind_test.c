/* Leases of limits: a rate is used up and its minute forgotten, slots come back. */
#include <criterion/criterion.h>

#include "gateway/decide/lease_account.h"
#include "gateway/decide/lease_book.h"
#include "gateway/decide/lease_returns.h"
#include "lib/base/error.h"
#include "tests/support/arena_fixture.h"

#define NOW 1000000
#define MINUTE_END (NOW + 40000)

static struct lease_book *book;

static void
given_kinds(void)
{
    given_arena();
    book = lease_book_new(arena);
}

TestSuite(lease_kind, .init = given_kinds, .fini = end_arena);

static struct lease_account *
account_of(enum lease_kind kind)
{
    struct lease_account *account = NULL;
    const struct lease_account_name name = {TEXT("limit"), TEXT("demo/dev"), TEXT("w")};
    cr_assert(
        lease_book_account(book, &name, kind == LEASE_OF_SLOTS ? INT64_MAX : MINUTE_END, &account, NULL));
    lease_account_be(account, kind);
    return account;
}

static void
given_lease(struct lease_account *account, const char *id, int64_t amount, int64_t expires_ms)
{
    struct error err = {0};
    cr_assert(lease_book_add(book, account, &(struct lease_grant){text_of(id), amount, expires_ms}, &err),
              "%s", err.message);
}

static void
told(struct lease_account *account, int64_t remaining, int64_t replicas)
{
    lease_book_told(account,
                    &(struct lease_news){.remaining = remaining, .replicas = replicas, .now_ms = NOW});
}

static struct lease_hold
hold_of(struct lease_account *account, int64_t amount, int64_t now_ms)
{
    struct lease_hold hold = {0};
    const struct lease_need need = {account, amount};
    cr_assert(lease_book_hold(book, &need, 1, now_ms, &hold)->granted);
    return hold;
}

static void
settle(struct lease_hold *hold, int64_t amount)
{
    cr_assert_not(lease_book_settle(arena, book, hold, &amount, 1).is_overdrawn);
}

Test(lease_kind, what_is_overused_is_paid_from_what_is_on_loan_and_then_from_what_will_be)
{
    struct lease_account *account = account_of(LEASE_OF_RATE);
    given_lease(account, "a", 10, NOW + 60000);
    struct lease_hold hold = hold_of(account, 4, NOW);
    settle(&hold, 4);

    lease_account_overuse(account, 9, NOW);

    cr_assert_eq(lease_account_sums(account, NOW).usable, 0);
    struct lease_ask ask = lease_book_next_ask(account, 2, NOW);
    cr_assert_eq(ask.at_least, 5, "what a call lacks and what is owed");
    given_lease(account, "b", 5, NOW + 60000);
    cr_assert_eq(lease_account_sums(account, NOW).usable, 2);
    cr_assert(lease_book_check(book, NULL));
}

Test(lease_kind, what_is_owed_is_asked_for_though_nobody_waits)
{
    struct lease_account *account = account_of(LEASE_OF_RATE);
    lease_account_overuse(account, 100, NOW);
    cr_assert_geq(lease_book_next_ask(account, 0, NOW).wanted, 100);
}

Test(lease_kind, of_a_minute_that_is_over_nothing_is_told_and_it_is_forgotten)
{
    struct lease_account *account = account_of(LEASE_OF_RATE);
    given_lease(account, "a", 10, NOW + 60000);
    told(account, 100, 1);
    struct lease_hold hold = hold_of(account, 4, NOW);
    cr_assert_eq(lease_book_returns(arena, book, MINUTE_END).count, 0);
    cr_assert_eq(lease_book_account_count(book), 1, "a call holds of it");

    settle(&hold, 4);

    cr_assert_eq(lease_book_returns(arena, book, MINUTE_END).count, 0);
    cr_assert_eq(lease_book_account_count(book), 0);
}

Test(lease_kind, the_next_minute_is_asked_for_as_this_one_was_used)
{
    struct lease_account *account = account_of(LEASE_OF_RATE), *next = NULL;
    const struct lease_account_name name = {TEXT("limit"), TEXT("demo/dev"), TEXT("x")};
    given_lease(account, "a", 500, NOW + 60000);
    struct lease_hold hold = hold_of(account, 500, NOW);
    settle(&hold, 500);
    cr_assert_not(lease_account_is_fresh(account));
    cr_assert_null(lease_book_find(book, &name));
    cr_assert(lease_book_account(book, &name, MINUTE_END + 60000, &next, NULL));
    cr_assert(lease_account_is_fresh(next));
    cr_assert_eq(lease_book_find(book, &name), next);

    lease_account_follow(next, account);

    cr_assert_eq(lease_book_next_ask(next, 1, NOW + 1000).wanted, 500);
}

Test(lease_kind, at_the_end_of_the_process_others_get_the_rest_of_the_minute)
{
    struct lease_account *account = account_of(LEASE_OF_RATE);
    given_lease(account, "a", 10, NOW + 60000);
    struct lease_returns returns = lease_book_returns(arena, book, INT64_MAX);
    cr_assert_eq(returns.count, 1);
    cr_assert_eq(returns.items[0].kept, 0);
}

Test(lease_kind, within_the_minute_an_idle_gateway_gives_its_rest_back)
{
    struct lease_account *account = account_of(LEASE_OF_RATE);
    given_lease(account, "a", 10, NOW + 60000);
    told(account, 100, 3);
    struct lease_hold hold = hold_of(account, 1, NOW);
    settle(&hold, 1);

    struct lease_returns returns = lease_book_returns(arena, book, NOW + 20000);

    cr_assert_eq(returns.count, 1);
    cr_assert_eq(returns.items[0].amount, 9);
    cr_assert_eq(returns.items[0].kept, 1);
}

Test(lease_kind, a_slot_is_there_again_when_its_call_is_over)
{
    struct lease_account *account = account_of(LEASE_OF_SLOTS);
    given_lease(account, "a", 1, NOW + 60000);
    for (int i = 0; i < 3; i++) {
        struct lease_hold hold = hold_of(account, 1, NOW);
        cr_assert_eq(lease_account_sums(account, NOW).usable, 0);
        settle(&hold, 0);
    }
    cr_assert_eq(lease_account_sums(account, NOW).settled, 0);
}

Test(lease_kind, as_many_slots_stay_as_ran_at_once_lately)
{
    struct lease_account *account = account_of(LEASE_OF_SLOTS);
    given_lease(account, "a", 100, NOW + 60000);
    told(account, 1000, 2);
    struct lease_hold holds[30];
    for (size_t i = 0; i < COUNT_OF(holds); i++)
        holds[i] = hold_of(account, 1, NOW);
    for (size_t i = 0; i < COUNT_OF(holds); i++)
        settle(&holds[i], 0);

    struct lease_returns returns = lease_book_returns(arena, book, NOW + 1000);

    cr_assert_eq(returns.count, 1);
    cr_assert_eq(returns.items[0].kept, 60, "twice the target: below it none would be given back");
    cr_assert_eq(lease_book_next_ask(account, 0, NOW + 1000).wanted, 0);
}

Test(lease_kind, where_slots_are_scarce_none_stays_that_no_call_is_in)
{
    struct lease_account *account = account_of(LEASE_OF_SLOTS);
    given_lease(account, "a", 2, NOW + 60000);
    told(account, 0, 3);
    struct lease_hold runs = hold_of(account, 1, NOW), ends = hold_of(account, 1, NOW);
    cr_assert(lease_hold_has_scarce_slots(&ends));
    settle(&ends, 0);

    struct lease_returns returns = lease_book_returns(arena, book, NOW);

    cr_assert_eq(returns.count, 1);
    cr_assert_eq(returns.items[0].kept, 1);
    cr_assert_not(returns.items[0].is_over);
    settle(&runs, 0);
    returns = lease_book_returns(arena, book, NOW);
    cr_assert_eq(returns.items[0].kept, 0);
    cr_assert(returns.items[0].is_over);
}

Test(lease_kind, one_gateway_alone_keeps_scarce_slots)
{
    struct lease_account *account = account_of(LEASE_OF_SLOTS);
    given_lease(account, "a", 2, NOW + 60000);
    told(account, 0, 1);
    struct lease_hold hold = hold_of(account, 1, NOW);
    cr_assert_not(lease_hold_has_scarce_slots(&hold));
    settle(&hold, 0);
    cr_assert_eq(lease_book_returns(arena, book, NOW).count, 0);
}
