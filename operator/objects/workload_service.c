/* How others find a Deployment's pods, and who its pods are. */
#include "lib/base/arena.h"
#include "operator/objects/model_engine.h"
#include "operator/objects/names.h"

static void put_port(struct document *service, struct text name, int64_t port, int64_t target);

struct document *
workload_service_account(const struct workload *workload)
{
    struct document *object =
        object_new(workload->arena, "v1", "ServiceAccount", workload->namespace,
                   names_service_account(workload->arena, workload->deployment->metadata.name));
    object_set_owner(object, &workload->owner);
    object_put_bool(object, "automountServiceAccountToken", false);
    return object;
}

struct document *
workload_service(const struct workload *workload)
{
    const struct deployment_spec *spec = &workload->deployment->spec;
    const struct container_port_list *ports = &spec->workload.service.ports;
    bool is_server = spec->type == DEPLOYMENT_MODEL_SERVER;
    if (!is_server && (spec->type != DEPLOYMENT_SERVICE || ports->count == 0))
        return NULL;
    struct document *service =
        object_new(workload->arena, "v1", "Service", workload->namespace,
                   names_workload(workload->arena, workload->deployment->metadata.name));
    object_set_owner(service, &workload->owner);
    document_set_text(object_at(service, "spec.selector"), DEPLOYMENT_LABEL,
                      workload->deployment->metadata.name);
    if (is_server)
        put_port(service, TEXT("http"), WORKLOAD_SERVICE_PORT,
                 engine_find(spec->workload.model_server.engine)->port);
    for (size_t i = 0; i < ports->count && !is_server; i++)
        put_port(service, ports->items[i].name, ports->items[i].port, ports->items[i].port);
    return service;
}

static void
put_port(struct document *service, struct text name, int64_t port, int64_t target)
{
    struct document *made = object_append_named(service, "spec.ports", name);
    object_put_int(made, "port", port);
    object_put_int(made, "targetPort", target);
    object_put_text(made, "protocol", TEXT("TCP"));
}

struct text
workload_host(const struct workload *workload)
{
    return text_format(workload->arena, "%.*s.%.*s.svc",
                       TEXT_ARG(names_workload(workload->arena, workload->deployment->metadata.name)),
                       TEXT_ARG(workload->namespace));
}
