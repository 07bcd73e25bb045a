/* From the cache's JSON to documents. */
#include "operator/runtime/observed_build.h"

#include "lib/base/arena.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"
#include "operator/objects/names.h"
#include "operator/runtime/cluster_parts.h"

struct observing {
    struct arena *arena;
    const struct cluster_operator *op;
    struct text workspace;
    struct observed_objects list;
    size_t capacity;
};

static void observe_namespace(struct observing *observing, struct text namespace);
static void observe_clustered(struct observing *observing);
static void
observe(struct observing *observing, const struct watched *watched, const struct kube_object *object);
static struct document *describe_secret(struct observing *observing, const struct kube_object *object);
static bool is_made_by_us(const struct watched *watched);

struct observed_objects
observed_build(struct arena *arena, const struct cluster_operator *op, struct text workspace,
               const struct text_list *namespaces)
{
    struct observing observing = {.arena = arena, .op = op, .workspace = workspace};
    for (size_t i = 0; i < namespaces->count; i++)
        observe_namespace(&observing, namespaces->items[i]);
    observe_clustered(&observing);
    observed_make_index(arena, &observing.list);
    return observing.list;
}

static void
observe_namespace(struct observing *observing, struct text namespace)
{
    const struct watches *watches = observing->op->watches;
    const struct watched *namespaces = watches_at(watches, WATCHED_NAMESPACES);
    const struct watched *policies = watches_at(watches, WATCHED_MODEL_POLICIES);
    const struct kube_object *object = kube_table_find(namespaces->table, (struct text){0}, namespace);
    if (object)
        observe(observing, namespaces, object);
    object = kube_table_find(policies->table, namespace, TEXT(EFFECTIVE_POLICY_NAME));
    if (object)
        observe(observing, policies, object);
    for (size_t row = 0; row < watched_kind_count(); row++) {
        const struct watched *watched = watches_at(watches, row);
        bool is_inside = is_made_by_us(watched) || watched->kind->role == WATCHED_SECRET;
        if (!is_inside || !watched->kind->resource.is_namespaced)
            continue;
        for (size_t at = 0; (object = kube_table_next(watched->table, namespace, &at));)
            observe(observing, watched, object);
    }
}

/* Queues belong to no namespace. */
static void
observe_clustered(struct observing *observing)
{
    struct text label =
        text_format(observing->arena, "\"" WORKSPACE_LABEL "\":\"%.*s\"", TEXT_ARG(observing->workspace));
    for (size_t row = 0; row < watched_kind_count(); row++) {
        const struct watched *watched = watches_at(observing->op->watches, row);
        const struct kube_object *object;
        if (watched->kind->resource.is_namespaced || !is_made_by_us(watched))
            continue;
        for (size_t at = 0; (object = kube_table_next(watched->table, (struct text){0}, &at));)
            if (text_find(object->json, label) >= 0)
                observe(observing, watched, object);
    }
}

static void
observe(struct observing *observing, const struct watched *watched, const struct kube_object *object)
{
    struct arena *arena = observing->arena;
    struct document *document = NULL;
    if (watched->kind->role == WATCHED_SECRET)
        document = describe_secret(observing, object);
    else if (!json_parse(arena, object->json, (struct text){0}, &document, NULL))
        document = NULL;
    struct observed_objects *list = &observing->list;
    list->items = arena_grow(arena, list->items, list->count, &observing->capacity, sizeof(*list->items));
    list->items[list->count++] = (struct observed_object){
        .api_version = watched->kind->resource.api_version,
        .kind = watched->kind->resource.kind,
        .namespace = text_copy(arena, object->namespace),
        .name = text_copy(arena, object->name),
        .uid = text_copy(arena, object->uid),
        .document = document,
        .is_deleting = object->is_deleting,
    };
}

/* Of Secrets nothing is kept but their names; the one that we make says by its name whose it is. */
static struct document *
describe_secret(struct observing *observing, const struct kube_object *object)
{
    if (!text_equals(object->name, TEXT(GATEWAY_IDENTITY_SECRET)))
        return NULL;
    struct arena *arena = observing->arena;
    struct document *document = document_new_map(arena), *metadata = document_new_map(arena);
    struct document *labels = document_new_map(arena);
    document_set_text(labels, MANAGED_BY_LABEL, TEXT(MANAGED_BY_WEIR));
    document_set_text(labels, WORKSPACE_LABEL, observing->workspace);
    document_set(metadata, TEXT("labels"), labels);
    document_set(document, TEXT("metadata"), metadata);
    return document;
}

static bool
is_made_by_us(const struct watched *watched)
{
    return watched->kind->role == WATCHED_CHILD || watched->kind->role == WATCHED_MARK;
}
