/* Each list in an arena of its own, replaced as a whole: nothing here grows with time. */
#include "operator/runtime/workspace_record.h"

#include "lib/base/arena.h"
#include "lib/base/map.h"

static bool refused_equal(const struct refused_object_list *a, const struct refused_object_list *b);

struct workspace_record *
workspace_record_new(struct text name)
{
    struct arena *arena = arena_new(1024);
    struct workspace_record *record = arena_alloc(arena, sizeof(*record));
    *record = (struct workspace_record){
        .arena = arena, .name = text_copy(arena, name), .environments = map_new(arena)};
    return record;
}

void
workspace_record_free(struct workspace_record *record)
{
    struct text namespace;
    void *found;
    for (size_t at = 0; map_next(record->environments, &at, &namespace, &found);)
        arena_free(((struct environment_record *)found)->arena);
    arena_free(record->refused_arena);
    arena_free(record->reach_arena);
    arena_free(record->awaited_arena);
    arena_free(record->budgets_arena);
    arena_free(record->undeclared_arena);
    arena_free(record->arena);
}

struct environment_record *
workspace_record_environment(struct workspace_record *record, struct text namespace)
{
    struct environment_record *environment = map_find(record->environments, namespace);
    if (environment)
        return environment;
    environment = arena_alloc(record->arena, sizeof(*environment));
    environment->namespace = text_copy(record->arena, namespace);
    map_set(record->environments, namespace, environment);
    return environment;
}

void
environment_record_set(struct environment_record *environment, int64_t generation, struct text hash,
                       struct text revision)
{
    struct arena *arena = arena_new(256);
    environment->generation = generation;
    environment->hash = text_copy(arena, hash);
    environment->revision = text_copy(arena, revision);
    arena_free(environment->arena);
    environment->arena = arena;
}

static struct refused_object_list
refused_copy(struct arena *arena, const struct refused_object_list *refused)
{
    struct refused_object_list kept = {.items =
                                           arena_alloc_array(arena, refused->count, sizeof(*kept.items))};
    for (size_t i = 0; i < refused->count; i++) {
        const struct refused_object *one = &refused->items[i];
        kept.items[kept.count++] = (struct refused_object){.kind = text_copy(arena, one->kind),
                                                           .namespace = text_copy(arena, one->namespace),
                                                           .name = text_copy(arena, one->name),
                                                           .reason = text_copy(arena, one->reason),
                                                           .message = text_copy(arena, one->message)};
    }
    return kept;
}

bool
workspace_record_set_refused(struct workspace_record *record, const struct refused_object_list *refused)
{
    if (refused_equal(&record->refused, refused))
        return false;
    struct arena *arena = refused->count > 0 ? arena_new(0) : NULL; /* most have none */
    record->refused = arena ? refused_copy(arena, refused) : (struct refused_object_list){0};
    arena_free(record->refused_arena); /* only now: what stays refused is copied from there */
    record->refused_arena = arena;
    return true;
}

void
workspace_record_set_reaches(struct workspace_record *record, const struct policy_reach_list *reaches,
                             const struct seen_policy *seen, size_t seen_count)
{
    struct arena *arena = arena_new(0);
    struct policy_reach_list kept = {.items = arena_alloc_array(arena, reaches->count, sizeof(*kept.items))};
    for (size_t i = 0; i < reaches->count; i++)
        kept.items[kept.count++] = policy_reach_copy(arena, &reaches->items[i]);
    struct seen_policy *kept_seen = arena_alloc_array(arena, seen_count, sizeof(*kept_seen));
    for (size_t i = 0; i < seen_count; i++)
        kept_seen[i] = (struct seen_policy){.policy = text_copy(arena, seen[i].policy),
                                            .generation = seen[i].generation,
                                            .refused = text_copy(arena, seen[i].refused)};
    arena_free(record->reach_arena);
    record->reach_arena = arena;
    record->reaches = kept;
    record->seen = kept_seen;
    record->seen_count = seen_count;
}

void
workspace_record_set_budgets(struct workspace_record *record, const struct plan_shares *budgets)
{
    bool has_some = budgets->enforced.count + budgets->shadow.count > 0; /* most have none */
    struct arena *arena = has_some ? arena_new(0) : NULL;
    record->budgets = has_some ? plan_shares_copy(arena, budgets) : (struct plan_shares){0};
    arena_free(record->budgets_arena);
    record->budgets_arena = arena;
}

bool
workspace_record_set_undeclared(struct workspace_record *record, struct text undeclared)
{
    if (text_equals(record->undeclared, undeclared))
        return false;
    struct arena *arena = undeclared.length > 0 ? arena_new(undeclared.length) : NULL;
    record->undeclared = arena ? text_copy(arena, undeclared) : (struct text){0};
    arena_free(record->undeclared_arena);
    record->undeclared_arena = arena;
    return true;
}

void
workspace_record_await(struct workspace_record *record, size_t row, struct text version, int64_t now_ms)
{
    if (!record->awaited_arena)
        record->awaited_arena = arena_new(512);
    record->awaited = arena_grow(record->awaited_arena, record->awaited, record->awaited_count,
                                 &record->awaited_capacity, sizeof(*record->awaited));
    record->awaited[record->awaited_count++] =
        (struct awaited_write){.row = row, .version = text_copy(record->awaited_arena, version)};
    record->awaited_since_ms = now_ms;
}

void
workspace_record_await_nothing(struct workspace_record *record)
{
    arena_free(record->awaited_arena);
    record->awaited_arena = NULL;
    record->awaited = NULL;
    record->awaited_count = record->awaited_capacity = 0;
}

static bool
refused_equal(const struct refused_object_list *a, const struct refused_object_list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct refused_object *one = &a->items[i], *other = &b->items[i];
        if (!text_equals(one->kind, other->kind) || !text_equals(one->name, other->name) ||
            !text_equals(one->namespace, other->namespace) || !text_equals(one->reason, other->reason) ||
            !text_equals(one->message, other->message))
            return false;
    }
    return true;
}
