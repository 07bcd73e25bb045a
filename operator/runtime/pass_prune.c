/* What goes: children that the plan no longer names, and what is removed with a workspace or an environment.
 * Each deletion names the uid that was seen, so that what took its place is not hit. */
#include "operator/runtime/pass_parts.h"

#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/document/json.h"
#include "operator/objects/names.h"

static void prune_kind(struct pass *pass, const struct watched *watched, const struct map *wanted);
static bool is_unwanted(const struct pass *pass, const struct kube_object *object);
static bool has_no_other_controller(const struct document *metadata);
static void send_deletion(struct pass *pass, const struct watched *watched, const struct kube_object *object);

void
pass_prune(struct pass *pass)
{
    const struct cluster_plan *plan = pass->plan;
    if (plan->is_removed || plan->is_broken || hold_is_set(&plan->plan->hold))
        return;
    struct map *wanted = map_new(pass->arena);
    for (size_t i = 0; i < plan->objects.count; i++) {
        const struct desired_object *object = &plan->objects.items[i];
        map_set(wanted,
                pass_title(pass->arena, object->api_version, object->kind, object->namespace, object->name),
                pass);
    }
    for (size_t row = 0; row < watched_kind_count(); row++) {
        const struct watched *watched = watches_at(pass->op->watches, row);
        enum watched_role role = watched->kind->role;
        bool is_made_by_us = (role == WATCHED_CHILD || role == WATCHED_MARK) && row != WATCHED_PODS;
        if (is_made_by_us && watched->kind->resource.is_namespaced && watched->watch)
            prune_kind(pass, watched, wanted);
    }
}

void
pass_remove_next(struct pass *pass)
{
    const struct removal *removal = &pass->plan->removal;
    while (pass->removed < removal->remove_count && pass->in_flight == 0) {
        const struct object_ref *ref = &removal->remove[pass->removed++];
        const struct watched *watched = watches_find(pass->op->watches, ref->api_version, ref->kind);
        const struct kube_object *object =
            watched ? kube_table_find(watched->table, ref->namespace, ref->name) : NULL;
        if (object && !object->is_deleting)
            send_deletion(pass, watched, object);
    }
}

static void
prune_kind(struct pass *pass, const struct watched *watched, const struct map *wanted)
{
    const struct kube_resource *resource = &watched->kind->resource;
    for (size_t i = 0; i < pass->built.namespaces.count; i++) {
        struct text namespace = pass->built.namespaces.items[i];
        const struct kube_object *object;
        for (size_t at = 0; (object = kube_table_next(watched->table, namespace, &at));) {
            struct text title =
                pass_title(pass->arena, resource->api_version, resource->kind, namespace, object->name);
            if (!object->is_deleting && !map_find(wanted, title) && is_unwanted(pass, object))
                send_deletion(pass, watched, object);
        }
    }
}

static bool
is_unwanted(const struct pass *pass, const struct kube_object *object)
{
    struct document *document = NULL;
    if (!json_parse(pass->arena, object->json, (struct text){0}, &document, NULL))
        return false;
    const struct document *metadata = document_find(document, TEXT("metadata"));
    const struct document *written = document_find(metadata, TEXT("labels"));
    size_t count = document_count(written);
    struct text_pair_list labels = {.items = arena_alloc_array(pass->arena, count, sizeof(*labels.items))};
    for (size_t i = 0; i < count; i++)
        labels.items[labels.count++] =
            (struct text_pair){document_key_at(written, i), document_text(document_value_at(written, i))};
    return has_no_other_controller(metadata) && cluster_plan_prunes(pass->plan, &labels);
}

bool
pass_is_ours(struct arena *arena, const struct kube_object *object)
{
    struct document *document = NULL;
    return json_parse(arena, object->json, (struct text){0}, &document, NULL) &&
           has_no_other_controller(document_find(document, TEXT("metadata")));
}

/* Not what another controller made from a template of ours, such as a CronJob's Job. */
static bool
has_no_other_controller(const struct document *metadata)
{
    const struct document *owners = document_find(metadata, TEXT("ownerReferences"));
    for (size_t i = 0; i < document_count(owners); i++) {
        const struct document *owner = document_at(owners, i);
        struct text api_version = document_text(document_find(owner, TEXT("apiVersion")));
        if (document_bool(document_find(owner, TEXT("controller"))) &&
            !text_equals(api_version, TEXT(WEIR_API_VERSION)))
            return false;
    }
    return true;
}

static void
send_deletion(struct pass *pass, const struct watched *watched, const struct kube_object *object)
{
    const struct kube_resource *resource = &watched->kind->resource;
    log_info("deleting", LOG_TEXT("kind", resource->kind), LOG_TEXT("namespace", object->namespace),
             LOG_TEXT("name", object->name));
    struct pass_write write = {
        .pass = pass,
        .verb = PASS_DELETE,
        .watched = watched,
        .namespace = text_copy(pass->arena, object->namespace),
        .name = text_copy(pass->arena, object->name),
        .uid = text_copy(pass->arena, object->uid),
    };
    write.title = pass_title(pass->arena, resource->api_version, resource->kind, write.namespace, write.name);
    pass_send(&write);
}
