/* What a pass over one workspace may look at, put together from the cache and from what the shell keeps. */
#pragma once

#include "operator/reconcile/cluster_view.h"
#include "operator/runtime/organisation.h"

struct cluster_operator;
struct organisation_policies;

struct built_view {
    struct cluster_view view;
    const struct kube_object *cached; /* the Workspace; NULL: it is not there. Gone with this turn */
    struct text_list namespaces;      /* of the workspace: declared, or bearing its label */
    struct organisation_policies *organisation; /* to be given back */
    struct decoded_notices notices;             /* of the workspace's own objects */
    struct text
        waits_for; /* WaitingForSecrets ...: on the way, look again when it came; empty: all is there */
};

/* Texts and documents live in the arena, policies of the organisation as long as they are referred to. */
void
view_build(struct arena *arena, struct cluster_operator *op, struct text workspace, struct built_view *out);
