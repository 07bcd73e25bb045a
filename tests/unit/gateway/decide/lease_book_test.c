/* The book by examples: holds, charges, asks and returns. Random sequences are in lease_book_model_test.c. */
#include "gateway/decide/lease_book.h"

#include <criterion/criterion.h>

#include "gateway/decide/lease_account.h"
#include "gateway/decide/lease_returns.h"
#include "lib/base/error.h"
#include "tests/support/arena_fixture.h"

#define NOW 1000000
#define END (NOW + 3600000)

static struct lease_book *book;

static void
given_book(void)
{
    given_arena();
    book = lease_book_new(arena);
}

TestSuite(lease_book, .init = given_book, .fini = end_arena);

static struct lease_account *
account_of(const char *budget)
{
    struct lease_account *account = NULL;
    struct lease_account_name name = {text_of(budget), TEXT("ann"), TEXT("2026-11")};
    cr_assert(lease_book_account(book, &name, END, &account, NULL));
    return account;
}

static void
given_lease(struct lease_account *account, const char *id, int64_t amount, int64_t expires_ms)
{
    struct error err = {0};
    struct lease_grant grant = {text_of(id), amount, expires_ms};
    cr_assert(lease_book_add(book, account, &grant, &err), "%s", err.message);
}

static struct lease_hold
hold_of(struct lease_account *account, int64_t amount)
{
    struct lease_hold hold = {0};
    struct lease_need need = {account, amount};
    cr_assert(lease_book_hold(book, &need, 1, NOW, &hold)->granted);
    return hold;
}

static void
expect_sums(const struct lease_account *account, int64_t usable, int64_t held, int64_t settled)
{
    struct error err = {0};
    cr_assert(lease_book_check(book, &err), "%s", err.message);
    struct lease_sums sums = lease_account_sums(account, NOW);
    cr_assert_eq(sums.usable, usable, "%lld usable", (long long)sums.usable);
    cr_assert_eq(sums.held, held, "%lld held", (long long)sums.held);
    cr_assert_eq(sums.settled, settled, "%lld settled", (long long)sums.settled);
}

static void
expect_charge(const struct lease_charge *charge, size_t need, const char *id, int64_t amount)
{
    cr_assert_eq(charge->need, need);
    cr_assert(text_equals(charge->lease_id, text_of(id)), "charged to %.*s", TEXT_ARG(charge->lease_id));
    cr_assert_eq(charge->amount, amount);
}

Test(lease_book, holds_what_is_lent_and_charges_what_was_used)
{
    struct lease_account *account = account_of("money");
    given_lease(account, "L1", 100, NOW + 60000);

    struct lease_hold hold = hold_of(account, 60);
    expect_sums(account, 40, 60, 0);
    struct lease_charges charges = lease_book_settle(arena, book, &hold, (int64_t[]){25}, 1);

    cr_assert_eq(charges.count, 1);
    expect_charge(&charges.items[0], 0, "L1", 25);
    cr_assert_null(hold.first);
    expect_sums(account, 75, 0, 25);
}

Test(lease_book, gives_everything_back_when_a_call_was_not_made)
{
    struct lease_account *account = account_of("money");
    given_lease(account, "L1", 100, NOW + 60000);
    struct lease_hold hold = hold_of(account, 60);

    lease_book_cancel(book, &hold);
    lease_book_cancel(book, &hold);

    expect_sums(account, 100, 0, 0);
}

Test(lease_book, takes_from_no_account_when_one_lacks_and_says_which_lack_how_much)
{
    struct lease_account *rich = account_of("rich"), *poor = account_of("poor"), *none = account_of("none");
    given_lease(rich, "R", 1000, NOW + 60000);
    given_lease(poor, "P", 30, NOW + 60000);
    struct lease_need needs[] = {{rich, 100}, {poor, 100}, {none, 100}};
    struct lease_hold hold = {0};

    const struct lease_verdict *verdict = lease_book_hold(book, needs, 3, NOW, &hold);

    cr_assert_not(verdict->granted);
    cr_assert_eq(verdict->lack_count, 2);
    cr_assert(verdict->lacks[0].need == 1 && verdict->lacks[0].amount == 70);
    cr_assert(verdict->lacks[1].need == 2 && verdict->lacks[1].amount == 100);
    cr_assert_null(hold.first);
    expect_sums(rich, 1000, 0, 0);
    expect_sums(poor, 30, 0, 0);
    cr_assert_eq(lease_book_next_ask(rich, 0, NOW).wanted, 0, "a refused call is no use");
}

