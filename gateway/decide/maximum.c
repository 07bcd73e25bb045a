/* See the header. */
#include "gateway/decide/maximum.h"

static bool is_set(const struct gateway_maximum *maximum);
static bool is_shadow(const struct gateway_maximum *maximum);

struct maximum_verdict
maximum_of_output(const struct gateway_maximum *maximum, int64_t asked_tokens)
{
    struct maximum_verdict verdict = {.value = asked_tokens};
    if (!is_set(maximum))
        return verdict;

    bool asks_too_much = asked_tokens > maximum->amount;
    if (is_shadow(maximum)) {
        verdict.shadow_refused = asks_too_much;
        return verdict;
    }
    if (asks_too_much && maximum->over == OVER_MAXIMUM_REFUSE) {
        verdict.refused = true;
        return verdict;
    }
    if (asks_too_much || asked_tokens == MAXIMUM_NOT_ASKED) {
        verdict.changed = true;
        verdict.value = maximum->amount;
    }
    return verdict;
}

struct maximum_verdict
maximum_of_input(const struct gateway_maximum *maximum, int64_t tokens)
{
    struct maximum_verdict verdict = {.value = tokens};
    if (!is_set(maximum) || tokens <= maximum->amount)
        return verdict;
    if (is_shadow(maximum))
        verdict.shadow_refused = true;
    else
        verdict.refused = true;
    return verdict;
}

/* An amount below 1 is FIELD_UNSET, or a struct nobody filled. */
static bool
is_set(const struct gateway_maximum *maximum)
{
    return maximum->amount >= 1;
}

static bool
is_shadow(const struct gateway_maximum *maximum)
{
    return maximum->from.mode == POLICY_MODE_SHADOW;
}
