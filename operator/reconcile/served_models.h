/* ModelServers as targets: the provider self-hosted, and a route for each name that no policy routes. */
#pragma once

#include "operator/reconcile/merge_defaults.h"

/* Whom a target of provider self-hosted means, by deploymentRef or by a name that the server answers to; NULL
 * when there is nobody of that name. */
const struct self_hosted_model *served_find(const struct self_hosted_model_list *served,
                                            struct text namespace, const struct route_target *target);
/* "self-hosted/llama-70b": what the gateway's config calls it. */
struct text served_provider_name(struct arena *arena, const struct self_hosted_model *server);
/* A route for each name of each server that has none yet; servers that share a name share the calls. */
void served_routes_add(struct arena *arena, const struct self_hosted_model_list *served,
                       struct text namespace, struct merged_defaults *defaults);
