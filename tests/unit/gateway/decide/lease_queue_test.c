/* Who waits for leases gets them in the order they came, and one question asks for all of them. */
#include "gateway/decide/lease_queue.h"

#include <criterion/criterion.h>

#include "gateway/decide/lease_returns.h"
#include "lib/base/error.h"
#include "tests/support/arena_fixture.h"

enum { NOW = 1000, LATER = 61000, MOST = 8 };

static struct lease_book *book;
static struct lease_queue queue;
static struct lease_account *shared, *own;
static struct lease_waiter waiters[MOST];
static struct lease_need needs[MOST][2];

static struct lease_account *
account_of(const char *budget)
{
    const struct lease_account_name name = {text_of(budget), TEXT("x"), TEXT("2026-11")};
    struct lease_account *account = NULL;
    cr_assert(lease_book_account(book, &name, INT64_MAX, &account, NULL));
    return account;
}

static void
given_book(void)
{
    given_arena();
    book = lease_book_new(arena);
    shared = account_of("shared");
    own = account_of("own");
}

TestSuite(lease_queue, .init = given_book, .fini = end_arena);

static void
lend(struct lease_account *account, const char *id, int64_t amount)
{
    struct error err = {0};
    cr_assert(lease_book_add(book, account, &(struct lease_grant){text_of(id), amount, LATER}, &err), "%s",
              err.message);
}

/* Call `which` wants so much of shared, and of own. */
static bool
hold(size_t which, int64_t of_shared, int64_t of_own)
{
    needs[which][0] = (struct lease_need){shared, of_shared};
    needs[which][1] = (struct lease_need){own, of_own};
    waiters[which] = (struct lease_waiter){
        .needs = needs[which], .count = of_own > 0 ? 2 : 1, .until_ms = NOW + 10 * (int64_t)which};
    return lease_queue_hold(&queue, book, &waiters[which], NOW);
}

static void
expect(const struct lease_waiter *list, const char *order)
{
    for (; *order; order++, list = list->next) {
        cr_assert_not_null(list, "%s is missing", order);
        cr_assert_eq(list, &waiters[*order - '0'], "not %s", order);
    }
    cr_assert_null(list, "one more came");
}

Test(lease_queue, lets_a_call_pass_that_lacks_nothing)
{
    lend(shared, "a", 10);
    cr_assert(hold(0, 10, 0));
    cr_assert_eq(queue.count, 0);
    cr_assert_eq(lease_account_sums(shared, NOW).held, 10);
}

Test(lease_queue, asks_once_for_all_who_lack_and_at_least_for_the_first)
{
    lend(shared, "a", 3);
    cr_assert_not(hold(0, 5, 0));
    cr_assert_not(hold(1, 1, 0), "it would have fitted, but stands behind");
    cr_assert_not(hold(2, 7, 0));
    struct lease_ask ask = lease_queue_ask(&queue, shared, NOW);
    cr_assert_eq(ask.wanted, 5 + 1 + 7 - 3);
    cr_assert_eq(ask.at_least, 2);
}

Test(lease_queue, serves_in_the_order_of_arrival_and_nobody_overtakes)
{
    cr_assert_not(hold(0, 2, 0));
    cr_assert_not(hold(1, 5, 0));
    cr_assert_not(hold(2, 1, 0));
    lend(shared, "a", 4);
    expect(lease_queue_serve(&queue, book, NOW), "0");
    cr_assert_eq(queue.count, 2, "2 left of 4: the third would fit, the second stands before it");
    lend(shared, "b", 4);
    expect(lease_queue_serve(&queue, book, NOW), "12");
    cr_assert_not(lease_queue_wants(shared));
}

Test(lease_queue, lets_others_have_what_who_waits_does_not_lack)
{
    lend(shared, "a", 100);
    cr_assert_not(hold(0, 10, 10), "own lacks");
    cr_assert(hold(1, 10, 0), "shared does not");
    cr_assert_not(lease_queue_wants(shared));
    cr_assert(lease_queue_wants(own));
}

Test(lease_queue, drops_who_lacks_more_than_is_left)
{
    cr_assert_not(hold(0, 5, 0));
    cr_assert_not(hold(1, 50, 0));
    cr_assert_not(hold(2, 6, 0));
    lease_book_told(shared, &(struct lease_news){.remaining = 5, .replicas = 1, .now_ms = NOW});
    expect(lease_queue_drop_hopeless(&queue, shared, false, NOW), "12");
    cr_assert_eq(queue.first, &waiters[0]);
}

Test(lease_queue, drops_the_first_when_nothing_is_lent_so_that_the_next_can_be_asked_for)
{
    cr_assert_not(hold(0, 5, 0));
    cr_assert_not(hold(1, 4, 0));
    lease_book_told(shared, &(struct lease_news){.remaining = 100, .replicas = 1, .now_ms = NOW});
    expect(lease_queue_drop_hopeless(&queue, shared, true, NOW), "0");
    cr_assert_eq(lease_queue_ask(&queue, shared, NOW).at_least, 4);
}

Test(lease_queue, drops_all_who_lack_one_account_and_nobody_else)
{
    lend(shared, "a", 20);
    cr_assert_not(hold(0, 5, 1));
    cr_assert_not(hold(1, 50, 0));
    expect(lease_queue_drop_lacking(&queue, own), "0");
    cr_assert_eq(queue.first, &waiters[1]);
}

Test(lease_queue, drops_who_waited_too_long)
{
    for (size_t i = 0; i < 3; i++)
        cr_assert_not(hold(i, 5, 0));
    cr_assert_eq(lease_queue_next_overdue(&queue), NOW);
    expect(lease_queue_drop_overdue(&queue, NOW + 10), "01");
    cr_assert_eq(lease_queue_next_overdue(&queue), NOW + 20);
    lease_queue_remove(&queue, &waiters[2]);
    cr_assert_eq(lease_queue_next_overdue(&queue), INT64_MAX);
    cr_assert_not(lease_queue_wants(shared));
}

Test(lease_queue, keeps_accounts_that_somebody_waits_for)
{
    cr_assert_not(hold(0, 5, 0));
    (void)lease_book_returns(arena, book, NOW + 100000);
    cr_assert_eq(lease_book_account_count(book), 1, "own says nothing and is forgotten");
    cr_assert_eq(account_of("shared"), shared);
    lease_queue_remove(&queue, &waiters[0]);
    (void)lease_book_returns(arena, book, NOW + 100000);
    cr_assert_eq(lease_book_account_count(book), 0);
}
