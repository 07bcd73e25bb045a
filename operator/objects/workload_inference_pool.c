/* A ModelServer's pods as Gateway API Inference Extension's InferencePool, version 1. It leaves out
 * appProtocol, which versions before 1.4 do not know: the default is what our engines speak. */
#include "operator/objects/model_engine.h"
#include "operator/objects/names.h"

static void put_picker(struct document *pool, const struct endpoint_picker *picker);

struct document *
workload_inference_pool(const struct workload *workload)
{
    const struct deployment *deployment = workload->deployment;
    const struct model_server_workload *server = &deployment->spec.workload.model_server;
    if (deployment->spec.type != DEPLOYMENT_MODEL_SERVER || !server->inference_pool.source)
        return NULL;
    struct document *pool =
        object_new(workload->arena, "inference.networking.k8s.io/v1", "InferencePool", workload->namespace,
                   names_workload(workload->arena, deployment->metadata.name));
    object_set_owner(pool, &workload->owner);
    document_set_text(object_at(pool, "spec.selector.matchLabels"), DEPLOYMENT_LABEL,
                      deployment->metadata.name);
    object_put_int(object_append(pool, "spec.targetPorts"), "number", engine_find(server->engine)->port);
    if (server->inference_pool.endpoint_picker.source)
        put_picker(pool, &server->inference_pool.endpoint_picker);
    return pool;
}

static void
put_picker(struct document *pool, const struct endpoint_picker *picker)
{
    struct document *reference = object_at(pool, "spec.endpointPickerRef");
    object_put_text(reference, "group", TEXT(""));
    object_put_text(reference, "kind", TEXT("Service"));
    object_put_text(reference, "name", picker->service);
    object_put_int(reference, "port.number", picker->port);
    object_put_text(reference, "failureMode",
                    schema_enum_name(picker_failure_mode_names, (int)picker->failure_mode));
}
