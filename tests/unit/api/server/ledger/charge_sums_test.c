/* Charges of many records, one sum for each lease. */
#include "api/server/ledger/charge_sums.h"

#include "tests/support/arena_fixture.h"
#include "tests/unit/api/server/ledger/given_usage.h"

TestSuite(charge_sums, .init = given_arena, .fini = end_arena);

static struct usage_charge
charge_of(const char *budget, const char *owner, const char *lease, int64_t amount)
{
    return (struct usage_charge){.budget = text_of(budget),
                                 .owner = text_of(owner),
                                 .window = TEXT("2025-11"),
                                 .lease = text_of(lease),
                                 .amount = amount};
}

static void
expect_sum(const struct charge_sum *sum, const char *budget, const char *lease, int64_t amount)
{
    cr_assert(text_equals(sum->account.budget, text_of(budget)), "%.*s", TEXT_ARG(sum->account.budget));
    cr_assert(text_equals(sum->lease, text_of(lease)), "%.*s", TEXT_ARG(sum->lease));
    cr_assert_eq(sum->amount, amount);
}

Test(charge_sums, are_one_a_lease_by_account_and_by_lease)
{
    struct usage_charge first[] = {charge_of("b", "", "l1", 1), charge_of("a", "", "l3", 10)};
    struct usage_charge second[] = {charge_of("b", "", "l2", 5), charge_of("b", "", "l1", 2),
                                    charge_of("b", "", "", 7)};
    struct usage_row rows[] = {{.charges = {first, 2}}, {.charges = {NULL, 0}}, {.charges = {second, 3}}};
    struct charge_sums sums = charge_sums_of(arena, rows, 3);
    cr_assert_eq(sums.count, 4);
    expect_sum(&sums.items[0], "a", "l3", 10);
    expect_sum(&sums.items[1], "b", "", 7);
    expect_sum(&sums.items[2], "b", "l1", 3);
    expect_sum(&sums.items[3], "b", "l2", 5);
    cr_assert_eq(sums.leased_count, 3);
    expect_sum(sums.leased[0], "b", "l1", 3);
    expect_sum(sums.leased[1], "b", "l2", 5);
    expect_sum(sums.leased[2], "a", "l3", 10);
}

Test(charge_sums, do_not_overflow)
{
    struct usage_charge charges[] = {charge_of("a", "", "", CHARGE_SUM_MAX - 1), charge_of("a", "", "", 2)};
    struct usage_row row = {.charges = {charges, 2}};
    struct charge_sums sums = charge_sums_of(arena, &row, 1);
    cr_assert_eq(sums.count, 1);
    cr_assert_eq(sums.items[0].amount, CHARGE_SUM_MAX);
}

Test(charge_sums, of_nothing_are_nothing)
{
    cr_assert_eq(charge_sums_of(arena, NULL, 0).count, 0);
}
