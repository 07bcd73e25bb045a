/* What kinds of objects a cluster serves, by group, version and plural; found by discovery. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;

/* "apps/v1", "Deployment", "deployments". The core group's api_version is "v1". */
struct kube_resource {
    struct text api_version, kind, plural;
    bool is_namespaced;
    bool has_status; /* a status subresource */
};

struct kube_resource_list {
    struct kube_resource *items;
    size_t count;
};

/* Reads an APIGroupDiscoveryList (apidiscovery.k8s.io/v2, Accept header as KUBE_DISCOVERY_ACCEPT). Resources
 * of every served version are listed, the group's preferred version first. */
#define KUBE_DISCOVERY_V2 "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
#define KUBE_DISCOVERY_ACCEPT KUBE_DISCOVERY_V2 ",application/json"
MUST_CHECK bool kube_discovery_parse(struct arena *arena, struct text json,
                                     struct kube_resource_list *out_list, struct error *err);
/* NULL when the cluster does not serve it. */
const struct kube_resource *
kube_resource_find(const struct kube_resource_list *list, struct text api_version, struct text kind);
/* "/apis/apps/v1/namespaces/demo/deployments/web"; name empty: the collection; namespace empty: all of them
 * or cluster-wide. Names are escaped. */
struct text kube_resource_path(struct arena *arena, const struct kube_resource *resource,
                               struct text namespace, struct text name);
/* A value as it stands in a query or a path: everything but letters, digits and -._~ becomes %XX. */
struct text kube_escape(struct arena *arena, struct text value);
