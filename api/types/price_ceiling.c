/* See the header. A level is the model's own prices, or one of its tiers; in each the dearest price of what a
 * bound covers. */
#include "api/types/price_ceiling.h"

#include "api/types/price_sum.h"
#include "lib/base/arena.h"

enum {
    PROMPT_CLASSES = 1 << USAGE_INPUT | 1 << USAGE_CACHE_READ | 1 << USAGE_CACHE_WRITE |
                     1 << USAGE_CACHE_WRITE_1H | 1 << USAGE_AUDIO_INPUT | 1 << USAGE_IMAGE_INPUT
};
#define OUT_OF_RANGE INT64_MAX

struct level {
    int64_t above_prompt_tokens;
    int64_t
        dearest[USAGE_CLASS_COUNT]; /* by bound; FIELD_UNSET: no price. OUT_OF_RANGE: one that no sum takes */
};

struct price_ceiling {
    bool is_free;
    size_t level_count;
    struct level levels[]; /* the model's own first, which all prompts reach */
};

static void set_level(struct level *level, const struct price_pair *pair);
static int64_t dearest_under(const struct price_pair *pair, enum usage_class bound);
static int64_t prompt_tokens(const struct price_bound *bounds, size_t count);
static uint32_t classes_of(const struct price_bound *bounds, size_t count);

struct price_ceiling *
price_ceiling_new(struct arena *arena, const struct model_price *price)
{
    size_t tiers = price->tiers.count;
    struct price_ceiling *ceiling =
        arena_alloc(arena, sizeof(*ceiling) + (1 + tiers) * sizeof(*ceiling->levels));
    ceiling->is_free = price->free;
    struct price_pair pair = {NULL, &price->nano_per_million};
    struct level *own = &ceiling->levels[ceiling->level_count++];
    own->above_prompt_tokens = -1;
    set_level(own, &pair);
    for (size_t i = 0; i < tiers; i++) {
        struct level *level = &ceiling->levels[ceiling->level_count++];
        pair.tier = &price->tiers.items[i].nano_per_million;
        level->above_prompt_tokens = price->tiers.items[i].above_prompt_tokens;
        set_level(level, &pair);
    }
    return ceiling;
}

bool
price_ceiling_cost(const struct price_ceiling *ceiling, const struct price_bound *bounds, size_t count,
                   struct price_cost *out_cost)
{
    for (size_t i = 0; i < count; i++)
        if ((uint64_t)bounds[i].count > USAGE_COUNT_MAX)
            return false;
    if (!ceiling || ceiling->is_free) {
        *out_cost = (struct price_cost){.unpriced = ceiling ? 0 : classes_of(bounds, count)};
        return true;
    }
    /* The whole bound at the model's price, and at each tier that it reaches: shorter prompts may be dearer.
     */
    int64_t prompt = prompt_tokens(bounds, count);
    unsigned __int128 most = 0;
    uint32_t unpriced = 0;
    for (const struct level *level = ceiling->levels; level < ceiling->levels + ceiling->level_count;
         level++) {
        unsigned __int128 sum = 0;
        for (size_t i = 0; i < count && level->above_prompt_tokens < prompt; i++) {
            int64_t dearest = level->dearest[bounds[i].which];
            if (bounds[i].count == 0)
                continue;
            if (dearest == OUT_OF_RANGE)
                return false;
            if (dearest != FIELD_UNSET)
                sum += price_sum_product(bounds[i].which, bounds[i].count, dearest);
            else if (bounds[i].which != USAGE_REQUESTS)
                unpriced |= 1u << bounds[i].which;
        }
        most = sum > most ? sum : most;
    }
    return price_sum_finish(most, unpriced, out_cost);
}

static void
set_level(struct level *level, const struct price_pair *pair)
{
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++)
        level->dearest[which] = dearest_under(pair, which);
}

/* The classes that a token of a bound may turn out to be stand side by side, the bound's own first. */
_Static_assert(USAGE_CACHE_READ == USAGE_INPUT + 1 && USAGE_CACHE_WRITE == USAGE_INPUT + 2 &&
                   USAGE_CACHE_WRITE_1H == USAGE_INPUT + 3 && USAGE_REASONING == USAGE_OUTPUT + 1,
               "what a bound covers is a run of classes");
static enum usage_class
last_under(enum usage_class bound)
{
    switch (bound) {
    case USAGE_INPUT:
        return USAGE_CACHE_WRITE_1H;
    case USAGE_OUTPUT:
        return USAGE_REASONING;
    default:
        return bound;
    }
}

static int64_t
dearest_under(const struct price_pair *pair, enum usage_class bound)
{
    int64_t dearest = FIELD_UNSET; /* the lowest int64_t: any price is above it */
    for (enum usage_class which = bound; which <= last_under(bound); which++) {
        int64_t price = price_pair_of_class(pair, which);
        if (!price_sum_can_take(price))
            return OUT_OF_RANGE;
        dearest = price > dearest ? price : dearest;
    }
    return dearest;
}

static int64_t
prompt_tokens(const struct price_bound *bounds, size_t count)
{
    int64_t tokens = 0;
    for (size_t i = 0; i < count; i++)
        if (PROMPT_CLASSES & 1 << bounds[i].which)
            tokens += bounds[i].count;
    return tokens;
}

static uint32_t
classes_of(const struct price_bound *bounds, size_t count)
{
    uint32_t classes = 0;
    for (size_t i = 0; i < count; i++)
        if (bounds[i].count > 0)
            classes |= 1u << bounds[i].which;
    return classes;
}
