/* Two lines, one heap of those that wait for their time, and a record for each key ever seen: names of
 * workspaces and policies are few and come again. */
#include "operator/runtime/workqueue.h"

#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/map.h"

#define LANES 2
#define NOWHERE SIZE_MAX
#define NEVER INT64_MIN

struct entry {
    struct text key;
    struct entry *previous, *next; /* in its line */
    bool is_due, is_at_work;
    bool is_dirty;                        /* added while at work */
    enum workqueue_lane lane, later_lane; /* later_lane: of what is delayed, or asked for while at work */
    size_t heap_index;                    /* NOWHERE: not delayed */
    int64_t due_ms;                       /* when delayed: for when; when due: since when */
    int64_t again_ms;                     /* asked for while at work; NEVER: not */
    int failures;
};

struct line {
    struct entry *first, *last;
    size_t count;
};

struct workqueue {
    struct arena *arena;
    uint64_t (*random)(void);
    struct map *entries;
    struct line lines[LANES];
    int urgent_in_a_row;
    struct entry **heap; /* earliest first */
    size_t heap_count, heap_capacity;
    size_t at_work;
    int64_t retries;
};

static struct entry *find_or_add(struct workqueue *queue, struct text key);
static void
put_in_line(struct workqueue *queue, struct entry *entry, enum workqueue_lane lane, int64_t now_ms);
static void take_out_of_line(struct workqueue *queue, struct entry *entry);
static void
delay_until(struct workqueue *queue, struct entry *entry, enum workqueue_lane lane, int64_t due_ms);
static void undelay(struct workqueue *queue, struct entry *entry);
static void sift(struct workqueue *queue, size_t index);
static void put_in_heap(struct workqueue *queue, size_t index, struct entry *entry);
static int64_t back_off_ms(struct workqueue *queue, int failures);

struct workqueue *
workqueue_new(struct arena *arena, uint64_t (*random)(void))
{
    struct workqueue *queue = arena_alloc(arena, sizeof(*queue));
    *queue = (struct workqueue){.arena = arena, .random = random, .entries = map_new(arena)};
    return queue;
}

void
workqueue_add(struct workqueue *queue, struct text key, enum workqueue_lane lane, int64_t now_ms)
{
    struct entry *entry = find_or_add(queue, key);
    if (entry->is_at_work) {
        entry->lane = entry->is_dirty && entry->lane == WORKQUEUE_URGENT ? WORKQUEUE_URGENT : lane;
        entry->is_dirty = true;
        return;
    }
    if (entry->is_due && lane >= entry->lane)
        return;
    put_in_line(queue, entry, lane, now_ms);
}

void
workqueue_add_after(struct workqueue *queue, struct text key, enum workqueue_lane lane, int64_t delay_ms,
                    int64_t now_ms)
{
    struct entry *entry = find_or_add(queue, key);
    int64_t due_ms = now_ms + (delay_ms > 0 ? delay_ms : 0);
    if (entry->is_at_work) {
        if (entry->again_ms == NEVER || due_ms < entry->again_ms) {
            entry->again_ms = due_ms;
            entry->later_lane = lane;
        }
    } else if (!entry->is_due && (entry->heap_index == NOWHERE || due_ms < entry->due_ms)) {
        delay_until(queue, entry, lane, due_ms);
    }
}

bool
workqueue_take(struct workqueue *queue, int64_t now_ms, struct text *out_key)
{
    while (queue->heap_count > 0 && queue->heap[0]->due_ms <= now_ms)
        put_in_line(queue, queue->heap[0], queue->heap[0]->later_lane, now_ms);
    struct line *urgent = &queue->lines[WORKQUEUE_URGENT], *patient = &queue->lines[WORKQUEUE_PATIENT];
    bool is_patients_turn = queue->urgent_in_a_row >= WORKQUEUE_PATIENCE || !urgent->first;
    struct entry *entry = patient->first && is_patients_turn ? patient->first : urgent->first;
    if (!entry)
        return false;
    queue->urgent_in_a_row = entry->lane == WORKQUEUE_URGENT ? queue->urgent_in_a_row + 1 : 0;
    take_out_of_line(queue, entry);
    entry->is_at_work = true;
    entry->again_ms = NEVER;
    queue->at_work++;
    *out_key = entry->key;
    return true;
}

void
workqueue_done(struct workqueue *queue, struct text key, enum workqueue_outcome outcome, int64_t now_ms)
{
    struct entry *entry = map_find(queue->entries, key);
    assert(entry && entry->is_at_work);
    entry->is_at_work = false;
    queue->at_work--;
    if (outcome == WORKQUEUE_FINISHED) {
        entry->failures = 0;
    } else {
        int64_t due_ms = now_ms + back_off_ms(queue, entry->failures++);
        if (entry->again_ms == NEVER || due_ms < entry->again_ms) {
            entry->again_ms = due_ms;
            entry->later_lane = WORKQUEUE_URGENT;
        }
        queue->retries++;
    }
    if (entry->is_dirty)
        put_in_line(queue, entry, entry->lane, now_ms);
    else if (entry->again_ms != NEVER)
        delay_until(queue, entry, entry->later_lane, entry->again_ms);
    entry->is_dirty = false;
}

