/* Purses: whatever calls do through them, the book says in the end what it would have said without. */
#include "gateway/decide/lease_purse.h"

#include <criterion/criterion.h>

#include "gateway/decide/lease_account.h"
#include "gateway/decide/lease_returns.h"
#include "lib/base/error.h"
#include "tests/support/arena_fixture.h"
#include "tests/unit/gateway/decide/random_sequence.h"

#define NOW 1000000
#define LENT 100000

enum { MONEY, TEAM, RATE, SLOTS, ACCOUNTS };

/* One book, and the purse that its calls hold of. */
struct rig {
    struct lease_book *book;
    struct lease_account *accounts[ACCOUNTS];
    struct lease_purse_place place;
};

static struct rig rig;

static struct rig
new_rig(int64_t expires_ms)
{
    static const char *const names[ACCOUNTS] = {"money", "team", "rate", "slots"};
    struct rig fresh = {.book = lease_book_new(arena)};
    struct error err = {0};
    for (size_t i = 0; i < ACCOUNTS; i++) {
        const struct lease_account_name name = {text_of(names[i]), TEXT("ann"), TEXT("2026-12")};
        cr_assert(lease_book_account(fresh.book, &name, NOW + 3600000, &fresh.accounts[i], &err));
        lease_account_be(fresh.accounts[i], i == SLOTS  ? LEASE_OF_SLOTS
                                            : i == RATE ? LEASE_OF_RATE
                                                        : LEASE_OF_BUDGET);
        const struct lease_grant grant = {text_format(arena, "L%zu", i), i == SLOTS ? 20 : LENT, expires_ms};
        cr_assert(lease_book_add(fresh.book, fresh.accounts[i], &grant, &err), "%s", err.message);
    }
    return fresh;
}

static void
given_rig(void)
{
    given_arena();
    rig = new_rig(NOW + 60000);
}

TestSuite(lease_purse, .init = given_rig, .fini = end_arena);

static const uint8_t classes[ACCOUNTS] = {0, 0, 1, 0}; /* both budgets are in money */

static void
set_needs(const struct rig *of, int64_t money, int64_t rate, struct lease_need *out_needs)
{
    const int64_t amounts[ACCOUNTS] = {money, money, rate, 1};
    for (size_t i = 0; i < ACCOUNTS; i++)
        out_needs[i] = (struct lease_need){of->accounts[i], amounts[i]};
}

static void
open_purse(struct rig *of, int64_t money, int64_t rate, int64_t now_ms)
{
    struct lease_need needs[ACCOUNTS];
    set_needs(of, money, rate, needs);
    lease_purse_open(of->book, &(struct lease_purse_needs){needs, classes, ACCOUNTS}, now_ms, &of->place);
}

static struct lease_amounts
amounts(int64_t money, int64_t rate)
{
    return (struct lease_amounts){{money, rate}};
}

static struct lease_purse *
hold(int64_t money, int64_t rate, int64_t now_ms)
{
    const struct lease_amounts held = amounts(money, rate);
    return lease_purse_hold(&rig.place, &held, now_ms);
}

static void
expect_sums(size_t account, int64_t usable, int64_t held, int64_t settled)
{
    struct error err = {0};
    cr_assert(lease_book_check(rig.book, &err), "%s", err.message);
    struct lease_sums sums = lease_account_sums(rig.accounts[account], NOW);
    cr_assert_eq(sums.usable, usable, "%lld usable", (long long)sums.usable);
    cr_assert_eq(sums.held, held, "%lld held", (long long)sums.held);
    cr_assert_eq(sums.settled, settled, "%lld settled", (long long)sums.settled);
}

Test(lease_purse, what_was_used_and_what_is_left_are_the_leases_when_it_is_closed)
{
    open_purse(&rig, 10, 1, NOW);
    struct lease_purse *purse = hold(10, 1, NOW), *running = hold(20, 1, NOW);
    cr_assert(purse && purse == running);
    const struct lease_amounts held = amounts(10, 1), used = amounts(7, 1);
    cr_assert_not(lease_purse_settle(rig.book, purse, &held, &used));

    cr_assert_eq(lease_book_close_purses(rig.book, NOW), 1);
    expect_sums(MONEY, LENT - 27, 20, 7);
    expect_sums(TEAM, LENT - 27, 20, 7);
    expect_sums(RATE, LENT - 2, 1, 1);
    expect_sums(SLOTS, 19, 1, 0);

    const struct lease_amounts rest = amounts(20, 1), all = amounts(20, 1);
    cr_assert_not(lease_purse_settle(rig.book, running, &rest, &all));
    expect_sums(MONEY, LENT - 27, 0, 27);
    expect_sums(SLOTS, 20, 0, 0);
}

