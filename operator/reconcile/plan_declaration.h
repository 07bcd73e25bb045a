/* What the ledger is told beside the budgets: each thing whose changes belong into the audit log with a
 * digest of what it says, and callers, prices and limits as they are in force. One declaration a workspace,
 * and one for what belongs to the organisation. */
#pragma once

#include "api/types/declare_frames.h"
#include "operator/reconcile/plan.h"

/* Whose declaration is made, and of what. */
struct plan_part {
    struct text workspace; /* empty: the organisation's */
    struct text actor;     /* who is taken to have changed what is new */
    /* Nothing in the view is another workspace's: what is in no environment's namespace is its own too, but
     * for the policies of weir-system. Else that is the organisation's. */
    bool is_alone;
};

/* Its revision is a digest of what is in it. Not whole when something could not be read, or while anything of
 * the workspace is held: then it is not known what is in force. Refers to view, plan and part. */
struct ledger_declare *plan_declare(struct arena *arena, const struct reconcile_view *view,
                                    const struct plan *plan, const struct plan_part *part);
