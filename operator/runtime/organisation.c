/* From the cache's JSON to typed objects. */
#include "operator/runtime/organisation.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/json.h"
#include "operator/kube/kube_cache.h"
#include "operator/reconcile/cluster_view.h"

struct organisation {
    const struct kube_table *policies;
    const struct cluster_facts *facts;
    struct organisation_policies *current; /* NULL: to be decoded */
};

static struct organisation_policies *decode_all(const struct organisation *organisation);
static bool decode_one(struct decoded_objects *decoded, const struct kube_object *object,
                       struct object *out_object, struct text *out_problem);
static struct text words_of(struct arena *arena, const struct problem *problem);
static void note_without_effect(struct decoded_objects *decoded, const struct object *object,
                                const struct problem_list *problems);
static void release(void *owner);

struct organisation *
organisation_new(struct arena *arena, const struct kube_table *policies, const struct cluster_facts *facts)
{
    struct organisation *organisation = arena_alloc(arena, sizeof(*organisation));
    *organisation = (struct organisation){.policies = policies, .facts = facts};
    arena_defer(arena, release, organisation);
    return organisation;
}

void
organisation_changed(struct organisation *organisation)
{
    if (organisation->current)
        organisation_unref(organisation->current);
    organisation->current = NULL;
}

struct organisation_policies *
organisation_ref(struct organisation *organisation)
{
    if (!organisation->current)
        organisation->current = decode_all(organisation);
    organisation->current->references++;
    return organisation->current;
}

void
organisation_unref(struct organisation_policies *policies)
{
    if (--policies->references == 0)
        arena_free(policies->arena);
}

void
decoded_add(struct decoded_objects *decoded, const struct kind *kind, const struct kube_object *cached)
{
    struct object object = {0};
    struct text problem = {0};
    if (decode_one(decoded, cached, &object, &problem)) {
        decoded_add_object(decoded, &object);
        return;
    }
    const struct broken_object broken = {.kind = kind,
                                         .namespace = text_copy(decoded->arena, cached->namespace),
                                         .name = text_copy(decoded->arena, cached->name),
                                         .problem = problem,
                                         .metadata = object.metadata};
    decoded_add_broken(decoded, &broken);
}

void
decoded_add_object(struct decoded_objects *decoded, const struct object *object)
{
    struct object_list *list = &decoded->objects;
    list->items =
        arena_grow(decoded->arena, list->items, list->count, &decoded->object_capacity, sizeof(*list->items));
    list->items[list->count++] = *object;
}

void
decoded_add_broken(struct decoded_objects *decoded, const struct broken_object *broken)
{
    struct broken_object_list *list = &decoded->broken;
    list->items =
        arena_grow(decoded->arena, list->items, list->count, &decoded->broken_capacity, sizeof(*list->items));
    list->items[list->count++] = *broken;
}

static struct organisation_policies *
decode_all(const struct organisation *organisation)
{
    struct text namespace = organisation->facts->operator_namespace;
    struct decoded_objects decoded = {.arena = arena_new(0),
                                      .has_ledger = !text_is_empty(organisation->facts->ledger_url)};
    const struct kube_object *object;
    for (size_t at = 0; (object = kube_table_next(organisation->policies, namespace, &at));)
        decoded_add(&decoded, kind_get(KIND_MODEL_POLICY), object);
    struct organisation_policies *policies = arena_alloc(decoded.arena, sizeof(*policies));
    *policies = (struct organisation_policies){
        .arena = decoded.arena, .objects = decoded.objects, .broken = decoded.broken, .references = 1};
    return policies;
}

struct text
decoded_find_notice(const struct decoded_notices *notices, enum kind_id kind, struct text namespace,
                    struct text name)
{
    for (size_t i = 0; i < notices->count; i++) {
        const struct decoded_notice *notice = &notices->items[i];
        if (notice->kind == kind && text_equals(notice->name, name) &&
            text_equals(notice->namespace, namespace))
            return notice->words;
    }
    return (struct text){0};
}

/* What takes effect only in a cluster does so here, and with a ledger perhaps; the rest is said, not left out
 * in silence. */
static void
note_without_effect(struct decoded_objects *decoded, const struct object *object,
                    const struct problem_list *problems)
{
    struct text words = {0};
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->items[i];
        if (problem->level != PROBLEM_NOTICE ||
            text_starts_with(problem->message, TEXT("takes effect only in a cluster")) ||
            (decoded->has_ledger &&
             text_starts_with(problem->message, TEXT("takes effect only with a ledger"))))
            continue;
        struct text one = words_of(decoded->arena, problem);
        words = words.length == 0 ? one
                                  : text_format(decoded->arena, "%.*s; %.*s", TEXT_ARG(words), TEXT_ARG(one));
    }
    if (words.length == 0)
        return;
    struct decoded_notices *list = &decoded->notices;
    list->items = arena_grow(decoded->arena, list->items, list->count, &list->capacity, sizeof(*list->items));
    list->items[list->count++] = (struct decoded_notice){.kind = object->kind->id,
                                                         .namespace = object->metadata->namespace,
                                                         .name = object->metadata->name,
                                                         .words = words};
}

static bool
decode_one(struct decoded_objects *decoded, const struct kube_object *object, struct object *out_object,
           struct text *out_problem)
{
    struct document *document = NULL;
    struct error err = {0};
    if (!json_parse(decoded->arena, object->json, (struct text){0}, &document, &err)) {
        *out_problem = text_copy(decoded->arena, text_of(err.message));
        return false;
    }
    struct problem_list problems;
    problems_init(&problems, decoded->arena);
    if (object_decode(decoded->arena, document, out_object, &problems)) {
        note_without_effect(decoded, out_object, &problems);
        return true;
    }
    for (size_t i = 0; i < problems.count && out_problem->length == 0; i++)
        if (problems.items[i].level == PROBLEM_ERROR)
            *out_problem = words_of(decoded->arena, &problems.items[i]);
    return false;
}

/* An object of a cluster has no lines: what is wrong stands at its path. */
static struct text
words_of(struct arena *arena, const struct problem *problem)
{
    bool has_hint = problem->hint.length > 0;
    return text_format(arena, "%.*s%s%.*s%s%.*s%s", TEXT_ARG(problem->path),
                       problem->path.length > 0 ? ": " : "", TEXT_ARG(problem->message), has_hint ? " (" : "",
                       TEXT_ARG(problem->hint), has_hint ? ")" : "");
}

static void
release(void *owner)
{
    organisation_changed(owner);
}
