/* A policy names a Secret of the environment's own namespace: one of weir-system that of each namespace it
 * reaches. */
#include "operator/runtime/referred_secrets.h"

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "operator/reconcile/plan.h"
#include "operator/runtime/secret_values.h"

struct reference {
    const struct secret_ref *ref;
    struct text namespace; /* where the policy lives */
};

struct references {
    struct arena *arena;
    struct text namespace; /* of the policy that is looked at */
    struct reference *items;
    size_t count, capacity;
    struct map *seen; /* "namespace/name/key" */
};

static void gather(struct references *references, const struct policy_defaults *defaults);
static void gather_targets(struct references *references, const struct route_target_list *targets);
static void add_reference(struct references *references, const struct secret_ref *ref);

bool
referred_secrets_resolve(struct arena *arena, struct secret_values *values, struct cluster_view *view,
                         const struct text_list *namespaces)
{
    struct references references = {.arena = arena, .seen = map_new(arena)};
    for (size_t i = 0; i < view->base.objects.count; i++) {
        const struct object *object = &view->base.objects.items[i];
        references.namespace = object->metadata->namespace;
        if (object->kind->id == KIND_MODEL_POLICY)
            gather(&references, &object->model_policy->spec.defaults);
    }
    struct credential_list *list = &view->base.credentials;
    list->items = arena_alloc_array(arena, namespaces->count * references.count + 1, sizeof(*list->items));
    bool is_whole = true;
    for (size_t i = 0; i < namespaces->count; i++) {
        struct text namespace = namespaces->items[i], value;
        for (size_t j = 0; j < references.count; j++) {
            const struct reference *reference = &references.items[j];
            if (!text_equals(reference->namespace, namespace) &&
                !text_equals(reference->namespace, view->facts->operator_namespace))
                continue;
            is_whole &= secret_values_want(values, namespace, reference->ref->name);
            list->items[list->count++] =
                secret_values_credential(arena, values, namespace, reference->ref, &value);
        }
    }
    return is_whole;
}

struct control_secret_list
referred_secrets_values(struct arena *arena, const struct secret_values *values,
                        const struct cluster_view *view, const struct planned_environment *planned)
{
    const struct credential_list *credentials = &view->base.credentials;
    struct control_secret_list list = {
        .items = arena_alloc_array(arena, credentials->count + 1, sizeof(*list.items))};
    for (size_t i = 0; i < credentials->count; i++) {
        const struct credential *credential = &credentials->items[i];
        if (!text_equals(credential->namespace, planned->namespace) || credential->file.length == 0)
            continue;
        struct text value =
            secret_values_find(values, credential->namespace, credential->secret, credential->key);
        if (value.length > 0 && value.length <= CONTROL_MAX_SECRET_BYTES)
            list.items[list.count++] = (struct control_secret){.file = credential->file, .value = value};
    }
    return list;
}

static void
gather(struct references *references, const struct policy_defaults *defaults)
{
    for (size_t i = 0; i < defaults->providers.count; i++)
        add_reference(references, &defaults->providers.items[i].credentials_ref);
    for (size_t i = 0; i < defaults->routes.count; i++) {
        gather_targets(references, &defaults->routes.items[i].targets);
        gather_targets(references, &defaults->routes.items[i].fallback.targets);
    }
}

static void
gather_targets(struct references *references, const struct route_target_list *targets)
{
    for (size_t i = 0; i < targets->count; i++)
        add_reference(references, &targets->items[i].credentials_ref);
}

static void
add_reference(struct references *references, const struct secret_ref *ref)
{
    struct text key = text_format(references->arena, "%.*s/%.*s/%.*s", TEXT_ARG(references->namespace),
                                  TEXT_ARG(ref->name), TEXT_ARG(ref->key));
    if (ref->name.length == 0 || map_find(references->seen, key))
        return;
    map_set(references->seen, key, references);
    references->items = arena_grow(references->arena, references->items, references->count,
                                   &references->capacity, sizeof(*references->items));
    references->items[references->count++] = (struct reference){ref, references->namespace};
}
