/* price_cost_of, and when there is no cost at all. */
#include "gateway/decide/call_cost.h"

#include "lib/base/arena.h"

static bool
is_empty(const struct usage_vector *used)
{
    int64_t all = 0;
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++)
        all |= usage_vector_count(used, which);
    return all == 0;
}

/* But for the call as such, which costs nothing where it has no price; that alone is no cost of what it used.
 */
static uint32_t
classes_used(const struct usage_vector *used)
{
    uint32_t classes = 0;
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++)
        if (usage_vector_count(used, which) != 0)
            classes |= 1u << which;
    return classes & ~(1u << USAGE_REQUESTS);
}

bool
call_cost_reckon(struct call_cost_memo *memo, const struct model_price *price,
                 const struct usage_vector *used, struct price_cost *out_cost)
{
    if (!memo->is_set || memo->price != price || memcmp(&memo->used, used, sizeof(*used)) != 0) {
        memo->is_set = true;
        memo->price = price;
        memo->used = *used;
        memo->is_known = price_cost_of(price, used, &memo->cost);
    }
    if (memo->is_known)
        *out_cost = memo->cost;
    return memo->is_known;
}

struct call_cost
call_cost_of(struct call_cost_memo *memo, const struct model_price *price, const struct usage_vector *used)
{
    struct call_cost none = {.nano_usd = FIELD_UNSET};
    if (is_empty(used))
        return none;
    struct price_cost cost;
    bool is_known =
        price && call_cost_reckon(memo, price, used, &cost) && cost.nano_usd <= USAGE_COST_MAX_NANO;
    if (is_known && cost.unpriced == 0) /* most calls */
        return (struct call_cost){.nano_usd = cost.nano_usd};
    none.unpriced = classes_used(used);
    bool is_all_unpriced = is_known && cost.unpriced == none.unpriced && cost.nano_usd == 0;
    return is_known && !is_all_unpriced ? (struct call_cost){cost.nano_usd, cost.unpriced} : none;
}

struct text_list
call_cost_unpriced(struct arena *arena, const struct call_cost *cost)
{
    struct text_list names = {0};
    if (cost->unpriced == 0)
        return names;
    names.items = arena_alloc_array(arena, USAGE_CLASS_COUNT, sizeof(*names.items));
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++)
        if (cost->unpriced & 1u << which)
            names.items[names.count++] = price_class_name(which);
    return names;
}
