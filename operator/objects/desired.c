/* Lists of objects. */
#include "operator/objects/desired.h"

#include "lib/base/arena.h"
#include "lib/document/document.h"

void
desired_add(struct desired_objects *objects, const struct document *document)
{
    objects->items = arena_grow(objects->arena, objects->items, objects->count, &objects->capacity,
                                sizeof(*objects->items));
    objects->items[objects->count++] = (struct desired_object){
        .document = document,
        .api_version = document_text(document_get(document, "apiVersion")),
        .kind = document_text(document_get(document, "kind")),
        .namespace = document_text(document_get(document, "metadata.namespace")),
        .name = document_text(document_get(document, "metadata.name")),
    };
}

void
desired_add_once(struct desired_objects *objects, const struct document *document)
{
    desired_add(objects, document);
    objects->items[objects->count - 1].is_made_once = true;
}

struct text
observed_label(const struct observed_object *object, const char *key)
{
    return document_text(document_find(document_get(object->document, "metadata.labels"), text_of(key)));
}

struct text
observed_annotation(const struct observed_object *object, const char *key)
{
    return document_text(document_find(document_get(object->document, "metadata.annotations"), text_of(key)));
}
