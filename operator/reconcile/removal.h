/* What goes when a Workspace is deleted or an environment is dropped from its spec, in which order, and what
 * is said meanwhile.
 *
 * deletionPolicy Delete: the namespace goes, and everything with it. Retain, and always for a namespace that
 * was not ours to begin with: the gateway, its identity, the members' access go; the namespace, what users
 * put in it, its bounds and its isolation stay, so nothing opens up. At the end the namespace loses the
 * labels that claim it and gets the annotation that lets the same workspace have it again. */
#pragma once

#include "api/types/condition.h"
#include "operator/reconcile/cluster_view.h"
#include "operator/reconcile/plan.h"

struct object_ref {
    struct text api_version, kind, namespace, name;
};

struct removal {
    struct object_ref *remove; /* in this order; those that are being deleted already are left out */
    size_t remove_count;
    struct desired_objects release; /* Namespaces as they are applied when they are let go */
    bool is_done;                   /* nothing is left: the finalizer may go */
    struct text waiting_for;        /* for people: what is in the way; empty when done */
};

/* The shell adds WORKSPACE_FINALIZER when this says so, before it makes anything. */
bool removal_needs_finalizer(const struct workspace *workspace);
bool removal_is_wanted(const struct workspace *workspace); /* it has a deletionTimestamp */

/* Of a workspace that is being deleted. An undecodable one: its metadata and DELETION_POLICY_RETAIN. */
struct removal
removal_of_workspace(struct arena *arena, const struct cluster_view *view, const struct workspace *workspace);
/* Of environments that the spec names no more. A plan that is held drops nothing. */
struct removal removal_of_dropped(struct arena *arena, const struct cluster_view *view,
                                  const struct plan *plan, const struct workspace *workspace);
/* When to look again though nothing changes: a gateway may not end its calls for longer than a minute, and
 * after ten it is said that something is in the way. 0: never. */
int64_t
removal_wake_unix_ms(const struct removal *removal, const struct workspace *workspace, int64_t now_unix_ms);
/* Ready Unknown/Deleting, Reconciling, and Deleting: False/FinalizerTimeout after ten minutes. */
struct condition_list removal_conditions(struct arena *arena, const struct removal *removal,
                                         const struct workspace *workspace, int64_t now_unix_ms);