Test(lease_book, charges_each_need_of_a_call_to_its_own_leases)
{
    struct lease_account *money = account_of("money"), *tokens = account_of("tokens"),
                         *free = account_of("free");
    given_lease(money, "M1", 50, NOW + 30000);
    given_lease(money, "M2", 100, NOW + 60000);
    given_lease(tokens, "T", 9000, NOW + 60000);
    struct lease_need needs[] = {{money, 120}, {free, 0}, {tokens, 4000}};
    struct lease_hold hold = {0};
    cr_assert(lease_book_hold(book, needs, 3, NOW, &hold)->granted);

    struct lease_charges charges = lease_book_settle(arena, book, &hold, (int64_t[]){70, 0, 3000}, 3);

    cr_assert_eq(charges.count, 3);
    expect_charge(&charges.items[0], 0, "M1", 50); /* what ends first is used first */
    expect_charge(&charges.items[1], 0, "M2", 20);
    expect_charge(&charges.items[2], 2, "T", 3000);
    cr_assert_not(charges.is_overdrawn);
    expect_sums(money, 80, 0, 70);
}

Test(lease_book, never_loses_what_a_call_cost_beyond_its_worst_case)
{
    struct lease_account *account = account_of("money"), *free = account_of("free");
    given_lease(account, "L1", 100, NOW + 60000);
    struct lease_need needs[] = {{account, 60}, {free, 0}};
    struct lease_hold hold = {0};
    cr_assert(lease_book_hold(book, needs, 2, NOW, &hold)->granted);

    struct lease_charges charges = lease_book_settle(arena, book, &hold, (int64_t[]){75, 5}, 2);

    cr_assert(charges.is_overdrawn);
    cr_assert_eq(charges.count, 3);
    expect_charge(&charges.items[0], 0, "L1", 60);
    expect_charge(&charges.items[1], 0, "", 15);
    expect_charge(&charges.items[2], 1, "", 5);
    expect_sums(account, 40, 0, 75);
    cr_assert_eq(lease_account_sums(account, NOW).overdraft, 15);
    cr_assert_eq(lease_account_sums(free, NOW).overdraft, 5);
}

Test(lease_book, makes_no_new_hold_near_a_leases_end_and_charges_old_ones_to_it_afterwards)
{
    struct lease_account *account = account_of("money");
    given_lease(account, "L1", 100, NOW + 60000);
    struct lease_hold hold = hold_of(account, 60), late = {0};
    struct lease_need need = {account, 10};

    cr_assert_not(lease_book_hold(book, &need, 1, NOW + 60000 - LEASE_LAST_HOLD_MS, &late)->granted);
    struct lease_returns returns = lease_book_returns(arena, book, NOW + 60000);
    struct lease_charges charges = lease_book_settle(arena, book, &hold, (int64_t[]){55}, 1);
    struct lease_returns rest = lease_book_returns(arena, book, NOW + 90000);

    cr_assert(returns.count == 1 && returns.items[0].amount == 40 && returns.items[0].kept == 60);
    cr_assert_not(returns.items[0].is_over);
    expect_charge(&charges.items[0], 0, "L1", 55);
    cr_assert(rest.count == 1 && rest.items[0].amount == 5 && rest.items[0].kept == 55);
    cr_assert(rest.items[0].is_over);
    cr_assert_eq(lease_account_sums(account, NOW).lease_count, 0);
}

Test(lease_book, counts_a_lease_once_however_often_it_arrives)
{
    struct lease_account *account = account_of("money");
    given_lease(account, "L1", 100, NOW + 60000);
    struct error err = {0};

    cr_assert_not(lease_book_add(book, account, &(struct lease_grant){TEXT("L1"), 100, NOW + 60000}, &err));

    cr_assert_eq(err.kind, ERROR_CONFLICT);
    expect_sums(account, 100, 0, 0);
}

/* The hold after it is all charged looks at it no more; it is told as any other, in its place. */
Test(lease_book, a_spent_lease_is_told_and_still_no_second_one)
{
    struct lease_account *account = account_of("money");
    given_lease(account, "L1", 60, NOW + 60000);
    given_lease(account, "L2", 40, NOW + 60000);
    given_lease(account, "L3", 50, NOW + 60000);
    struct lease_hold hold = hold_of(account, 100);
    lease_book_settle(arena, book, &hold, (int64_t[]){100}, 1);
    hold = hold_of(account, 10);
    struct error err = {0};

    cr_assert_not(lease_book_add(book, account, &(struct lease_grant){TEXT("L1"), 100, NOW + 60000}, &err));
    cr_assert_eq(err.kind, ERROR_CONFLICT);
    cr_assert_eq(lease_account_sums(account, NOW).lease_count, 3);
    expect_sums(account, 40, 10, 100);

    struct lease_returns returns = lease_book_returns(arena, book, NOW);
    cr_assert(returns.count >= 2 && returns.items[0].is_over && returns.items[1].is_over);
    cr_assert(text_equals(returns.items[0].lease_id, TEXT("L1")) && returns.items[0].kept == 60);
    cr_assert(text_equals(returns.items[1].lease_id, TEXT("L2")) && returns.items[1].kept == 40);
    cr_assert_eq(lease_account_sums(account, NOW).lease_count, 1);
    lease_book_cancel(book, &hold);
}

