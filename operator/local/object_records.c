/* Records by "Kind namespace/name". A generation is the store's to count, as the API server counts it in a
 * cluster. */
#include "operator/local/object_records.h"

#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/map.h"
#include "lib/document/json.h"

struct object_records {
    struct arena *arena;
    struct map *by_title;
};

static struct object_record *
find_or_add(struct object_records *records, struct text title, int64_t now_unix_ms);
static uint64_t hash_spec(const struct object *object);
static void forget_unseen(struct object_records *records);
static void records_release(void *owner);

struct object_records *
object_records_new(struct arena *arena)
{
    struct object_records *records = arena_alloc(arena, sizeof(*records));
    *records = (struct object_records){.arena = arena, .by_title = map_new(arena)};
    arena_defer(arena, records_release, records);
    return records;
}

void
object_records_update(struct object_records *records, const struct object_list *objects, int64_t now_unix_ms)
{
    struct arena *scratch = arena_new(0);
    for (size_t i = 0; i < objects->count; i++) {
        struct object_record *record =
            find_or_add(records, object_title(scratch, &objects->items[i]), now_unix_ms);
        uint64_t hash = hash_spec(&objects->items[i]);
        if (record->generation == 0 || record->spec_hash != hash)
            record->generation++;
        record->spec_hash = hash;
        record->is_seen = true;
    }
    arena_free(scratch);
    forget_unseen(records);
}

struct object_record *
object_records_get(const struct object_records *records, const struct object *object)
{
    struct arena *scratch = arena_new(0);
    struct object_record *record = map_find(records->by_title, object_title(scratch, object));
    arena_free(scratch);
    assert(record);
    return record;
}

void
object_record_note_conditions(struct object_record *record, struct condition_list *conditions,
                              int64_t now_unix_ms)
{
    for (size_t i = 0; i < conditions->count; i++) {
        struct condition *condition = &conditions->items[i];
        const struct condition *before = condition_find(&record->conditions, condition->type);
        condition->last_transition_time =
            before && before->status == condition->status ? before->last_transition_time : now_unix_ms;
    }
    struct arena *arena = arena_new(0);
    struct condition_list kept = {.items = arena_alloc_array(arena, conditions->count, sizeof(*kept.items))};
    for (size_t i = 0; i < conditions->count; i++)
        kept.items[kept.count++] =
            (struct condition){.type = text_copy(arena, conditions->items[i].type),
                               .status = conditions->items[i].status,
                               .last_transition_time = conditions->items[i].last_transition_time};
    arena_free(record->arena);
    record->arena = arena;
    record->conditions = kept;
}

static struct object_record *
find_or_add(struct object_records *records, struct text title, int64_t now_unix_ms)
{
    struct object_record *record = map_find(records->by_title, title);
    if (record)
        return record;
    record = arena_alloc(records->arena, sizeof(*record));
    record->created_unix_ms = now_unix_ms;
    map_set(records->by_title, title, record);
    return record;
}

static uint64_t
hash_spec(const struct object *object)
{
    struct arena *scratch = arena_new(0);
    struct buffer out;
    buffer_init(&out, scratch, 4096);
    const struct document *spec = document_find(object->document, TEXT("spec"));
    json_print_canonical(spec ? spec : object->document, &out);
    uint64_t hash = map_hash(buffer_text(&out));
    arena_free(scratch);
    return hash;
}

static void
forget_unseen(struct object_records *records)
{
    struct text title;
    void *found;
    for (size_t at = 0; map_next(records->by_title, &at, &title, &found);) {
        struct object_record *record = found;
        if (!record->is_seen) {
            arena_free(record->arena);
            map_remove(records->by_title, title);
            at = 0; /* the map changed: walk again */
            continue;
        }
    }
    for (size_t at = 0; map_next(records->by_title, &at, &title, &found);)
        ((struct object_record *)found)->is_seen = false;
}

static void
records_release(void *owner)
{
    struct object_records *records = owner;
    struct text title;
    void *found;
    for (size_t at = 0; map_next(records->by_title, &at, &title, &found);)
        arena_free(((struct object_record *)found)->arena);
}
