/* See the header. */
#include "api/server/ledger/usage_remainder.h"

void
usage_remainder_add_part(struct usage_remainder *remainder, const struct usage_rollup *part)
{
    struct usage_rollup *parts = &remainder->parts;
    remainder->has_parts = true;
    parts->calls += part->calls;
    parts->tries += part->tries;
    parts->cost_nano += part->cost_nano;
    parts->unpriced_calls += part->unpriced_calls;
    for (int i = 0; i < USAGE_CLASS_COUNT; i++) {
        enum usage_class which = (enum usage_class)i;
        usage_vector_set(&parts->used, which,
                         usage_vector_count(&parts->used, which) + usage_vector_count(&part->used, which));
    }
}

bool
usage_remainder_take(struct usage_remainder *remainder, const struct usage_rollup *whole,
                     struct usage_rollup *out_rest)
{
    const struct usage_rollup *parts = &remainder->parts;
    struct usage_rollup rest = *whole;
    rest.calls -= parts->calls;
    rest.tries -= parts->tries;
    rest.cost_nano -= parts->cost_nano;
    rest.unpriced_calls -= parts->unpriced_calls;
    bool is_left = !remainder->has_parts || rest.calls != 0 || rest.tries != 0 || rest.cost_nano != 0 ||
                   rest.unpriced_calls != 0;
    for (int i = 0; i < USAGE_CLASS_COUNT; i++) {
        enum usage_class which = (enum usage_class)i;
        int64_t left = usage_vector_count(&rest.used, which) - usage_vector_count(&parts->used, which);
        usage_vector_set(&rest.used, which, left);
        is_left = is_left || left != 0;
    }
    *remainder = (struct usage_remainder){0};
    *out_rest = rest;
    return is_left;
}