Test(lease_book, refuses_leases_that_no_api_lends)
{
    struct lease_account *account = account_of("money");
    const struct lease_grant grants[] = {
        {TEXT(""), 100, END},
        {TEXT("L"), 0, END},
        {TEXT("L"), -1, END},
        {TEXT("L"), LEASE_MAX_AMOUNT + 1, END},
        {TEXT("0123456789012345678901234567890123456789012345678901234567890123"), 100, END},
    };
    for (size_t i = 0; i < COUNT_OF(grants); i++)
        cr_assert_not(lease_book_add(book, account, &grants[i], NULL));
    expect_sums(account, 0, 0, 0);
}

Test(lease_book, adds_up_as_many_of_the_largest_leases_as_it_takes)
{
    struct lease_account *account = account_of("money");
    for (int i = 0; i < LEASE_ACCOUNT_MAX_LEASES; i++)
        given_lease(account, text_c_string(arena, text_format(arena, "L%d", i)), LEASE_MAX_AMOUNT, END);
    struct error err = {0};

    cr_assert_not(lease_book_add(book, account, &(struct lease_grant){TEXT("M"), 1, END}, &err));

    cr_assert_eq(err.kind, ERROR_UNAVAILABLE);
    expect_sums(account, LEASE_ACCOUNT_MAX_LEASES * LEASE_MAX_AMOUNT, 0, 0);
}

Test(lease_book, keeps_accounts_apart_whose_names_read_alike_side_by_side)
{
    struct lease_account *a = NULL, *b = NULL, *again = NULL;
    cr_assert(lease_book_account(book, &(struct lease_account_name){TEXT("ab"), TEXT("c"), TEXT("d")}, END,
                                 &a, NULL));
    cr_assert(lease_book_account(book, &(struct lease_account_name){TEXT("a"), TEXT("bc"), TEXT("d")}, END,
                                 &b, NULL));
    cr_assert(lease_book_account(book, &(struct lease_account_name){TEXT("ab"), TEXT("c"), TEXT("d")}, END,
                                 &again, NULL));

    cr_assert_neq(a, b);
    cr_assert_eq(a, again);
}

Test(lease_book, refuses_a_name_beyond_its_bound)
{
    char bytes[LEASE_BOOK_NAME_MAX_BYTES] = {0};
    struct lease_account_name name = {{bytes, sizeof(bytes) - 6}, TEXT(""), TEXT("")};
    struct lease_account *account = NULL;

    cr_assert(lease_book_account(book, &name, END, &account, NULL));
    name.window = TEXT("x");
    cr_assert_not(lease_book_account(book, &name, END, &account, NULL));
}

Test(lease_book, asks_for_what_a_call_lacks_and_more_the_more_is_used)
{
    struct lease_account *account = account_of("money");
    cr_assert_eq(lease_book_next_ask(account, 70, NOW).at_least, 70);
    cr_assert_eq(lease_book_next_ask(account, 70, NOW).wanted, 70);

    given_lease(account, "L1", 10000, NOW + 60000);
    for (int i = 0; i < 100; i++)
        (void)hold_of(account, 100);

    cr_assert_eq(lease_book_next_ask(account, 70, NOW).wanted, 10000);
    lease_book_told(account, &(struct lease_news){.remaining = 4000, .replicas = 2});
    cr_assert_eq(lease_book_next_ask(account, 70, NOW).wanted, 1000);
    lease_book_told(account, &(struct lease_news){.remaining = 30, .replicas = 2});
    cr_assert_eq(lease_book_next_ask(account, 70, NOW).wanted, 100);
    cr_assert_eq(lease_book_next_ask(account, 0, NOW).wanted, 30);
}

Test(lease_book, asks_ahead_when_half_is_gone)
{
    struct lease_account *account = account_of("money");
    given_lease(account, "L1", 10000, NOW + 60000);
    (void)hold_of(account, 6000);
    cr_assert_eq(lease_book_next_ask(account, 0, NOW).wanted, 0, "4000 of 6000 are there");
    (void)hold_of(account, 2000);
    cr_assert_eq(lease_book_next_ask(account, 0, NOW).wanted, 6000, "2000 of 8000 are there");
    cr_assert_eq(lease_book_next_ask(account, 0, NOW).at_least, 0);

    given_lease(account, "L2", 6000, NOW + 60000);
    cr_assert_eq(lease_book_next_ask(account, 0, NOW).wanted, 0);
}