Test(lease_purse, a_call_that_is_not_made_leaves_nothing)
{
    const struct lease_amounts held = amounts(10, 1);
    open_purse(&rig, 10, 1, NOW);
    struct lease_purse *one = hold(10, 1, NOW), *other = hold(10, 1, NOW);
    lease_purse_cancel(rig.book, one, &held);
    (void)lease_book_close_purses(rig.book, NOW);
    lease_purse_cancel(rig.book, other, &held);
    for (size_t i = 0; i < ACCOUNTS; i++)
        expect_sums(i, i == SLOTS ? 20 : LENT, 0, 0);
}

Test(lease_purse, who_lacks_something_gets_what_is_set_aside)
{
    open_purse(&rig, 10, 1, NOW);
    struct lease_hold all = {0};
    const struct lease_need need = {rig.accounts[MONEY], LENT};
    cr_assert(lease_book_hold(rig.book, &need, 1, NOW, &all)->granted);
    cr_assert_null(hold(10, 1, NOW));
    expect_sums(MONEY, 0, LENT, 0);
}

Test(lease_purse, what_is_given_back_is_all_that_no_call_holds)
{
    open_purse(&rig, 10, 1, NOW);
    cr_assert(hold(10, 1, NOW));
    struct lease_returns returns = lease_book_returns(arena, rig.book, INT64_MAX);
    cr_assert_eq(returns.count, ACCOUNTS);
    cr_assert_eq(
        returns.items[0].kept + returns.items[1].kept + returns.items[2].kept + returns.items[3].kept, 22);
    cr_assert_null(hold(10, 1, NOW));
}

Test(lease_purse, no_hold_comes_after_its_time_or_near_the_end_of_a_lease)
{
    open_purse(&rig, 10, 1, NOW);
    cr_assert(hold(10, 1, NOW + LEASE_PURSE_MS - 1));
    cr_assert_null(hold(10, 1, NOW + LEASE_PURSE_MS));

    rig = new_rig(NOW + LEASE_LAST_HOLD_MS + 3);
    open_purse(&rig, 10, 1, NOW);
    cr_assert(hold(10, 1, NOW + 2));
    cr_assert_null(hold(10, 1, NOW + 3));
    open_purse(&rig, 10, 1, NOW + 3);
    cr_assert_null(hold(10, 1, NOW + 3));
}

Test(lease_purse, it_has_a_part_of_a_lease_and_refuses_what_is_more)
{
    open_purse(&rig, 10000, 1, NOW);
    cr_assert(hold(20000, 1, NOW));
    cr_assert_null(hold(5001, 1, NOW));
    cr_assert(hold(5000, 1, NOW));
    cr_assert_null(hold(1, 1, NOW));
    cr_assert_eq(lease_book_close_purses(rig.book, NOW), 1);
    expect_sums(TEAM, LENT - 25000, 25000, 0);
}

Test(lease_purse, it_has_no_more_than_was_used_of_late)
{
    struct lease_hold before = {0};
    struct lease_need needs[ACCOUNTS];
    set_needs(&rig, 5000, 1000, needs);
    cr_assert(lease_book_hold(rig.book, needs, ACCOUNTS, NOW, &before)->granted);
    open_purse(&rig, 1, 1, NOW);
    cr_assert_null(hold(25, 0, NOW), "of 5,000 in five seconds 20 in 20 ms, and four calls more");
    cr_assert(hold(24, 0, NOW));
}

static size_t
calls_of_a_purse(int64_t now_ms)
{
    size_t count = 0;
    open_purse(&rig, 10, 1, now_ms);
    while (hold(10, 1, now_ms))
        count++;
    return count;
}

Test(lease_purse, one_that_was_used_up_is_followed_by_a_larger_one)
{
    const struct lease_grant grant = {TEXT("many"), 1000,
                                      NOW + 60000}; /* of slots, of which calls need one */
    struct error err = {0};
    cr_assert(lease_book_add(rig.book, rig.accounts[SLOTS], &grant, &err), "%s", err.message);
    size_t first = calls_of_a_purse(NOW), second = calls_of_a_purse(NOW + 1),
           third = calls_of_a_purse(NOW + 2);
    cr_assert(second > first && third >= 2 * second, "%zu %zu %zu", first, second, third);
    size_t later = calls_of_a_purse(NOW + 9000);
    cr_assert_lt(later, third, "what was long ago says nothing: %zu", later);
}

Test(lease_purse, slots_are_taken_one_by_one_until_none_is_left)
{
    open_purse(&rig, 10, 10, NOW);
    for (size_t i = 0; i < 20; i++)
        cr_assert(hold(1, 1, NOW), "%zu", i);
    cr_assert_null(hold(1, 1, NOW));
    expect_sums(SLOTS, 0, 20, 0);
}

Test(lease_purse, where_slots_are_scarce_there_is_none)
{
    lease_book_told(rig.accounts[SLOTS], &(struct lease_news){.remaining = 1, .replicas = 3, .now_ms = NOW});
    open_purse(&rig, 10, 1, NOW);
    cr_assert_null(hold(10, 1, NOW));
    expect_sums(MONEY, LENT, 0, 0);
}

