/* Words about change and budgets. */
#include "api/cli/usage_words.h"

#include <criterion/criterion.h>

#include "lib/base/error.h"
#include "lib/base/parse.h"
#include "lib/base/time_zone.h"
#include "tests/support/arena_fixture.h"

TestSuite(usage_words, .init = given_arena, .fini = end_arena);

static void
expect_words(struct text found, const char *wanted)
{
    cr_assert(text_equals(found, text_of(wanted)), "%.*s", TEXT_ARG(found));
}

Test(usage_words, say_how_much_more_or_less_it_is)
{
    static const struct {
        int64_t before, now;
        const char *words;
    } cases[] = {{100, 104, "+4 %"},
                 {100, 96, "-4 %"},
                 {100, 100, "0 %"},
                 {1000, 1004, "0 %"},
                 {1000, 995, "-1 %"},
                 {1000, 1005, "+1 %"},
                 {3, 0, "-100 %"},
                 {0, 5, "new"},
                 {0, 0, ""},
                 {1, 20000, "+1,999,900 %"},
                 {1, INT64_MAX, "+9,223,372,036,854,775,807 %"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        expect_words(usage_change_words(arena, cases[i].before, cases[i].now), cases[i].words);
}

Test(usage_words, say_what_is_left_of_a_budget_and_by_which_day)
{
    const struct time_zone *zone = NULL;
    struct error err = {0};
    struct budget_standing budget;
    struct account_standing account;
    schema_set_defaults(&budget_standing_schema, &budget);
    schema_set_defaults(&account_standing_schema, &account);
    budget.period = BUDGET_PERIOD_MONTH;
    budget.unit = BUDGET_UNIT_USD;
    budget.amount = TEXT("9000.00");
    account.owner = TEXT("retail");
    account.settled = TEXT("3118.000000001");
    account.leased = TEXT("41.00");
    cr_assert(time_zone_load(arena, TEXT("America/New_York"), &zone, &err), "%s", err.message);
    cr_assert(parse_time_ms(TEXT("2026-12-01T05:00:00Z"), &budget.end));
    expect_words(usage_budget_words(arena, &budget, &account, zone),
                 "budget  retail Month $9,000.00: $3,118.000000001 used, $41.00 held");
    account.forecast = TEXT("8960.00");
    expect_words(usage_budget_words(arena, &budget, &account, zone),
                 "budget  retail Month $9,000.00: $3,118.000000001 used, $41.00 held, forecast $8,960.00 by "
                 "Nov 30");
    budget.unit = BUDGET_UNIT_TOKENS;
    budget.amount = account.settled = account.forecast = TEXT("1200");
    account.leased = TEXT("0");
    account.owner = TEXT("");
    expect_words(usage_budget_words(arena, &budget, &account, time_zone_utc()),
                 "budget  organisation Month 1,200 tokens: 1,200 tokens used, 0 tokens held, forecast 1,200 "
                 "tokens by Dec 1");
    budget.unit = BUDGET_UNIT_REQUESTS;
    budget.period = BUDGET_PERIOD_MINUTE;
    budget.amount = TEXT("3");
    account.settled = TEXT("1");
    account.forecast = TEXT("");
    expect_words(usage_budget_words(arena, &budget, &account, time_zone_utc()),
                 "budget  organisation Minute 3 calls: 1 call used, 0 calls held");
}
