/* A budget that slows calls has a pace, another budget beside it: a call for which too little is left of the
 * first holds one request of the second instead, and what it costs is charged to the first on no lease. */
#include "gateway/call_budget_private.h"
#include "lib/base/arena.h"

static void swap(struct call_budget *budget, size_t a, size_t b);

void
call_budget_unslow(struct call_budget *budget)
{
    budget->held_count = 0;
    for (size_t i = 0; i < budget->blocking_count; i++) {
        budget->parts[i].is_slowed = false;
        if (budget->parts[i].budget->paced)
            continue;
        if (i != budget->held_count) /* only where there are paces */
            swap(budget, i, budget->held_count);
        budget->held_count++;
    }
}

bool
call_budget_slow(struct call_budget *budget, size_t part)
{
    const struct live_budget *pace = budget->parts[part].budget->pace;
    for (size_t i = budget->held_count; pace && i < budget->blocking_count; i++) {
        if (budget->parts[i].budget != pace)
            continue;
        budget->parts[part].is_slowed = true;
        swap(budget, part, i);
        return true;
    }
    return false;
}

size_t
call_budget_count(const struct call_budget *budget, bool is_slowed)
{
    size_t count = 0;
    for (size_t i = budget->held_count; i < budget->blocking_count; i++)
        count += !budget->parts[i].budget->paced && budget->parts[i].is_slowed == is_slowed;
    return count;
}

struct text_list
call_budget_ids(const struct call_budget *budget, struct arena *arena, bool is_slowed)
{
    struct text_list ids = {0};
    size_t most = call_budget_count(budget, is_slowed);
    if (most == 0)
        return ids;
    ids.items = arena_alloc_array(arena, most, sizeof(*ids.items));
    for (size_t i = budget->held_count; i < budget->blocking_count; i++)
        if (!budget->parts[i].budget->paced && budget->parts[i].is_slowed == is_slowed)
            ids.items[ids.count++] = budget->parts[i].budget->budget->id;
    return ids;
}

static void
swap(struct call_budget *budget, size_t a, size_t b)
{
    struct budget_part part = budget->parts[a];
    budget->parts[a] = budget->parts[b];
    budget->parts[b] = part;
}
