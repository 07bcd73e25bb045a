/* ModelServers found among an environment's Deployments. */
#include "operator/reconcile/model_servers.h"

#include "api/types/deployment.h"
#include "lib/base/arena.h"
#include "operator/objects/model_engine.h"
#include "operator/objects/names.h"

static bool is_a_target(const struct object *object, struct text namespace);
static struct model_server model_server_of(struct arena *arena, const struct cluster_view *view,
                                           const struct deployment *deployment, struct text namespace);
static struct text_list aliases_of(struct arena *arena, const struct deployment *deployment);
static void add_once(struct text_list *names, struct text name);
static int compare_names(const void *a, const void *b);

struct model_server_list
model_servers_ready(struct arena *arena, const struct cluster_view *view, struct text namespace)
{
    const struct object_list *objects = &view->base.objects;
    struct model_server_list list = {.items = arena_alloc_array(arena, objects->count, sizeof(*list.items))};
    for (size_t i = 0; i < objects->count; i++)
        if (is_a_target(&objects->items[i], namespace))
            list.items[list.count++] = model_server_of(arena, view, objects->items[i].deployment, namespace);
    if (list.count > 0)
        qsort(list.items, list.count, sizeof(*list.items), compare_names);
    return list;
}

bool
model_server_answers_to(const struct model_server *server, struct text model)
{
    if (text_equals(server->model, model) || text_equals(server->deployment->metadata.name, model))
        return true;
    for (size_t i = 0; i < server->aliases.count; i++)
        if (text_equals(server->aliases.items[i], model))
            return true;
    return false;
}

static bool
is_a_target(const struct object *object, struct text namespace)
{
    return object->kind->id == KIND_DEPLOYMENT && text_equals(object->metadata->namespace, namespace) &&
           object->deployment->spec.type == DEPLOYMENT_MODEL_SERVER &&
           object->deployment->spec.exposure.via_gateway && !object->deployment->spec.suspend;
}

static struct model_server
model_server_of(struct arena *arena, const struct cluster_view *view, const struct deployment *deployment,
                struct text namespace)
{
    struct text workload = names_workload(arena, deployment->metadata.name);
    const struct observed_object *pods =
        observed_find(&view->observed, TEXT("Deployment"), namespace, workload);
    int64_t ready = 0;
    if (pods && !document_int(document_get(pods->document, "status.readyReplicas"), &ready))
        ready = 0;
    return (struct model_server){
        .deployment = deployment,
        .model = model_server_model(deployment),
        .aliases = aliases_of(arena, deployment),
        .base_url = text_format(arena, "http://%.*s.%.*s.svc:%d/v1", TEXT_ARG(workload), TEXT_ARG(namespace),
                                WORKLOAD_SERVICE_PORT),
        .is_ready = ready > 0,
    };
}

/* The Deployment's own name is one too. */
static struct text_list
aliases_of(struct arena *arena, const struct deployment *deployment)
{
    const struct text_list *written = &deployment->spec.exposure.model_aliases;
    struct text_list aliases = {.items =
                                    arena_alloc_array(arena, written->count + 2, sizeof(*aliases.items))};
    aliases.items[aliases.count++] = model_server_model(deployment); /* so that no alias repeats it */
    add_once(&aliases, deployment->metadata.name);
    for (size_t i = 0; i < written->count; i++)
        add_once(&aliases, written->items[i]);
    return (struct text_list){.items = aliases.items + 1, .count = aliases.count - 1};
}

static void
add_once(struct text_list *names, struct text name)
{
    for (size_t i = 0; i < names->count; i++)
        if (text_equals(names->items[i], name))
            return;
    names->items[names->count++] = name;
}

static int
compare_names(const void *a, const void *b)
{
    const struct model_server *first = a, *second = b;
    return text_compare(first->deployment->metadata.name, second->deployment->metadata.name);
}
