/* Defaults: for each value the most specific policy that says something decides it whole; nothing is mixed.
 *
 * Providers are the exception: the broadest definition of a name holds, because whoever may redefine a
 * provider would receive the keys and prompts of others. And so are prices: an environment's own policy
 * prices only what the organisation does not, or its money would be worth what it says. Policies in Shadow
 * mode decide no default. */
#pragma once

#include "api/types/price_index.h"
#include "operator/reconcile/levels.h"

struct merged_route {
    const struct policy_route *route;
    const struct applied_policy *applied; /* NULL: built in */
};

struct merged_provider {
    const struct policy_provider *provider;
    const struct applied_policy *applied; /* NULL: built in */
};

/* A value and who set it; amount FIELD_UNSET: nobody did. */
struct merged_value {
    int64_t amount;
    struct rule_source from;
};

struct merged_defaults {
    struct merged_route *routes; /* one for each model name, in order of authority */
    size_t route_count;
    struct merged_provider *providers;
    size_t provider_count;
    struct merged_provider *refused_providers; /* definitions that a broader one makes void */
    size_t refused_provider_count;
    struct model_price_list
        prices; /* the organisation's, then the environment's own; each in order of authority */
    const struct applied_policy **prices_applied;            /* whose price it is, place by place */
    const struct price_index *price_index, *own_price_index; /* of both; NULL: there are none */
    struct merged_value connect_ms, first_byte_ms, gap_ms, total_ms;
    struct merged_value client_gone; /* an enum client_gone */
};

/* policies in order of authority, as levels_apply gives them; they outlive the result. */
struct merged_defaults defaults_merge(struct arena *arena, const struct applied_policy_list *policies);
/* NULL when there is none. */
const struct merged_provider *
defaults_find_provider(const struct merged_defaults *defaults, struct text name);
const struct merged_route *defaults_find_route(const struct merged_defaults *defaults, struct text model);
/* What a target costs: NULL when no level says, which is not the same as free. */
const struct model_price *
defaults_find_price(const struct merged_defaults *defaults, struct text provider, struct text model);
/* Who set a price that was found here. */
const struct applied_policy *
defaults_price_applied(const struct merged_defaults *defaults, const struct model_price *price);
