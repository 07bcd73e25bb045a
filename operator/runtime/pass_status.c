/* What is said about the Workspace and its Deployments, and events where it changes. */
#include "operator/runtime/pass_parts.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/document/json.h"
#include "operator/runtime/status_sender.h"

static void write_workspace(struct pass *pass);
static void write_deployment(struct pass *pass, struct planned_deployment *planned);
static void write_if_new(struct pass *pass, struct status_sender *sender);

void
pass_write_statuses(struct pass *pass)
{
    write_workspace(pass);
    for (size_t i = 0; i < pass->plan->deployment_count; i++)
        write_deployment(pass, &pass->plan->deployments[i]);
}

static void
write_workspace(struct pass *pass)
{
    struct cluster_plan *plan = pass->plan;
    struct status_sender sender = {
        .watched = watches_at(pass->op->watches, WATCHED_WORKSPACES),
        .name = plan->workspace->metadata.name,
        .seen = plan->workspace->source,
        .wanted = {.schema = &workspace_status_schema,
                   .status = &plan->status,
                   .conditions = &plan->status.conditions},
    };
    sender.without_effect =
        decoded_find_notice(&pass->built.notices, KIND_WORKSPACE, (struct text){0}, sender.name);
    if (plan->is_broken)
        sender.keep = TEXT("environments"); /* what its environments run is still so */
    write_if_new(pass, &sender);
}

static void
write_deployment(struct pass *pass, struct planned_deployment *planned)
{
    struct status_sender sender = {
        .watched = watches_at(pass->op->watches, WATCHED_DEPLOYMENTS),
        .namespace = planned->deployment->metadata.namespace,
        .name = planned->deployment->metadata.name,
        .seen = planned->deployment->source,
        .wanted = {.schema = &deployment_status_schema,
                   .status = &planned->status,
                   .conditions = &planned->status.conditions},
    };
    sender.without_effect =
        decoded_find_notice(&pass->built.notices, KIND_DEPLOYMENT, sender.namespace, sender.name);
    write_if_new(pass, &sender);
}

static void
write_if_new(struct pass *pass, struct status_sender *sender)
{
    sender->key = pass->workspace;
    if (!status_sender_prepare(pass->arena, pass->op, sender))
        return;
    const struct pass_write write = {.pass = pass,
                                     .verb = PASS_STATUS,
                                     .watched = sender->watched,
                                     .namespace = sender->namespace,
                                     .name = sender->name,
                                     .body = sender->body,
                                     .title = sender->title,
                                     .desired = sender->desired};
    pass_send(&write);
}