int64_t
workqueue_wait_ms(const struct workqueue *queue, int64_t now_ms)
{
    if (queue->lines[WORKQUEUE_URGENT].first || queue->lines[WORKQUEUE_PATIENT].first)
        return 0;
    if (queue->heap_count == 0)
        return -1;
    int64_t wait_ms = queue->heap[0]->due_ms - now_ms;
    return wait_ms > 0 ? wait_ms : 0;
}

struct workqueue_count
workqueue_count(const struct workqueue *queue, int64_t now_ms)
{
    struct workqueue_count count = {
        .delayed = queue->heap_count, .at_work = queue->at_work, .retries = queue->retries};
    for (int i = 0; i < LANES; i++) {
        const struct line *line = &queue->lines[i];
        count.due += line->count;
        int64_t waited_ms = line->first ? now_ms - line->first->due_ms : 0;
        count.oldest_ms = waited_ms > count.oldest_ms ? waited_ms : count.oldest_ms;
    }
    return count;
}

int
workqueue_failures(const struct workqueue *queue, struct text key)
{
    const struct entry *entry = map_find(queue->entries, key);
    return entry ? entry->failures : 0;
}

static struct entry *
find_or_add(struct workqueue *queue, struct text key)
{
    struct entry *entry = map_find(queue->entries, key);
    if (entry)
        return entry;
    entry = arena_alloc(queue->arena, sizeof(*entry));
    *entry = (struct entry){.key = text_copy(queue->arena, key), .heap_index = NOWHERE, .again_ms = NEVER};
    map_set(queue->entries, entry->key, entry);
    return entry;
}

static void
put_in_line(struct workqueue *queue, struct entry *entry, enum workqueue_lane lane, int64_t now_ms)
{
    int64_t since_ms = now_ms;
    if (entry->is_due) {
        since_ms = entry->due_ms;
        take_out_of_line(queue, entry);
    }
    undelay(queue, entry);
    struct line *line = &queue->lines[lane];
    entry->is_due = true;
    entry->lane = lane;
    entry->due_ms = since_ms;
    entry->next = NULL;
    entry->previous = line->last;
    if (line->last)
        line->last->next = entry;
    else
        line->first = entry;
    line->last = entry;
    line->count++;
}

static void
take_out_of_line(struct workqueue *queue, struct entry *entry)
{
    struct line *line = &queue->lines[entry->lane];
    if (entry->previous)
        entry->previous->next = entry->next;
    else
        line->first = entry->next;
    if (entry->next)
        entry->next->previous = entry->previous;
    else
        line->last = entry->previous;
    line->count--;
    entry->is_due = false;
}

static void
delay_until(struct workqueue *queue, struct entry *entry, enum workqueue_lane lane, int64_t due_ms)
{
    undelay(queue, entry);
    entry->later_lane = lane;
    entry->due_ms = due_ms;
    queue->heap = arena_grow(queue->arena, queue->heap, queue->heap_count, &queue->heap_capacity,
                             sizeof(struct entry *));
    put_in_heap(queue, queue->heap_count++, entry);
    sift(queue, entry->heap_index);
}

static void
undelay(struct workqueue *queue, struct entry *entry)
{
    if (entry->heap_index == NOWHERE)
        return;
    size_t index = entry->heap_index;
    struct entry *last = queue->heap[--queue->heap_count];
    entry->heap_index = NOWHERE;
    if (last == entry)
        return;
    put_in_heap(queue, index, last);
    sift(queue, index);
}

/* Up or down, whichever way the entry is out of place. */
static void
sift(struct workqueue *queue, size_t index)
{
    struct entry *entry = queue->heap[index];
    for (size_t parent; index > 0; index = parent) {
        parent = (index - 1) / 2;
        if (queue->heap[parent]->due_ms <= entry->due_ms)
            break;
        put_in_heap(queue, index, queue->heap[parent]);
    }
    for (size_t child; (child = 2 * index + 1) < queue->heap_count; index = child) {
        if (child + 1 < queue->heap_count && queue->heap[child + 1]->due_ms < queue->heap[child]->due_ms)
            child++;
        if (queue->heap[child]->due_ms >= entry->due_ms)
            break;
        put_in_heap(queue, index, queue->heap[child]);
    }
    put_in_heap(queue, index, entry);
}

static void
put_in_heap(struct workqueue *queue, size_t index, struct entry *entry)
{
    queue->heap[index] = entry;
    entry->heap_index = index;
}

/* 50 ms · 2ⁿ, a quarter more or less, so that what failed together does not come back together. */
static int64_t
back_off_ms(struct workqueue *queue, int failures)
{
    int64_t delay_ms = WORKQUEUE_BACK_OFF_MS;
    for (int i = 0; i < failures && delay_ms < WORKQUEUE_MOST_BACK_OFF_MS; i++)
        delay_ms *= 2;
    delay_ms = delay_ms * 3 / 4 + (int64_t)(queue->random() % (uint64_t)(delay_ms / 2 + 1));
    return delay_ms < WORKQUEUE_MOST_BACK_OFF_MS ? delay_ms : WORKQUEUE_MOST_BACK_OFF_MS;
}
