/* What the try that holds would be charged for such use: what settling would say, and nothing is settled. */
#include "gateway/call_budget_private.h"
#include "gateway/exchange.h"
#include "gateway/live_config.h"
#include "lib/base/arena.h"

static void
add(struct usage_charge_list *charges, const struct budget_part *part, struct text lease, int64_t amount)
{
    if (amount > 0 && charges->count < USAGE_MAX_CHARGES)
        call_budget_set_charge(&charges->items[charges->count++], part, lease, amount);
}

struct usage_charge_list
call_budget_foresee(struct call_budget *budget, const struct call_usage *usage,
                    const struct live_target *target)
{
    struct usage_charge_list charges = {0};
    if (!budget || !budget->is_open)
        return budget ? budget->told.charges : charges;
    struct arena *arena = budget->exchange->arena;
    const struct budget_use use = call_budget_use_of(budget, usage, target);
    if (budget->purse)
        return call_budget_foresee_purse(budget, &use);
    int64_t *actual = budget->actual;
    for (size_t i = 0; i < budget->part_count; i++)
        actual[i] = call_budget_amount_used(budget, i, &use);
    const struct lease_charges held =
        lease_hold_charges(arena, &budget->asking.waiter.hold, actual, budget->held_count);
    size_t most = budget->told.charges.count + held.count + budget->part_count;
    charges.items = arena_alloc_raw(arena, most * sizeof(*charges.items));
    for (; charges.count < budget->told.charges.count; charges.count++)
        charges.items[charges.count] = budget->told.charges.items[charges.count];
    for (size_t i = 0; i < held.count; i++)
        add(&charges, &budget->parts[held.items[i].need], held.items[i].lease_id, held.items[i].amount);
    for (size_t i = budget->held_count; i < budget->part_count; i++)
        add(&charges, &budget->parts[i], TEXT(""), actual[i]);
    return charges;
}
