/* Walks paths and makes what is missing on the way. Knows no kind. */
#include "operator/objects/object_build.h"

#include "operator/objects/names.h"

static struct text last_step(struct document **map, const char *path);

struct document *
object_new(struct arena *arena, const char *api_version, const char *kind, struct text namespace,
           struct text name)
{
    struct document *object = document_new_map(arena);
    document_set_text(object, "apiVersion", text_of(api_version));
    document_set_text(object, "kind", text_of(kind));
    if (!text_is_empty(namespace))
        object_put_text(object, "metadata.namespace", namespace);
    object_put_text(object, "metadata.name", name);
    return object;
}

void
object_set_owner(struct document *object, const struct object_owner *owner)
{
    object_put_owner_labels(object_at(object, "metadata.labels"), owner);
}

void
object_put_owner_labels(struct document *labels, const struct object_owner *owner)
{
    document_set_text(labels, MANAGED_BY_LABEL, TEXT(MANAGED_BY_WEIR));
    if (!text_is_empty(owner->workspace))
        document_set_text(labels, WORKSPACE_LABEL, owner->workspace);
    if (!text_is_empty(owner->environment))
        document_set_text(labels, ENVIRONMENT_LABEL, owner->environment);
    if (!text_is_empty(owner->deployment))
        document_set_text(labels, DEPLOYMENT_LABEL, owner->deployment);
}

struct document *
object_at(struct document *map, const char *path)
{
    struct text last = last_step(&map, path);
    return document_map_in(map, last);
}

void
object_put(struct document *map, const char *path, const struct document *value)
{
    struct text last = last_step(&map, path);
    document_set(map, last, value);
}

void
object_put_text(struct document *map, const char *path, struct text value)
{
    object_put(map, path, document_new_text(document_arena(map), value));
}

void
object_put_int(struct document *map, const char *path, int64_t value)
{
    object_put(map, path, document_new_int(document_arena(map), value));
}

void
object_put_bool(struct document *map, const char *path, bool value)
{
    object_put(map, path, document_new_bool(document_arena(map), value));
}

void
object_put_texts(struct document *map, const char *path, const struct text_list *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        object_put_one_text(map, path, texts->items[i]);
}

void
object_put_one_text(struct document *map, const char *path, struct text value)
{
    struct text last = last_step(&map, path);
    document_append(document_list_in(map, last), document_new_text(document_arena(map), value));
}

void
object_put_pairs(struct document *map, const char *path, const struct text_pair_list *pairs)
{
    struct document *target = object_at(map, path);
    for (size_t i = 0; i < pairs->count; i++)
        document_set(target, pairs->items[i].key,
                     document_new_text(document_arena(map), pairs->items[i].value));
}

struct document *
object_append(struct document *map, const char *path)
{
    struct text last = last_step(&map, path);
    struct document *item = document_new_map(document_arena(map));
    document_append(document_list_in(map, last), item);
    return item;
}

struct document *
object_append_named(struct document *map, const char *path, struct text name)
{
    struct document *item = object_append(map, path);
    document_set_text(item, "name", name);
    return item;
}

/* *map becomes the map that holds the path's last step, which is returned. */
static struct text
last_step(struct document **map, const char *path)
{
    struct text rest = text_of(path), step = text_cut(&rest, '.');
    while (rest.bytes) {
        *map = document_map_in(*map, step);
        step = text_cut(&rest, '.');
    }
    return step;
}
