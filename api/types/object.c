/* From a manifest's document to a typed object. What is inside a kind is its schema's business. */
#include "api/types/object.h"

#include <assert.h>

#include "api/types/broken_rule.h"
#include "api/types/deployment.h"
#include "api/types/model_policy.h"
#include "api/types/secret.h"
#include "api/types/workspace.h"
#include "lib/base/arena.h"

/* The first member that every kind's struct has: see OBJECT_TYPE_FIELDS. */
struct any_object {
    const struct document *source;
    OBJECT_TYPE_FIELDS(AS_MEMBER, any_object)
};
#define METADATA_STANDS_AT(NAME) (offsetof(struct NAME, metadata) == offsetof(struct any_object, metadata))
static_assert(METADATA_STANDS_AT(workspace), "read as any_object");
static_assert(METADATA_STANDS_AT(model_policy), "read as any_object");
static_assert(METADATA_STANDS_AT(deployment), "read as any_object");
static_assert(METADATA_STANDS_AT(secret), "read as any_object");

static void
add_at_key(struct problem_list *problems, const struct document *document, const char *key,
           struct text message, struct text hint)
{
    const struct document *value = document_find(document, text_of(key));
    struct problem problem = {
        .level = PROBLEM_ERROR,
        .place = document_place(value ? value : document),
        .path = text_of(key),
        .message = message,
        .hint = hint,
        .width = document_text(value).length,
    };
    problems_add_problem(problems, &problem);
}

static struct text
nearest_kind(struct arena *arena, struct text written)
{
    for (enum kind_id id = 0; id < KIND_COUNT; id++) {
        struct text name = text_of(kind_get(id)->name);
        if (text_equals_ignore_case(name, written) || text_edit_distance(name, written) <= 2)
            return text_format(arena, "did you mean %.*s?", TEXT_ARG(name));
    }
    return (struct text){0};
}

static bool
is_known_kind(struct text name)
{
    for (enum kind_id id = 0; id < KIND_COUNT; id++)
        if (text_equals(text_of(kind_get(id)->name), name))
            return true;
    return false;
}

/* What a kind's manifests must say: the first row of that name. */
static struct text
right_version(struct arena *arena, struct text name)
{
    for (enum kind_id id = 0; id < KIND_COUNT; id++)
        if (text_equals(text_of(kind_get(id)->name), name))
            return text_format(arena, "%.*s is of apiVersion %s", TEXT_ARG(name), kind_get(id)->api_version);
    return TEXT("Weir reads " WEIR_API_VERSION ", and Secrets and Namespaces of v1");
}

static const struct kind *
find_kind(const struct document *document, struct problem_list *problems)
{
    struct text api_version = document_text(document_find(document, TEXT("apiVersion")));
    struct text name = document_text(document_find(document, TEXT("kind")));
    if (text_is_empty(api_version))
        add_at_key(problems, document, "apiVersion", TEXT("required field is missing"),
                   right_version(problems->arena, name));
    if (text_is_empty(name))
        add_at_key(problems, document, "kind", TEXT("required field is missing"),
                   TEXT("Workspace, ModelPolicy, Deployment or Secret"));
    if (text_is_empty(api_version) || text_is_empty(name))
        return NULL;

    const struct kind *kind = kind_find(api_version, name);
    bool is_ours = text_equals(api_version, TEXT(WEIR_API_VERSION));
    if (!kind && is_known_kind(name))
        add_at_key(problems, document, "apiVersion",
                   text_format(problems->arena, "\"%.*s\" is not a version of this kind that Weir reads",
                               TEXT_ARG(api_version)),
                   right_version(problems->arena, name));
    else if (!kind)
        add_at_key(problems, document, "kind",
                   text_format(problems->arena, "\"%.*s\" is not one of Workspace, ModelPolicy, Deployment%s",
                               TEXT_ARG(name), is_ours ? "" : ", Secret"),
                   nearest_kind(problems->arena, name));
    return kind;
}

/* The name bounds the names of everything made from the object, so it is narrower than Kubernetes' own rule.
 */
static void
check_name(const struct kind *kind, const struct object_meta *metadata, struct problem_list *problems)
{
    struct text name = metadata->name;
    bool is_label = name.length <= kind->max_name_length && text_format_dns_label.accepts(name);
    if (!kind->is_foreign && !is_label)
        broken_rule_add(problems, metadata->source, TEXT("metadata"), "name",
                        "a %s's name is %s of at most %zu letters", kind->name, text_format_dns_label.name,
                        kind->max_name_length);
}

static void
check_scope(const struct kind *kind, const struct object_meta *metadata, struct problem_list *problems)
{
    bool has_namespace = !text_is_empty(metadata->namespace);
    if (has_namespace && !kind->is_namespaced)
        broken_rule_add(problems, metadata->source, TEXT("metadata"), "namespace",
                        "a %s belongs to no namespace: leave it out", kind->name);
    if (!has_namespace && kind->is_namespaced)
        broken_rule_add(problems, metadata->source, TEXT("metadata"), "namespace",
                        "a %s lives in a namespace: " WEIR_SYSTEM_NAMESPACE
                        " for the organisation, <workspace>-<environment> for an environment",
                        kind->name);
}

bool
object_decode(struct arena *arena, const struct document *document, struct object *out_object,
              struct problem_list *problems)
{
    *out_object = (struct object){.document = document};
    size_t errors_before = problems->error_count;
    if (document_kind(document) != DOCUMENT_MAP) {
        problems_add(problems, document, (struct text){0},
                     "must be a map with apiVersion, kind, metadata and spec");
        return false;
    }
    const struct kind *kind = find_kind(document, problems);
    if (!kind)
        return false;

    struct any_object *value = arena_alloc(arena, kind->schema->size);
    bool is_readable = schema_decode(arena, kind->schema, document, (struct text){0}, value, problems);
    out_object->kind = kind;
    out_object->value = value;
    if (!value->metadata.source)
        return false;

    out_object->metadata = &value->metadata;
    if (!text_is_empty(value->metadata.name))
        check_name(kind, &value->metadata, problems);
    check_scope(kind, &value->metadata, problems);
    return is_readable && problems->error_count == errors_before;
}

struct text
object_title(struct arena *arena, const struct object *object)
{
    const char *kind = object->kind ? object->kind->name : "document";
    if (!object->metadata)
        return text_format(arena, "%s", kind);
    bool has_namespace = !text_is_empty(object->metadata->namespace);
    return text_format(arena, "%s %.*s%s%.*s", kind, TEXT_ARG(object->metadata->namespace),
                       has_namespace ? "/" : "", TEXT_ARG(object->metadata->name));
}
