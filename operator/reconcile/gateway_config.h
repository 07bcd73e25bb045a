/* One environment's effective policy, callers and credentials as the config its gateways go by. */
#pragma once

#include "api/types/environment_state.h"
#include "operator/reconcile/route_config.h"

struct environment_config {
    struct gateway_config config;
    const struct document *document;      /* the config, encoded: what is sent and hashed */
    struct text hash;                     /* SHA-256 of it, 64 hex digits */
    struct environment_model_list models; /* those that cannot be called too, with what to do about it */
    struct config_issue_list issues;
};

/* The same view gives the same config, byte for byte. */
struct environment_config *
gateway_config_for(struct arena *arena, const struct reconcile_view *view, const struct workspace *workspace,
                   const struct workspace_environment *environment, const struct effective_policy *effective);
