/* Finding what was seen: by name, and pods by their Deployment. The index is for large workspaces, where each
 * Deployment asks; without one every object is looked at, and the answers are the same. */
#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "operator/objects/desired.h"
#include "operator/objects/names.h"

/* Of each chain the map knows the first; the others follow in the order of items. */
struct chains {
    struct map *first;
    const struct observed_object **next; /* by the object's place in items */
};

struct observed_index {
    struct chains names, pods;
};

static void
chain_up(struct chains *chains, const struct observed_objects *objects, size_t at, struct text key);
static bool is_pod_of(const struct observed_object *object, struct text namespace, struct text deployment);

void
observed_make_index(struct arena *arena, struct observed_objects *objects)
{
    struct observed_index *index = arena_alloc(arena, sizeof(*index));
    struct chains *const kinds[] = {&index->names, &index->pods};
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        *kinds[i] = (struct chains){.first = map_new(arena),
                                    .next = arena_alloc_array(arena, objects->count, sizeof(void *))};
    for (size_t i = objects->count; i > 0; i--) { /* from the end: each becomes the first of its chain */
        const struct observed_object *object = &objects->items[i - 1];
        chain_up(&index->names, objects, i - 1, object->name);
        if (text_equals(object->kind, TEXT("Pod")))
            chain_up(&index->pods, objects, i - 1, observed_label(object, DEPLOYMENT_LABEL));
    }
    objects->index = index;
}

const struct observed_object *
observed_find(const struct observed_objects *objects, struct text kind, struct text namespace,
              struct text name)
{
    if (objects->count == 0)
        return NULL;
    const struct observed_index *index = objects->index;
    const struct observed_object *end = objects->items + objects->count;
    const struct observed_object *object = index ? map_find(index->names.first, name) : objects->items;
    while (object && object != end) {
        if (text_equals(object->name, name) && text_equals(object->namespace, namespace) &&
            text_equals(object->kind, kind))
            return object;
        object = index ? index->names.next[object - objects->items] : object + 1;
    }
    return NULL;
}

const struct observed_object *
observed_next_pod(const struct observed_objects *objects, struct text namespace, struct text deployment,
                  const struct observed_object *last)
{
    if (objects->count == 0)
        return NULL;
    const struct observed_index *index = objects->index;
    const struct observed_object *end = objects->items + objects->count, *object;
    if (index)
        object = last ? index->pods.next[last - objects->items] : map_find(index->pods.first, deployment);
    else
        object = last ? last + 1 : objects->items;
    while (object && object != end && !is_pod_of(object, namespace, deployment))
        object = index ? index->pods.next[object - objects->items] : object + 1;
    return object == end ? NULL : object;
}

static void
chain_up(struct chains *chains, const struct observed_objects *objects, size_t at, struct text key)
{
    chains->next[at] = map_set(chains->first, key, &objects->items[at]);
}

static bool
is_pod_of(const struct observed_object *object, struct text namespace, struct text deployment)
{
    return text_equals(object->kind, TEXT("Pod")) && text_equals(object->namespace, namespace) &&
           text_equals(observed_label(object, DEPLOYMENT_LABEL), deployment);
}
