/* The CustomResourceDefinition of a kind, from its schema and its row in the table. */
#include "api/types/kind_crd.h"

#include <assert.h>

#include "api/types/kinds.h"
#include "lib/document/document_build.h"

static struct document *
names_of(struct arena *arena, const struct kind *kind)
{
    struct document *categories = document_new_list(arena);
    document_append(categories, document_new_text(arena, TEXT("weir")));
    struct document *short_names = document_new_list(arena);
    document_append(short_names, document_new_text(arena, text_of(kind->short_name)));

    struct document *names = document_new_map(arena);
    document_set_text(names, "kind", text_of(kind->name));
    document_set_text(names, "listKind", text_format(arena, "%sList", kind->name));
    document_set_text(names, "plural", text_of(kind->plural));
    document_set_text(names, "singular", text_of(kind->singular));
    document_set(names, TEXT("shortNames"), short_names);
    document_set(names, TEXT("categories"), categories);
    return names;
}

static struct document *
columns_of(struct arena *arena, const struct kind *kind)
{
    struct document *columns = document_new_list(arena);
    for (size_t i = 0; i < kind->column_count; i++) {
        const struct printer_column *column = &kind->columns[i];
        struct document *entry = document_new_map(arena);
        document_set_text(entry, "name", text_of(column->name));
        document_set_text(entry, "type", text_of(column->type));
        document_set_text(entry, "jsonPath", text_of(column->json_path));
        document_set_text(entry, "description", text_of(column->doc));
        if (column->priority > 0)
            document_set_int(entry, "priority", column->priority);
        document_append(columns, entry);
    }
    return columns;
}

static struct document *
subresources_of(struct arena *arena, const struct kind *kind)
{
    struct document *subresources = document_new_map(arena);
    document_set(subresources, TEXT("status"), document_new_map(arena));
    if (!kind->scale)
        return subresources;
    struct document *scale = document_new_map(arena);
    document_set_text(scale, "specReplicasPath", text_of(kind->scale->spec_replicas_path));
    document_set_text(scale, "statusReplicasPath", text_of(kind->scale->status_replicas_path));
    document_set_text(scale, "labelSelectorPath", text_of(kind->scale->selector_path));
    document_set(subresources, TEXT("scale"), scale);
    return subresources;
}

/* Until the operator has looked at an object, programs that wait must not take it for done (kstatus reads an
 * object without conditions as current), nor for failed (Argo reads Ready False so). */
static struct document *
first_status(struct arena *arena)
{
    struct document *ready = document_new_map(arena);
    document_set_text(ready, "type", TEXT("Ready"));
    document_set_text(ready, "status", TEXT("Unknown"));
    document_set_text(ready, "reason", TEXT("Pending"));
    document_set_text(ready, "message", TEXT("Waiting for controller"));
    document_set_text(ready, "lastTransitionTime", TEXT("1970-01-01T00:00:00Z"));
    struct document *conditions = document_new_list(arena);
    document_append(conditions, ready);
    struct document *status = document_new_map(arena);
    document_set_int(status, "observedGeneration", -1);
    document_set(status, TEXT("conditions"), conditions);
    return status;
}

static bool
is_atomic_list(const struct document *node)
{
    return text_equals(document_text(document_find(node, TEXT("x-kubernetes-list-type"))), TEXT("atomic"));
}

/* The tree without two sorts of defaults that a cluster would write into what people keep in Git: `default:
 * {}`, an object that nobody wrote; and whatever stands inside an atomic list, because there each server-side
 * apply of the same file takes the defaulted member away, gets it back, and so writes the object once more.
 * Our decoder knows the defaults. */
