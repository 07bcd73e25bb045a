/* A map from hour and dimensions to their sums. */
#include "api/server/ledger/usage_rollup.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/map.h"

struct usage_rollups {
    struct arena *arena;
    struct map *index; /* key to position + 1 */
    struct usage_rollup *items;
    size_t count, capacity;
};

static void add(struct usage_rollups *rollups, const struct usage_row *row, struct text_pair purpose);
static void add_used(struct usage_vector *sum, const struct usage_vector *used);
static struct usage_rollup *find(struct usage_rollups *rollups, const struct usage_rollup *wanted);
static void add_part(struct buffer *key, struct text part);
static bool has_used(const struct usage_vector *used);

struct usage_rollups *
usage_rollups_new(struct arena *arena)
{
    struct usage_rollups *rollups = arena_alloc(arena, sizeof(*rollups));
    rollups->arena = arena;
    rollups->index = map_new(arena);
    return rollups;
}

void
usage_rollups_add(struct usage_rollups *rollups, const struct usage_row *row)
{
    add(rollups, row, (struct text_pair){0});
}

void
usage_rollups_add_purposes(struct usage_rollups *rollups, const struct usage_row *row)
{
    for (size_t i = 0; i < row->purposes.count; i++)
        add(rollups, row, row->purposes.items[i]);
}

struct usage_rollups *
usage_rollups_by_day(struct arena *arena, const struct usage_rollups *hours)
{
    struct usage_rollups *days = usage_rollups_new(arena);
    for (size_t i = 0; i < hours->count; i++) {
        const struct usage_rollup *hour = &hours->items[i];
        struct usage_rollup wanted = {.hour_ms = hour->hour_ms - hour->hour_ms % USAGE_DAY_MS,
                                      .purpose = hour->purpose};
        memcpy(wanted.by, hour->by, sizeof(wanted.by));
        struct usage_rollup *day = find(days, &wanted);
        if (day->first_ms == 0 || hour->hour_ms < day->first_ms)
            day->first_ms = hour->hour_ms;
        day->calls += hour->calls;
        day->tries += hour->tries;
        day->cost_nano += hour->cost_nano;
        day->unpriced_calls += hour->unpriced_calls;
        add_used(&day->used, &hour->used);
    }
    return days;
}

/* Lengths before the texts, so that no two rows share a key by where one text ends. */
struct text
usage_rollup_key(struct arena *arena, const struct usage_rollup *of)
{
    struct buffer key;
    buffer_init(&key, arena, 128);
    buffer_print(&key, "%lld", (long long)of->hour_ms);
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        add_part(&key, of->by[i]);
    add_part(&key, of->purpose.key);
    add_part(&key, of->purpose.value);
    return buffer_text(&key);
}

const struct usage_rollup *
usage_rollups_list(const struct usage_rollups *rollups, size_t *out_count)
{
    *out_count = rollups->count;
    return rollups->items;
}

static void
add(struct usage_rollups *rollups, const struct usage_row *row, struct text_pair purpose)
{
    struct usage_rollup wanted = {.hour_ms = row->time_ms - row->time_ms % USAGE_HOUR_MS, .purpose = purpose};
    memcpy(wanted.by, row->by, sizeof(wanted.by));
    struct usage_rollup *rollup = find(rollups, &wanted);
    rollup->calls += !row->is_earlier;
    rollup->tries += row->is_try;
    rollup->cost_nano += row->cost_nano;
    rollup->unpriced_calls += !row->is_priced && has_used(&row->used);
    add_used(&rollup->used, &row->used);
}

static void
add_used(struct usage_vector *sum, const struct usage_vector *used)
{
    for (int i = 0; i < USAGE_CLASS_COUNT; i++) {
        enum usage_class which = (enum usage_class)i;
        usage_vector_set(sum, which, usage_vector_count(sum, which) + usage_vector_count(used, which));
    }
}

static struct usage_rollup *
find(struct usage_rollups *rollups, const struct usage_rollup *wanted)
{
    struct text key = usage_rollup_key(rollups->arena, wanted);
    uintptr_t position = (uintptr_t)map_find(rollups->index, key);
    if (position > 0)
        return &rollups->items[position - 1];
    rollups->items = arena_grow(rollups->arena, rollups->items, rollups->count, &rollups->capacity,
                                sizeof(*rollups->items));
    struct usage_rollup *rollup = &rollups->items[rollups->count++];
    *rollup = *wanted;
    map_set(rollups->index, key, (void *)(uintptr_t)rollups->count); /* an index, not a pointer */
    return rollup;
}

static void
add_part(struct buffer *key, struct text part)
{
    buffer_print(key, ",%zu:", part.length);
    buffer_add_text(key, part);
}

static bool
has_used(const struct usage_vector *used)
{
    for (int i = 0; i < USAGE_CLASS_COUNT; i++)
        if (usage_vector_count(used, (enum usage_class)i) > 0)
            return true;
    return false;
}
