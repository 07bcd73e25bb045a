/* Which policies apply to an environment, and in what order of authority.
 *
 * The level comes from where a policy lives, never from what it claims: weir-system is the organisation (or
 * the workspaces its target names), an environment's namespace is that environment (DESIGN 4). */
#pragma once

#include "operator/reconcile/view.h"

struct applied_policy {
    const struct model_policy *policy;
    enum policy_level level;
    struct text title; /* "weir-system/org-baseline" */
};

struct applied_policy_list {
    struct applied_policy *items;
    size_t count;
};

/* Most specific first; within a level by priority, then oldest, then name. Shadow policies are among them. */
struct applied_policy_list
levels_apply(struct arena *arena, const struct object_list *objects, const struct workspace *workspace,
             const struct workspace_environment *environment);
/* The policy that the operator itself writes into an environment's namespace: an outcome, never an input. */
bool levels_is_generated(const struct model_policy *policy);
enum policy_level levels_of(const struct model_policy *policy);
struct text levels_title(struct arena *arena, const struct model_policy *policy);
/* "org.yaml:18" for where the key of a map stands (for the map itself when it has no such key); empty for
 * what was not read from a file. */
struct text levels_place(struct arena *arena, const struct document *map, struct text key);
/* Who set a value: the policy, its mode and the place of the key. */
struct rule_source levels_source(struct arena *arena, const struct applied_policy *applied,
                                 const struct document *map, struct text key);