static const struct document *
without_intruding_defaults(struct arena *arena, const struct document *node, bool is_in_atomic_list)
{
    if (document_kind(node) != DOCUMENT_MAP)
        return node; /* lists of an OpenAPI schema hold words and rules, no schemas */
    struct document *copy = document_new_map(arena);
    for (size_t i = 0; i < document_count(node); i++) {
        struct text key = document_key_at(node, i);
        const struct document *value = document_value_at(node, i);
        bool is_default = text_equals(key, TEXT("default"));
        bool is_empty = document_kind(value) == DOCUMENT_MAP && document_count(value) == 0;
        if (!is_default || !(is_empty || is_in_atomic_list))
            document_set(copy, key,
                         without_intruding_defaults(arena, value, is_in_atomic_list || is_atomic_list(node)));
    }
    return copy;
}

/* Of metadata Kubernetes lets a definition bound the name only. */
static struct document *
metadata_schema(struct arena *arena, const struct kind *kind)
{
    struct document *name = document_new_map(arena);
    document_set_text(name, "type", TEXT("string"));
    document_set_int(name, "maxLength", (int64_t)kind->max_name_length);
    document_set_text(name, "pattern", text_of(text_format_dns_label.pattern));
    struct document *properties = document_new_map(arena);
    document_set(properties, TEXT("name"), name);
    struct document *metadata = document_new_map(arena);
    document_set_text(metadata, "type", TEXT("object"));
    document_set(metadata, TEXT("properties"), properties);
    return metadata;
}

/* A map with the same members that may be changed. */
static struct document *
copy_of(struct arena *arena, const struct document *map)
{
    struct document *copy = document_new_map(arena);
    for (size_t i = 0; i < document_count(map); i++)
        document_set(copy, document_key_at(map, i), document_value_at(map, i));
    return copy;
}

static struct document *
schema_of(struct arena *arena, const struct kind *kind)
{
    struct document *root =
        copy_of(arena, without_intruding_defaults(arena, schema_openapi(arena, kind->schema), false));
    struct document *properties = copy_of(arena, document_find(root, TEXT("properties")));
    struct document *status = copy_of(arena, document_find(properties, TEXT("status")));
    document_set(status, TEXT("default"), first_status(arena));
    document_set(properties, TEXT("status"), status);
    document_set(properties, TEXT("metadata"), metadata_schema(arena, kind));
    document_set(root, TEXT("properties"), properties);

    struct document *schema = document_new_map(arena);
    document_set(schema, TEXT("openAPIV3Schema"), root);
    return schema;
}

static struct document *
version_of(struct arena *arena, const struct kind *kind)
{
    struct document *version = document_new_map(arena);
    document_set_text(version, "name", TEXT(WEIR_VERSION_NAME));
    document_set_bool(version, "served", true);
    document_set_bool(version, "storage", true);
    document_set(version, TEXT("additionalPrinterColumns"), columns_of(arena, kind));
    document_set(version, TEXT("subresources"), subresources_of(arena, kind));
    document_set(version, TEXT("schema"), schema_of(arena, kind));
    return version;
}

struct document *
kind_crd(struct arena *arena, const struct kind *kind)
{
    assert(!kind->is_foreign);
    struct document *metadata = document_new_map(arena);
    document_set_text(metadata, "name", text_format(arena, "%s." WEIR_GROUP, kind->plural));
    struct document *versions = document_new_list(arena);
    document_append(versions, version_of(arena, kind));

    struct document *spec = document_new_map(arena);
    document_set_text(spec, "group", TEXT(WEIR_GROUP));
    document_set(spec, TEXT("names"), names_of(arena, kind));
    document_set_text(spec, "scope", kind->is_namespaced ? TEXT("Namespaced") : TEXT("Cluster"));
    document_set(spec, TEXT("versions"), versions);

    struct document *crd = document_new_map(arena);
    document_set_text(crd, "apiVersion", TEXT("apiextensions.k8s.io/v1"));
    document_set_text(crd, "kind", TEXT("CustomResourceDefinition"));
    document_set(crd, TEXT("metadata"), metadata);
    document_set(crd, TEXT("spec"), spec);
    return crd;
}
