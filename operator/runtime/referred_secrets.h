/* The Secrets that a workspace's policies refer to, and only those: which of them there are, with which
 * values.
 */
#pragma once

#include "api/types/control_frames.h"
#include "operator/reconcile/cluster_view.h"

struct arena;
struct planned_environment;
struct secret_values;

/* Fills view->base.credentials for each of the namespaces; false while some value is on its way for the first
 * time. */
bool referred_secrets_resolve(struct arena *arena, struct secret_values *values, struct cluster_view *view,
                              const struct text_list *namespaces);
/* What the environment's gateways get beside their config; values live until the next turn of the loop. */
struct control_secret_list
referred_secrets_values(struct arena *arena, const struct secret_values *values,
                        const struct cluster_view *view, const struct planned_environment *planned);
