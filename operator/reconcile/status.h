/* What the operator says about each object: conditions that kstatus and Argo both understand
 * (reference/kubernetes.md 1.11).
 *
 * Done is Ready=True; on the way is Ready=Unknown with Reconciling=True; cannot go on without a person is
 * Ready=False with Stalled=True. Times of transition are the shell's: it knows what was said before. */
#pragma once

#include "operator/reconcile/plan.h"

/* What is known of an environment's gateways. */
struct gateway_report {
    struct text namespace;
    struct text revision; /* the current one; empty: nothing was pushed yet */
    struct text url;
    int64_t gateways, acked;
    struct text nack_reason; /* a gateway refused the revision */
    struct text trouble;     /* why none runs right now */
};

struct gateway_report_list {
    struct gateway_report *items;
    size_t count;
};

/* An edit of an object that was refused: its last good version stays in force. */
struct refused_edit {
    const struct kind *kind;
    struct text namespace, name;
    struct text problem;
};

struct refused_edit_list {
    struct refused_edit *items;
    size_t count;
};

struct status_view {
    const struct plan *plan;
    struct gateway_report_list gateways;
    struct refused_edit_list refused;
};

struct workspace_status status_of_workspace(struct arena *arena, const struct status_view *view,
                                            const struct workspace *workspace, int64_t generation);
struct model_policy_status status_of_policy(struct arena *arena, const struct status_view *view,
                                            const struct model_policy *policy, int64_t generation);
/* Of a kind that nothing runs for here: a Deployment on a laptop, or one whose spec is invalid. */
struct condition_list status_of_unsupported(struct arena *arena, const struct status_view *view,
                                            const struct object *object, int64_t generation);
const struct gateway_report *status_find_report(const struct status_view *view, struct text namespace);
