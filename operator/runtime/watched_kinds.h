/* Every resource that the cluster operator watches: one row says what of it is kept, which objects of it, and
 * whether a cluster must have it. */
#pragma once

#include "operator/kube/kube_cache.h"
#include "operator/kube/kube_resource.h"

/* What a change of one of these means to a pass, and how the cache is read. */
enum watched_role {
    WATCHED_OURS,      /* Workspace, ModelPolicy, Deployment: decoded */
    WATCHED_NAMESPACE, /* its labels say whose it is */
    WATCHED_SECRET,    /* metadata only; what is referred to is asked for */
    WATCHED_CRD,       /* metadata only; a change means to discover again */
    WATCHED_CHILD,     /* made by us; reconcilers read its state */
    WATCHED_MARK,      /* made by us; reconcilers only ask whether it is there */
};

struct watched_kind {
    struct kube_resource resource;
    struct kube_filter filter;
    enum watched_role role;
    bool is_selected; /* only what bears our managed-by label */
    bool is_optional; /* only where the cluster serves it */
};

#define WATCHED_WORKSPACES 0
#define WATCHED_MODEL_POLICIES 1
#define WATCHED_DEPLOYMENTS 2
#define WATCHED_NAMESPACES 3
#define WATCHED_SECRETS 4
#define WATCHED_PODS 5

extern const struct watched_kind watched_kinds[];
size_t watched_kind_count(void);
