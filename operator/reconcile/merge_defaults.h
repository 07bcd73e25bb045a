/* Defaults: for each value the most specific policy that says something decides it whole; nothing is mixed.
 *
 * Providers are the exception: the broadest definition of a name holds, because whoever may redefine a
 * provider would receive the keys and prompts of others. Policies in Shadow mode decide no default. */
#pragma once

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
    struct merged_value connect_ms, first_byte_ms, gap_ms, total_ms;
    struct merged_value client_gone; /* an enum client_gone */
};

/* policies in order of authority, as levels_apply gives them; they outlive the result. */
struct merged_defaults defaults_merge(struct arena *arena, const struct applied_policy_list *policies);
/* NULL when there is none. */
const struct merged_provider *
defaults_find_provider(const struct merged_defaults *defaults, struct text name);
const struct merged_route *defaults_find_route(const struct merged_defaults *defaults, struct text model);
