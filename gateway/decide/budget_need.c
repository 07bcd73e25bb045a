/* See the header. Pure arithmetic over price_cost. */
#include "gateway/decide/budget_need.h"

#include "api/types/lease_terms.h"
#include "api/types/price_cost.h"

static bool bound_of(const struct budget_call *call, int64_t output_tokens, struct usage_vector *out_bound);

bool
budget_need(enum budget_unit unit, const struct budget_call *call, int64_t output_tokens, int64_t *out_amount)
{
    struct usage_vector bound;
    if (!bound_of(call, output_tokens, &bound))
        return false;
    int64_t most = unit == BUDGET_UNIT_TOKENS ? usage_vector_tokens(&bound) : 0;
    for (size_t i = 0; unit == BUDGET_UNIT_USD && i < call->price_count; i++) {
        struct price_cost cost;
        if (!price_cost_worst_case(call->prices[i], &bound, &cost) || cost.unpriced != 0)
            return false;
        most = cost.nano_usd > most ? cost.nano_usd : most;
    }
    if (unit == BUDGET_UNIT_REQUESTS)
        most = 1;
    if (most > LEASE_MAX_AMOUNT)
        return false;
    *out_amount = most;
    return true;
}

size_t
budget_need_unpriced(const struct budget_call *call)
{
    const struct usage_vector one = {.input_tokens = 1,
                                     .output_tokens = call->answers > 0,
                                     .audio_input_tokens = call->hears,
                                     .audio_output_tokens = call->speaks,
                                     .requests = 1};
    size_t at = 0;
    struct price_cost cost;
    while (at < call->price_count && price_cost_worst_case(call->prices[at], &one, &cost) &&
           cost.unpriced == 0)
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
bound_of(const struct budget_call *call, int64_t output_tokens, struct usage_vector *out_bound)
{
    int64_t all;
    if (__builtin_mul_overflow(output_tokens, call->answers, &all) || all > USAGE_COUNT_MAX ||
        call->input_tokens > USAGE_COUNT_MAX)
        return false;
    *out_bound = (struct usage_vector){.input_tokens = call->input_tokens,
                                       .output_tokens = all,
                                       .audio_input_tokens = call->hears ? call->input_tokens : 0,
                                       .audio_output_tokens = call->speaks ? all : 0,
                                       .requests = 1};
    return true;
}
