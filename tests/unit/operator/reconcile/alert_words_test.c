/* What people read of an alert. */
#include "operator/reconcile/alert_words.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"

static void
expect_words(const struct raised_alert *alert, const char *wanted)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct text words = alert_words(arena, alert);
    cr_assert(text_equals(words, text_of(wanted)), "%.*s", TEXT_ARG(words));
}

Test(alert_words, say_who_spent_how_much_of_what)
{
    struct raised_alert alert = {.budget = TEXT("weir-system/org/Environment/Month/USD"),
                                 .owner = TEXT("demo/dev"),
                                 .window = TEXT("2026-11"),
                                 .percent = 80,
                                 .amount = TEXT("10.00"),
                                 .settled = TEXT("8.20")};
    expect_words(&alert,
                 "Alert at 80 % of budget weir-system/org/Environment/Month/USD: demo/dev spent 8.20 of "
                 "10.00 USD in 2026-11.");
    alert.owner = (struct text){0};
    alert.unit = BUDGET_UNIT_TOKENS;
    expect_words(&alert,
                 "Alert at 80 % of budget weir-system/org/Environment/Month/USD: everybody together spent "
                 "8.20 of 10.00 tokens in 2026-11.");
}
