/* Compared as the schema reads both: what the API server fills in with defaults is no difference. Most of the
 * time it is the same to the letter, which is seen sooner. */
#include "operator/runtime/status_write.h"

#include "lib/base/arena.h"
#include "lib/schema/schema.h"

static struct condition_list read_conditions(struct arena *arena, const struct document *status);
static struct document *
read_again(struct arena *arena, const struct schema *schema, const struct document *document);
static void find_changes(struct arena *arena, const struct condition_list *before,
                         const struct condition_list *after, struct condition_change_list *out_changes);

const struct document *
status_write_decide(struct arena *arena, const struct status_wanted *wanted, const struct document *there,
                    struct condition_change_list *out_changes)
{
    struct condition_list before = read_conditions(arena, there);
    for (size_t i = 0; i < wanted->conditions->count; i++) {
        struct condition *condition = &wanted->conditions->items[i];
        const struct condition *old = condition_find(&before, condition->type);
        /* What stands there by default, before anybody said anything, dates from 1970. */
        bool is_kept = old && old->status == condition->status && old->last_transition_time > 0;
        condition->last_transition_time =
            is_kept ? old->last_transition_time : wanted->now_unix_ms - wanted->now_unix_ms % 1000;
    }
    struct document *status = schema_encode(arena, wanted->schema, wanted->status, SCHEMA_ENCODE_PLAIN);
    find_changes(arena, &before, wanted->conditions, out_changes);
    bool is_said =
        document_equals(status, there) || document_equals(status, read_again(arena, wanted->schema, there));
    return is_said ? NULL : status;
}

bool
status_write_equal(struct arena *arena, const struct schema *schema, const struct document *a,
                   const struct document *b)
{
    if (document_equals(a, b))
        return true;
    const struct document *read = read_again(arena, schema, a);
    return document_equals(read, b) || document_equals(read, read_again(arena, schema, b));
}

void
status_write_add_notice(struct arena *arena, struct condition_list *conditions, int64_t generation,
                        struct text words)
{
    struct condition_list more = {.items =
                                      arena_alloc_array(arena, conditions->count + 1, sizeof(*more.items))};
    bool is_there = false;
    for (size_t i = 0; i < conditions->count; i++) {
        struct condition *condition = &more.items[more.count++];
        *condition = conditions->items[i];
        if (!text_equals(condition->type, TEXT("Honoured")))
            continue;
        condition->message = text_format(arena, "%.*s; %.*s", TEXT_ARG(condition->message), TEXT_ARG(words));
        is_there = true;
    }
    if (!is_there)
        more.items[more.count++] = (struct condition){.type = TEXT("Honoured"),
                                                      .status = CONDITION_FALSE,
                                                      .observed_generation = generation,
                                                      .last_transition_time = FIELD_UNSET,
                                                      .reason = TEXT("FieldsWithoutEffect"),
                                                      .message = words};
    *conditions = more;
}

/* What is no condition is none. */
static struct condition_list
read_conditions(struct arena *arena, const struct document *status)
{
    const struct document *list = document_find(status, TEXT("conditions"));
    struct condition_list conditions = {
        .items = arena_alloc_array(arena, document_count(list), sizeof(*conditions.items))};
    struct problem_list problems;
    problems_init(&problems, arena);
    for (size_t i = 0; i < document_count(list); i++)
        conditions.count += schema_decode(arena, &condition_schema, document_at(list, i), TEXT("condition"),
                                          &conditions.items[conditions.count], &problems);
    return conditions;
}

/* Through the struct and back. */
static struct document *
read_again(struct arena *arena, const struct schema *schema, const struct document *document)
{
    struct problem_list problems;
    problems_init(&problems, arena);
    void *status = arena_alloc(arena, schema->size);
    if (!document || !schema_decode(arena, schema, document, TEXT("status"), status, &problems))
        return NULL;
    return schema_encode(arena, schema, status, SCHEMA_ENCODE_PLAIN);
}

static void
find_changes(struct arena *arena, const struct condition_list *before, const struct condition_list *after,
             struct condition_change_list *out_changes)
{
    *out_changes = (struct condition_change_list){
        .items = arena_alloc_array(arena, after->count, sizeof(*out_changes->items))};
    for (size_t i = 0; i < after->count; i++) {
        const struct condition *now = &after->items[i], *old = condition_find(before, now->type);
        if (!old || old->status != now->status || !text_equals(old->reason, now->reason))
            out_changes->items[out_changes->count++] = (struct condition_change){now, old};
    }
}
