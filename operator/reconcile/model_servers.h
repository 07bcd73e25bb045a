/* ModelServers of an environment as targets for its gateway. Pure: which of them gateways may call, by what
 * names, and where. Policies have the last word: a name that they forbid is left out of a gateway's config.
 */
#pragma once

#include "operator/reconcile/cluster_view.h"

struct model_server {
    const struct deployment *deployment;
    struct text model; /* what the server itself calls it: goes into the request's "model" */
    struct text_list
        aliases;          /* other names that clients call it by, the Deployment's among them; no doubles */
    struct text base_url; /* "http://<deployment>-w.<namespace>.svc:<port>/v1", no slash at the end */
    bool is_ready;        /* a pod of it can be called right now */
};

struct model_server_list {
    struct model_server *items;
    size_t count;
};

/* Every ModelServer of the namespace that gateways may call (exposure.viaGateway, not suspended), by name,
 * those that are not ready too: they stand in a config so that callers hear why. */
struct model_server_list
model_servers_ready(struct arena *arena, const struct cluster_view *view, struct text namespace);
/* By its model's name, the Deployment's own, or an alias. */
bool model_server_answers_to(const struct model_server *server, struct text model);
