/* See the header. */
#include "api/cli/usage_words.h"

#include "api/cli/table.h"
#include "lib/base/arena.h"
#include "lib/base/parse.h"
#include "lib/base/time_zone.h"

static struct text amount_words(struct arena *arena, enum budget_unit unit, struct text amount);
static struct text forecast_words(struct arena *arena, const struct budget_standing *budget,
                                  const struct account_standing *account, const struct time_zone *zone);

struct text
usage_change_words(struct arena *arena, int64_t before, int64_t now)
{
    if (before <= 0)
        return now > 0 ? TEXT("new") : TEXT("");
    __int128 change = (__int128)now - before, half = before / 2;
    __int128 percent = (change * 100 + (change < 0 ? -half : half)) / before;
    if (percent > INT64_MAX)
        percent = INT64_MAX;
    struct text number = print_grouped(arena, (int64_t)percent);
    return text_format(arena, "%s%.*s %%", percent > 0 ? "+" : "", TEXT_ARG(number));
}

struct text
usage_budget_words(struct arena *arena, const struct budget_standing *budget,
                   const struct account_standing *account, const struct time_zone *zone)
{
    struct text period = schema_enum_name(budget_period_names, (int)budget->period);
    struct text amount = amount_words(arena, budget->unit, budget->amount),
                used = amount_words(arena, budget->unit, account->settled),
                held = amount_words(arena, budget->unit, account->leased),
                forecast = forecast_words(arena, budget, account, zone);
    struct text owner = text_is_empty(account->owner) ? TEXT("organisation") : account->owner;
    return text_format(arena, "budget  %.*s %.*s %.*s: %.*s used, %.*s held%.*s", TEXT_ARG(owner),
                       TEXT_ARG(period), TEXT_ARG(amount), TEXT_ARG(used), TEXT_ARG(held),
                       TEXT_ARG(forecast));
}

static struct text
forecast_words(struct arena *arena, const struct budget_standing *budget,
               const struct account_standing *account, const struct time_zone *zone)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text_is_empty(account->forecast) || budget->end == FIELD_UNSET)
        return TEXT("");
    struct civil_time last = time_zone_civil_at(zone, budget->end - 1);
    struct text amount = amount_words(arena, budget->unit, account->forecast);
    return text_format(arena, ", forecast %.*s by %.3s %d", TEXT_ARG(amount), &months[(last.month - 1) * 3],
                       last.day);
}

/* Amounts are whole numbers with or without decimals; the whole part gets its commas. */
static struct text
amount_words(struct arena *arena, enum budget_unit unit, struct text amount)
{
    int64_t whole = 0;
    struct text decimals = amount, number = text_cut(&decimals, '.');
    if (parse_int64(number, &whole))
        number = print_grouped(arena, whole);
    if (unit != BUDGET_UNIT_USD)
        return text_format(arena, "%.*s %s", TEXT_ARG(number),
                           unit == BUDGET_UNIT_TOKENS       ? "tokens"
                           : text_equals(number, TEXT("1")) ? "call"
                                                            : "calls");
    return text_format(arena, "$%.*s%s%.*s", TEXT_ARG(number), decimals.bytes ? "." : "", TEXT_ARG(decimals));
}
