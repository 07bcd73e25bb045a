/* How a policy stands, one environment at a time, and the status that follows from all of them.
 *
 * In a cluster a pass sees one workspace, but a policy of weir-system can be part of environments of many.
 * So each pass yields small values, texts and numbers only, one for each policy and environment; whoever runs
 * the passes keeps them by workspace, and a policy's status is a function of all those of its own. */
#pragma once

#include "operator/reconcile/status.h"

struct policy_reach {
    struct text policy; /* "namespace/name" */
    struct text workspace, environment, namespace;
    struct text hash; /* of the effective policy it is part of */
    int64_t gateways, acked;
    struct text held_reason,
        held_message;        /* the environment is held because of this policy; empty: it is not */
    struct text no_route;    /* what it defines and cannot be served, joined by "; " */
    struct text credentials; /* keys that are missing for it */
    struct text targets;     /* ModelServers of its routes that cannot be called now */
    struct text overridden;  /* what stricter or broader policies make of it */
    struct text pending;     /* what it would loosen, once somebody approved */
};

struct policy_reach_list {
    struct policy_reach *items;
    size_t count;
};

/* What is known of a policy when its status is made. */
struct policy_standing {
    const struct model_policy *policy;
    int64_t generation;
    struct text refused;            /* why its last edit was not taken; empty: it was */
    struct policy_reach_list reach; /* its own, of all workspaces; any order */
    struct text_list namespaces;    /* those of all environments there are, for advice */
};

/* One for each policy of each environment of the plan, in the plan's order. */
struct policy_reach_list policy_reaches(struct arena *arena, const struct status_view *view);
/* Those of one policy, "namespace/name". */
struct policy_reach_list
policy_reaches_of(struct arena *arena, const struct policy_reach_list *all, struct text policy);
bool policy_reach_equal(const struct policy_reach *a, const struct policy_reach *b);
/* A copy that refers to nothing outside the arena. */
struct policy_reach policy_reach_copy(struct arena *arena, const struct policy_reach *reach);

/* The same whatever the order of the reaches. */
struct model_policy_status
status_of_policy_standing(struct arena *arena, const struct policy_standing *standing);
