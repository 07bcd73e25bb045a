/* A pass that cannot begin yet: said in the Workspace's condition once it takes long. */
#include "operator/runtime/pass_parts.h"

#include "lib/base/arena.h"
#include "lib/net/loop.h"
#include "operator/reconcile/removal.h"
#include "operator/reconcile/waiting_status.h"

enum { QUIET_MS = 5000 }; /* after a start everything is being read for a moment */

static const struct workspace *find_workspace(const struct pass *pass);

bool
pass_say_waiting(struct pass *pass)
{
    struct cluster_operator *op = pass->op;
    int64_t now_ms = loop_now_ms(op->loop);
    if (pass->record->waiting_since_ms == 0)
        pass->record->waiting_since_ms = now_ms;
    int64_t left_ms = pass->record->waiting_since_ms + QUIET_MS - now_ms;
    if (left_ms > 0)
        workqueue_add_after(op->queue, pass->workspace, WORKQUEUE_PATIENT, left_ms, now_ms);
    const struct workspace *workspace = find_workspace(pass);
    if (left_ms > 0 || !workspace || removal_is_wanted(workspace))
        return false;
    struct text message = text_format(pass->arena,
                                      "what it depends on is still being read from the API server (%.*s): "
                                      "until then nothing of it changes",
                                      TEXT_ARG(pass->built.waits_for));
    pass->plan = arena_alloc(pass->arena, sizeof(*pass->plan));
    pass->plan->workspace = workspace;
    pass->plan->status = status_of_waiting(pass->arena, workspace, pass->built.waits_for, message);
    pass->phase = PASS_STATUSES;
    return true;
}

static const struct workspace *
find_workspace(const struct pass *pass)
{
    const struct object_list *objects = &pass->built.view.base.objects;
    for (size_t i = 0; i < objects->count; i++)
        if (objects->items[i].kind->id == KIND_WORKSPACE)
            return objects->items[i].workspace;
    return NULL;
}