Test(lease_purse, what_costs_more_than_it_held_is_an_overdraft)
{
    open_purse(&rig, 10, 1, NOW);
    const struct lease_amounts held = amounts(10, 1), used = amounts(12, 1);
    cr_assert(lease_purse_settle(rig.book, hold(10, 1, NOW), &held, &used));
    (void)lease_book_close_purses(rig.book, NOW);
    expect_sums(MONEY, LENT - 10, 0, 12);
    cr_assert_eq(lease_account_sums(rig.accounts[TEAM], NOW).overdraft, 2);
}

Test(lease_purse, a_place_never_finds_another_s_purse)
{
    open_purse(&rig, 10, 1, NOW);
    const struct lease_purse_place before = rig.place;
    open_purse(&rig, 10, 1, NOW);
    const struct lease_amounts held = amounts(10, 1);
    cr_assert_null(lease_purse_hold(&before, &held, NOW));
    cr_assert(hold(10, 1, NOW));
}

Test(lease_purse, an_account_with_a_call_in_a_closed_purse_is_not_forgotten)
{
    open_purse(&rig, 10, 1, NOW);
    struct lease_purse *purse = hold(0, 0, NOW);
    (void)lease_book_returns(arena, rig.book, INT64_MAX);
    (void)lease_book_returns(arena, rig.book, INT64_MAX);
    cr_assert_eq(lease_book_account_count(rig.book), ACCOUNTS);
    const struct lease_amounts nothing = {{0}};
    cr_assert_not(lease_purse_settle(rig.book, purse, &nothing, &nothing));
    (void)lease_book_returns(arena, rig.book, INT64_MAX);
    cr_assert_eq(lease_book_account_count(rig.book), 0);
}

struct running {
    struct lease_purse *purse; /* NULL: it holds by itself */
    struct lease_hold hold, plain_hold;
    int64_t money;
    bool is_running;
};

static void
begin(struct running *call, struct rig *plain, int64_t money, int64_t now_ms)
{
    struct lease_need needs[ACCOUNTS], plain_needs[ACCOUNTS];
    set_needs(&rig, money, 1, needs);
    set_needs(plain, money, 1, plain_needs);
    *call = (struct running){.money = money, .purse = hold(money, 1, now_ms)};
    bool is_granted = call->purse || lease_book_hold(rig.book, needs, ACCOUNTS, now_ms, &call->hold)->granted;
    call->is_running =
        lease_book_hold(plain->book, plain_needs, ACCOUNTS, now_ms, &call->plain_hold)->granted;
    cr_assert_eq(is_granted, call->is_running);
    if (is_granted && !call->purse)
        open_purse(&rig, money, 1, now_ms);
}

static void
end(struct running *call, struct rig *plain, int64_t used)
{
    const int64_t actual[ACCOUNTS] = {used, used, 1, 0};
    const struct lease_amounts held = amounts(call->money, 1), taken = amounts(used, 1);
    if (call->purse)
        (void)lease_purse_settle(rig.book, call->purse, &held, &taken);
    else
        lease_book_use(rig.book, &call->hold, actual, ACCOUNTS);
    lease_book_use(plain->book, &call->plain_hold, actual, ACCOUNTS);
    call->is_running = false;
}

Test(lease_purse, random_calls_leave_two_books_alike_one_with_purses_and_one_without)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct random_sequence random = {seed};
        rig = new_rig(NOW + 60000);
        struct rig plain = new_rig(NOW + 60000);
        struct running calls[24] = {0};
        int64_t now_ms = NOW;
        for (size_t step = 0; step < 300; step++) {
            struct running *call = &calls[random_below(&random, 24)];
            if (call->is_running)
                end(call, &plain, random_below(&random, call->money + 3));
            else
                begin(call, &plain, 1 + random_below(&random, seed % 3 ? 300 : 3000), now_ms);
            now_ms += random_below(&random, 4) == 0;
        }
        (void)lease_book_close_purses(rig.book, now_ms);
        for (size_t i = 0; i < ACCOUNTS; i++) {
            struct lease_sums with = lease_account_sums(rig.accounts[i], now_ms);
            struct lease_sums without = lease_account_sums(plain.accounts[i], now_ms);
            cr_assert_eq(with.usable, without.usable, "seed %llu", (unsigned long long)seed);
            cr_assert_eq(with.held, without.held, "seed %llu", (unsigned long long)seed);
            cr_assert_eq(with.settled, without.settled, "seed %llu", (unsigned long long)seed);
            cr_assert_eq(with.overdraft, without.overdraft, "seed %llu", (unsigned long long)seed);
            cr_assert_eq(lease_book_next_ask(rig.accounts[i], 0, now_ms).wanted,
                         lease_book_next_ask(plain.accounts[i], 0, now_ms).wanted, "seed %llu account %zu",
                         (unsigned long long)seed, i);
        }
    }
}
