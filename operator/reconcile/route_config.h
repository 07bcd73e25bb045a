/* A policy's route as a gateway gets it: targets that the constraints forbid or that lack their key left out.
 */
#pragma once

#include "operator/reconcile/effective_policy.h"

struct target_prices;

/* Why a target or a whole route is not in the config: "CredentialsMissing", "NoRouteLeft". */
struct config_issue {
    struct text reason;
    struct text policy; /* "namespace/name" of whoever wrote the route; empty: built in */
    struct text message;
};

struct config_issue_list {
    struct config_issue *items;
    size_t count, capacity;
};

struct route_context {
    struct arena *arena;
    const struct reconcile_view *view;
    const struct effective_policy *effective;
    struct text namespace;        /* the environment's: where its Secrets live */
    struct target_prices *prices; /* gets those of the targets that are left */
    struct config_issue_list *issues;
};

/* False when no target is left; then *out_note says in a few words why, and the model stands in the config
 * only so that gateways can say it too. Either way each target left out is an issue. */
bool route_config_for(const struct route_context *context, const struct merged_route *merged,
                      struct gateway_model *out_model, struct text *out_note);
/* The credential that a target uses: its own, else its provider's; NULL when neither names one. */
const struct secret_ref *
route_credentials_ref(const struct merged_defaults *defaults, const struct route_target *target);
/* The strictest word about a target: NULL when the enforced constraints let it through. */
const struct model_rule *route_find_refusal(const struct effective_policy *effective, struct text model,
                                            const struct route_target *target);
