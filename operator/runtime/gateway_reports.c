/* Replicas are what the cluster counts, acks what gateways say. */
#include "operator/runtime/gateway_reports.h"

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/document/document.h"
#include "operator/objects/names.h"
#include "operator/runtime/cluster_parts.h"

static struct gateway_report
report_of(struct arena *arena, const struct cluster_view *view, struct text namespace);

static struct text last_revision(const struct workspace *workspace, struct text environment);

struct gateway_report_list
gateway_reports(struct arena *arena, const struct cluster_operator *op, const struct cluster_view *view,
                const struct workspace_record *record)
{
    struct gateway_report_list list = {0};
    const struct workspace *workspace = NULL;
    for (size_t i = 0; i < view->base.objects.count && !workspace; i++)
        if (view->base.objects.items[i].kind->id == KIND_WORKSPACE)
            workspace = view->base.objects.items[i].workspace;
    if (!workspace || !record)
        return list;
    size_t count = workspace->spec.environments.count;
    list.items = arena_alloc_array(arena, count, sizeof(*list.items));
    for (size_t i = 0; i < count; i++) {
        const struct workspace_environment *environment = &workspace->spec.environments.items[i];
        struct text namespace = workspace_environment_namespace(arena, workspace, environment);
        struct gateway_report *report = &list.items[list.count++];
        *report = report_of(arena, view, namespace);
        const struct environment_record *told = map_find(record->environments, namespace);
        report->revision = told && told->revision.length > 0 ? text_copy(arena, told->revision)
                                                             : last_revision(workspace, environment->name);
        if (!op->control)
            continue;
        struct control_count said =
            control_server_count(op->control, workspace->metadata.name, environment->name);
        report->acked = said.acked;
        report->nack_reason = text_copy(arena, said.nack_reason);
        if (said.connected > report->gateways)
            report->gateways = said.connected;
    }
    return list;
}

/* What was told before a restart, as the status still says it. */
static struct text
last_revision(const struct workspace *workspace, struct text environment)
{
    for (size_t i = 0; i < workspace->status.environments.count; i++)
        if (text_equals(workspace->status.environments.items[i].name, environment))
            return workspace->status.environments.items[i].gateway.config_revision;
    return (struct text){0};
}

static struct gateway_report
report_of(struct arena *arena, const struct cluster_view *view, struct text namespace)
{
    struct gateway_report report = {.namespace = namespace, .url = names_gateway_url(arena, namespace)};
    const struct observed_object *deployment =
        observed_find(&view->observed, TEXT("Deployment"), namespace, TEXT(GATEWAY_NAME));
    if (!deployment)
        return report;
    if (!document_int(document_get(deployment->document, "status.replicas"), &report.gateways) &&
        !document_int(document_get(deployment->document, "spec.replicas"), &report.gateways))
        report.gateways = 0;
    return report;
}