Test(lease_book, gives_back_what_an_idle_account_has)
{
    struct lease_account *account = account_of("money");
    given_lease(account, "L1", 1000, NOW + 60000);
    struct lease_hold hold = hold_of(account, 400);
    (void)lease_book_settle(arena, book, &hold, (int64_t[]){300}, 1);

    struct lease_returns busy = lease_book_returns(arena, book, NOW + 1000);
    struct lease_returns idle = lease_book_returns(arena, book, NOW + 10000);

    cr_assert_eq(busy.count, 0);
    cr_assert(idle.count == 1 && idle.items[0].amount == 700 && idle.items[0].kept == 300);
    cr_assert(idle.items[0].is_over);
}

Test(lease_book, gives_back_what_is_more_than_twice_its_use_when_little_is_left)
{
    struct lease_account *account = account_of("money");
    given_lease(account, "L1", 5000, NOW + 60000);
    struct lease_hold hold = hold_of(account, 1000);
    lease_book_told(account,
                    &(struct lease_news){.remaining = 400, .replicas = 2}); /* an ask is now of one call */

    struct lease_returns returns = lease_book_returns(arena, book, NOW);

    cr_assert(returns.count == 1 && returns.items[0].amount == 2000 && returns.items[0].kept == 3000);
    expect_sums(account, 2000, 1000, 0);
    lease_book_cancel(book, &hold);
}

Test(lease_book, gives_back_a_rest_that_pays_no_call_when_the_api_has_none_either)
{
    struct lease_account *account = account_of("money");
    given_lease(account, "L1", 150, NOW + 60000);
    struct lease_hold hold = hold_of(account, 100);

    cr_assert_eq(lease_book_returns(arena, book, NOW).count, 0);
    lease_book_told(account, &(struct lease_news){.remaining = 99, .replicas = 2});
    struct lease_returns returns = lease_book_returns(arena, book, NOW);

    cr_assert(returns.count == 1 && returns.items[0].amount == 50 && returns.items[0].kept == 100);
    lease_book_cancel(book, &hold);
}

Test(lease_book, gives_back_everything_when_the_window_is_over_and_forgets_the_account)
{
    struct lease_account *account = account_of("money");
    given_lease(account, "L1", 1000, END + 60000);
    struct lease_hold hold = hold_of(account, 400);

    struct lease_returns returns = lease_book_returns(arena, book, END);
    cr_assert(returns.count == 1 && returns.items[0].amount == 600 && !returns.items[0].is_over);
    cr_assert_eq(lease_book_account_count(book), 1);
    (void)lease_book_settle(arena, book, &hold, (int64_t[]){400}, 1);
    returns = lease_book_returns(arena, book, END);

    cr_assert(returns.count == 1 && returns.items[0].amount == 0 && returns.items[0].is_over);
    cr_assert_eq(lease_book_account_count(book), 0);
}

Test(lease_book, keeps_an_account_of_which_a_running_call_needs_nothing)
{
    struct lease_account *account = account_of("free");
    struct lease_hold hold = hold_of(account, 0);

    (void)lease_book_returns(arena, book, END);
    cr_assert_eq(lease_book_account_count(book), 1);

    lease_book_cancel(book, &hold);
    (void)lease_book_returns(arena, book, END);
    cr_assert_eq(lease_book_account_count(book), 0);
}

Test(lease_book, stays_as_small_as_what_is_used_over_a_hundred_thousand_windows)
{
    scoped_arena struct arena *of_one_round = arena_new(0);
    size_t settled_bytes = 0;
    for (int window = 0; window < 100000; window++) {
        struct lease_account *account = NULL;
        struct lease_account_name name = {TEXT("money"), TEXT("ann"),
                                          text_format(of_one_round, "%d", window)};
        cr_assert(lease_book_account(book, &name, NOW, &account, NULL));
        given_lease(account, "L1", 100, NOW + 60000);
        struct lease_hold hold = hold_of(account, 60);
        (void)lease_book_settle(of_one_round, book, &hold, (int64_t[]){60}, 1);
        cr_assert_eq(lease_book_returns(of_one_round, book, NOW).count, 1);
        arena_reset(of_one_round);
        if (window == 1000)
            settled_bytes = arena_size_bytes(arena);
    }
    cr_assert_eq(lease_book_account_count(book), 0);
    cr_assert_eq(arena_size_bytes(arena), settled_bytes);
}
