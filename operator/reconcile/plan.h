/* What one pass wants: a gateway config for each environment, or that everything is left as it is. Data, not
 * actions.
 *
 * Holding is not an empty plan. An environment that a plan does not mention is drained; one that is held is
 * left exactly as it runs (or does not run): nothing started, pushed or stopped. */
#pragma once

#include "operator/reconcile/gateway_config.h"
#include "operator/reconcile/loosening.h"

/* Why something cannot go on; reason empty: it can. */
struct hold {
    struct text reason;  /* InvalidSpec, NamespaceConflict, ProviderUnknown, ConfigTooLarge */
    struct text message; /* what, where and what to do */
    struct text policy;  /* "namespace/name" of the policy at fault, if one is */
};

struct planned_environment {
    const struct workspace *workspace;
    const struct workspace_environment *environment;
    struct text namespace;
    struct hold hold;
    const struct effective_policy *effective; /* in force: narrower than asked for while loosening is held */
    struct loosening_hold loosening;
    const struct environment_config *config; /* what it would be; not to be sent while held */
};

struct plan {
    struct planned_environment *environments; /* by workspace, then in the order they are declared */
    size_t environment_count;
    /* Not everything that is wanted is known (a manifest that could be a Workspace is broken): drain nothing.
     */
    struct hold hold;
};

/* Cannot fail: bad input becomes a hold. The same view gives the same plan. Lives in the arena and refers to
 * the view. */
struct plan *reconcile(struct arena *arena, const struct reconcile_view *view);
bool hold_is_set(const struct hold *hold);
const struct planned_environment *
plan_find_environment(const struct plan *plan, struct text workspace, struct text environment);
const struct planned_environment *plan_find_namespace(const struct plan *plan, struct text namespace);
