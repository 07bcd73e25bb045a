/* See the header. Pure arithmetic over price_ceiling. */
#include "gateway/decide/budget_need.h"

#include "api/types/lease_terms.h"

/* What a call may use: each has a class of its own. */
enum { INPUT, OUTPUT, AUDIO_INPUT, AUDIO_OUTPUT, REQUESTS, BOUNDS };

struct bounds {
    struct price_bound of[BOUNDS];
};

static bool bounds_of(const struct budget_call *call, int64_t output_tokens, struct bounds *out_bounds);

bool
budget_need(enum budget_unit unit, const struct budget_call *call, int64_t output_tokens, int64_t *out_amount)
{
    struct bounds bounds;
    if (!bounds_of(call, output_tokens, &bounds))
        return false;
    int64_t most = unit == BUDGET_UNIT_REQUESTS;
    for (size_t i = INPUT; unit == BUDGET_UNIT_TOKENS && i <= AUDIO_OUTPUT; i++)
        most += bounds.of[i].count;
    for (size_t i = 0; unit == BUDGET_UNIT_USD && i < call->ceiling_count; i++) {
        struct price_cost cost;
        if (!price_ceiling_cost(call->ceilings[i], bounds.of, BOUNDS, &cost) || cost.unpriced != 0)
            return false;
        most = cost.nano_usd > most ? cost.nano_usd : most;
    }
    if (most > LEASE_MAX_AMOUNT)
        return false;
    *out_amount = most;
    return true;
}

size_t
budget_need_unpriced(const struct budget_call *call)
{
    struct budget_call least = *call; /* of one token of each kind */
    least.input_tokens = 1;
    least.answers = call->answers > 0;
    struct bounds bounds;
    size_t at = 0;
    struct price_cost cost;
    while (at < call->ceiling_count && bounds_of(&least, 1, &bounds) &&
           price_ceiling_cost(call->ceilings[at], bounds.of, BOUNDS, &cost) && cost.unpriced == 0)
        at++;
    return at;
}

/* What is needed never falls when answers get longer, so halving finds the edge. */
int64_t
budget_need_affords(enum budget_unit unit, const struct budget_call *call, int64_t most, int64_t amount)
{
    int64_t fits = -1, beyond = most + 1;
    while (beyond - fits > 1) {
        int64_t middle = fits + (beyond - fits) / 2;
        int64_t needed;
        if (budget_need(unit, call, middle, &needed) && needed <= amount)
            fits = middle;
        else
            beyond = middle;
    }
    return fits;
}

static bool
bounds_of(const struct budget_call *call, int64_t output_tokens, struct bounds *out_bounds)
{
    int64_t all;
    if (__builtin_mul_overflow(output_tokens, call->answers, &all) || all > USAGE_COUNT_MAX ||
        call->input_tokens > USAGE_COUNT_MAX)
        return false;
    *out_bounds = (struct bounds){{[INPUT] = {USAGE_INPUT, call->input_tokens},
                                   [OUTPUT] = {USAGE_OUTPUT, all},
                                   [AUDIO_INPUT] = {USAGE_AUDIO_INPUT, call->hears ? call->input_tokens : 0},
                                   [AUDIO_OUTPUT] = {USAGE_AUDIO_OUTPUT, call->speaks ? all : 0},
                                   [REQUESTS] = {USAGE_REQUESTS, 1}}};
    return true;
}
