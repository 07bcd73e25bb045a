/* Aggregated discovery, and the paths of resources. Lookups walk the list: it has some hundred items and is
 * asked when something starts, not per object. */
#include "operator/kube/kube_resource.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/document/document.h"
#include "lib/document/json.h"

enum { MOST_RESOURCES = 10000 };

struct discovery {
    struct arena *arena;
    struct kube_resource_list list;
    size_t capacity;
};

static void read_group(struct discovery *discovery, const struct document *group);
static void
read_resource(struct discovery *discovery, struct text api_version, const struct document *resource);

bool
kube_discovery_parse(struct arena *arena, struct text json, struct kube_resource_list *out_list,
                     struct error *err)
{
    struct document *document;
    if (!json_parse(arena, json, TEXT(""), &document, err))
        return error_context(err, "reading what the API server serves");
    struct text kind = document_text(document_get(document, "kind"));
    if (!text_equals(kind, TEXT("APIGroupDiscoveryList")))
        return error_set(err, ERROR_INVALID,
                         "the API server answered discovery with kind \"%.*s\" instead of "
                         "APIGroupDiscoveryList: Kubernetes 1.30 or newer is needed",
                         (int)(kind.length < 60 ? kind.length : 60), kind.bytes ? kind.bytes : "");
    struct discovery discovery = {.arena = arena};
    const struct document *groups = document_get(document, "items");
    for (size_t i = 0; i < document_count(groups); i++)
        read_group(&discovery, document_at(groups, i));
    *out_list = discovery.list;
    return true;
}

const struct kube_resource *
kube_resource_find(const struct kube_resource_list *list, struct text api_version, struct text kind)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equals(list->items[i].kind, kind) && text_equals(list->items[i].api_version, api_version))
            return &list->items[i];
    return NULL;
}

struct text
kube_resource_path(struct arena *arena, const struct kube_resource *resource, struct text namespace,
                   struct text name)
{
    struct buffer path;
    buffer_init(&path, arena, 128);
    bool is_core = text_find_byte(resource->api_version, '/') < 0;
    buffer_add_string(&path, is_core ? "/api/" : "/apis/");
    buffer_add_text(&path, resource->api_version);
    if (namespace.length > 0 && resource->is_namespaced) {
        buffer_add_string(&path, "/namespaces/");
        buffer_add_text(&path, kube_escape(arena, namespace));
    }
    buffer_add_byte(&path, '/');
    buffer_add_text(&path, resource->plural);
    if (name.length > 0) {
        buffer_add_byte(&path, '/');
        buffer_add_text(&path, kube_escape(arena, name));
    }
    return buffer_text(&path);
}

static bool
is_unreserved(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

struct text
kube_escape(struct arena *arena, struct text value)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t escaped_count = 0;
    for (size_t i = 0; i < value.length; i++)
        escaped_count += !is_unreserved(value.bytes[i]);
    if (escaped_count == 0)
        return value;
    struct buffer out;
    buffer_init(&out, arena, value.length + 2 * escaped_count);
    for (size_t i = 0; i < value.length; i++) {
        if (is_unreserved(value.bytes[i])) {
            buffer_add_byte(&out, value.bytes[i]);
            continue;
        }
        unsigned char byte = (unsigned char)value.bytes[i];
        buffer_add_byte(&out, '%');
        buffer_add_byte(&out, digits[byte >> 4]);
        buffer_add_byte(&out, digits[byte & 15]);
    }
    return buffer_text(&out);
}

/* ---- discovery ---- */

static void
read_group(struct discovery *discovery, const struct document *group)
{
    struct text name = document_text(document_get(group, "metadata.name")); /* empty: the core group */
    const struct document *versions = document_get(group, "versions");      /* the preferred first */
    for (size_t i = 0; i < document_count(versions); i++) {
        const struct document *version = document_at(versions, i);
        struct text number = document_text(document_get(version, "version"));
        if (number.length == 0)
            continue;
        struct text api_version = number;
        if (name.length > 0)
            api_version = text_format(discovery->arena, "%.*s/%.*s", TEXT_ARG(name), TEXT_ARG(number));
        const struct document *resources = document_get(version, "resources");
        for (size_t j = 0; j < document_count(resources); j++)
            read_resource(discovery, api_version, document_at(resources, j));
    }
}

/* A resource without a kind is one whose server does not answer ("freshness": Stale), or only a subresource.
 */
static void
read_resource(struct discovery *discovery, struct text api_version, const struct document *resource)
{
    struct text plural = document_text(document_get(resource, "resource"));
    struct text kind = document_text(document_get(resource, "responseKind.kind"));
    if (plural.length == 0 || kind.length == 0 || discovery->list.count == MOST_RESOURCES)
        return;
    bool has_status = false;
    const struct document *subresources = document_get(resource, "subresources");
    for (size_t i = 0; i < document_count(subresources); i++)
        has_status |= text_equals(document_text(document_get(document_at(subresources, i), "subresource")),
                                  TEXT("status"));
    discovery->list.items = arena_grow(discovery->arena, discovery->list.items, discovery->list.count,
                                       &discovery->capacity, sizeof(*discovery->list.items));
    discovery->list.items[discovery->list.count++] = (struct kube_resource){
        .api_version = api_version,
        .kind = kind,
        .plural = plural,
        .is_namespaced = text_equals(document_text(document_get(resource, "scope")), TEXT("Namespaced")),
        .has_status = has_status,
    };
}
