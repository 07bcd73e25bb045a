/* What a hold would be charged is what settling it charges. */
#include <criterion/criterion.h>

#include "gateway/decide/lease_book.h"
#include "lib/base/error.h"
#include "tests/support/arena_fixture.h"
#include "tests/unit/gateway/decide/random_sequence.h"

TestSuite(lease_draws, .init = given_arena, .fini = end_arena);

static void
expect_same(const struct lease_charges *foreseen, const struct lease_charges *charged)
{
    cr_assert_eq(foreseen->count, charged->count);
    cr_assert_eq(foreseen->is_overdrawn, charged->is_overdrawn);
    for (size_t i = 0; i < charged->count; i++) {
        cr_assert_eq(foreseen->items[i].need, charged->items[i].need);
        cr_assert_eq(foreseen->items[i].amount, charged->items[i].amount);
        cr_assert(text_equals(foreseen->items[i].lease_id, charged->items[i].lease_id));
    }
}

Test(lease_draws, foresee_what_settling_charges_and_change_nothing)
{
    struct random_sequence random = {11};
    for (int round = 0; round < 500; round++) {
        struct lease_book *book = lease_book_new(arena);
        struct lease_need needs[3];
        int64_t actual[3];
        struct error err;
        for (size_t i = 0; i < COUNT_OF(needs); i++) {
            const struct lease_account_name name = {text_format(arena, "b%zu", i), TEXT(""), TEXT("w")};
            cr_assert(lease_book_account(book, &name, INT64_MAX, &needs[i].account, &err));
            for (int lease = 0; lease < 4; lease++) {
                const struct lease_grant grant = {text_format(arena, "L%d", lease),
                                                  random_below(&random, 9) + 1, 100000 + lease};
                cr_assert(lease_book_add(book, needs[i].account, &grant, &err));
            }
            needs[i].amount = random_below(&random, 5);
            actual[i] = random_below(&random, 9); /* at times more than is held */
        }
        struct lease_hold hold = {0};
        cr_assert(lease_book_hold(book, needs, COUNT_OF(needs), 0, &hold)->granted);

        struct lease_charges foreseen = lease_hold_charges(arena, &hold, actual, COUNT_OF(actual));
        struct lease_charges again = lease_hold_charges(arena, &hold, actual, COUNT_OF(actual));
        expect_same(&again, &foreseen);
        struct lease_charges charged = lease_book_settle(arena, book, &hold, actual, COUNT_OF(actual));

        expect_same(&foreseen, &charged);
        arena_reset(arena);
    }
}
