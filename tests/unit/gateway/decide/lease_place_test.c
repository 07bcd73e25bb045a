/* What saves a call's time in the book: an account is found where it was, one that has enough is not looked
 * at again, and what is not billed is settled without a word. */
#include <criterion/criterion.h>

#include "gateway/decide/lease_account.h"
#include "gateway/decide/lease_book.h"
#include "gateway/decide/lease_returns.h"
#include "tests/support/arena_fixture.h"

#define NOW 1000000
#define END (NOW + 60000)

static struct lease_book *book;

static void
given_book(void)
{
    given_arena();
    book = lease_book_new(arena);
}

TestSuite(lease_place, .init = given_book, .fini = end_arena);

static struct lease_account *
account_of(const char *owner)
{
    struct lease_account *account = NULL;
    const struct lease_account_name name = {TEXT("money"), text_of(owner), TEXT("2026-11")};
    cr_assert(lease_book_account(book, &name, END, &account, NULL));
    return account;
}

static void
given_lease(struct lease_account *account, const char *id, int64_t amount)
{
    const struct lease_grant grant = {text_of(id), amount, END};
    cr_assert(lease_book_add(book, account, &grant, NULL));
}

static struct lease_hold
hold_of(struct lease_account *account, int64_t amount)
{
    struct lease_hold hold = {0};
    const struct lease_need need = {account, amount};
    cr_assert(lease_book_hold(book, &need, 1, NOW, &hold)->granted);
    return hold;
}

Test(lease_place, is_where_the_account_is_until_the_book_forgets_it)
{
    struct lease_account *account = account_of("ann");
    const struct lease_account_place place = lease_account_place_of(account), nowhere = {0};
    cr_assert_eq(lease_book_account_at(&place, END), account);
    cr_assert_null(lease_book_account_at(&nowhere, END));

    (void)lease_book_returns(arena, book, NOW);

    cr_assert_null(lease_book_account_at(&place, END));
    cr_assert_eq(account_of("bob"), account, "the memory is used again");
    cr_assert_null(lease_book_account_at(&place, END), "and is not ann's any more");
}

Test(lease_place, moves_the_end_of_the_window_as_finding_by_name_does)
{
    struct lease_account *account = account_of("ann");
    const struct lease_account_place place = lease_account_place_of(account);
    given_lease(account, "L1", 100);
    lease_book_told(account, &(struct lease_news){.remaining = 1000, .replicas = 1, .now_ms = NOW});
    struct lease_hold hold = hold_of(account, 60);
    lease_book_cancel(book, &hold);

    (void)lease_book_account_at(&place, NOW - 1);

    cr_assert_eq(lease_book_returns(arena, book, NOW).items[0].amount, 100, "the window is over");
}

Test(lease_place, an_account_with_enough_rests_while_holds_leave_it_enough)
{
    struct lease_account *account = account_of("ann");
    given_lease(account, "L1", 1000);
    (void)hold_of(account, 100);
    cr_assert_not(lease_account_is_at_rest(account, 100, NOW), "nobody looked yet");
    cr_assert_eq(lease_book_next_ask(account, 0, NOW).wanted, 0);

    lease_account_rest(account, NOW);

    int held = 0;
    for (; lease_account_is_at_rest(account, 100, NOW); held++)
        (void)hold_of(account, 100);
    cr_assert_eq(held, 4, "half of the 850 above what it asks at");
}

Test(lease_place, an_account_does_not_rest_for_longer_or_larger_holds_or_after_news)
{
    struct lease_account *account = account_of("ann");
    given_lease(account, "L1", 1000);
    (void)hold_of(account, 100);

    lease_account_rest(account, NOW);
    cr_assert(lease_account_is_at_rest(account, 100, NOW + LEASE_REST_MS - 1));
    cr_assert_not(lease_account_is_at_rest(account, 100, NOW + LEASE_REST_MS));
    cr_assert_not(lease_account_is_at_rest(account, 101, NOW), "a larger hold than any before");
    lease_book_told(account, &(struct lease_news){.remaining = 5, .replicas = 2, .now_ms = NOW});
    cr_assert_not(lease_account_is_at_rest(account, 100, NOW));
    lease_account_rest(account, NOW);
    (void)lease_book_returns(arena, book, NOW);
    cr_assert_not(lease_account_is_at_rest(account, 1, NOW), "some of it was given back");
}

Test(lease_place, using_leaves_the_book_as_settling_does)
{
    struct lease_account *billed = account_of("ann"), *used = account_of("bob");
    struct lease_account *both[] = {billed, used};
    struct lease_hold holds[2];
    for (size_t i = 0; i < 2; i++) {
        given_lease(both[i], i == 0 ? "L1" : "L3", 50);
        given_lease(both[i], i == 0 ? "L2" : "L4", 50);
        holds[i] = hold_of(both[i], 80);
    }

    (void)lease_book_settle(arena, book, &holds[0], (int64_t[]){95}, 1);
    lease_book_use(book, &holds[1], (int64_t[]){95}, 1);

    struct lease_sums one = lease_account_sums(billed, NOW), other = lease_account_sums(used, NOW);
    cr_assert_eq(other.settled, 95);
    cr_assert_eq(other.overdraft, 15);
    cr_assert_eq(other.usable, 20);
    cr_assert_eq(other.held, 0);
    cr_assert_eq(one.settled, other.settled);
    cr_assert_eq(one.overdraft, other.overdraft);
    cr_assert_eq(one.usable, other.usable);
    cr_assert(lease_book_check(book, NULL));
}
