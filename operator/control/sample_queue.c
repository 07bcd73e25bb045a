/* A list, oldest first; each entry in an arena of its own. The first out_count of them are out. */
#include "operator/control/sample_queue.h"

#include "lib/base/arena.h"
#include "lib/base/map.h"

#define HOUR_MS INT64_C(3600000)
enum { ENTRY_BYTES = 1024 };

struct queued {
    struct queued *next;
    struct arena *arena;
    struct runtime_sample sample;
};

struct sample_queue {
    struct queued *first, *last;
    size_t count, out_count;
    struct arena *growing_arena; /* of the map, which is made anew when what it knows is sent */
    struct map *growing;         /* uid -> the pod's newest, while it is not sent */
    struct arena *out_arena;     /* of the message that is out */
    struct ledger_samples out;
    int64_t number, lost;
};

static void add_part(struct sample_queue *queue, const struct runtime_sample *sample);
static bool grow(struct queued *queued, const struct runtime_sample *sample);
static void append(struct sample_queue *queue, const struct runtime_sample *sample);
static void forget_first(struct sample_queue *queue);
static void grow_anew(struct sample_queue *queue);
static void release(void *owner);

struct sample_queue *
sample_queue_new(struct arena *arena)
{
    struct sample_queue *queue = arena_alloc(arena, sizeof(*queue));
    arena_defer(arena, release, queue);
    grow_anew(queue);
    return queue;
}

/* The part of an amount that so much of the span has: all parts together are the whole. */
static int64_t
part_of(int64_t amount, const struct runtime_sample *sample, int64_t until_ms)
{
    __int128 whole = (__int128)amount * (until_ms - sample->from_ms);
    return (int64_t)(whole / (sample->until_ms - sample->from_ms));
}

void
sample_queue_add(struct sample_queue *queue, const struct runtime_sample *sample)
{
    struct runtime_amount amounts[RUNTIME_MAX_AMOUNTS];
    struct runtime_sample rest = *sample;
    while (rest.from_ms < sample->until_ms && rest.from_ms >= 0) {
        int64_t hour_end = (rest.from_ms / HOUR_MS + 1) * HOUR_MS;
        rest.until_ms = hour_end < sample->until_ms ? hour_end : sample->until_ms;
        rest.amounts = (struct runtime_amount_list){amounts, 0};
        for (size_t i = 0; i < sample->amounts.count && i < RUNTIME_MAX_AMOUNTS; i++) {
            const struct runtime_amount *whole = &sample->amounts.items[i];
            amounts[rest.amounts.count++] =
                (struct runtime_amount){.resource = whole->resource,
                                        .requested = part_of(whole->requested, sample, rest.until_ms) -
                                                     part_of(whole->requested, sample, rest.from_ms),
                                        .used = part_of(whole->used, sample, rest.until_ms) -
                                                part_of(whole->used, sample, rest.from_ms)};
        }
        add_part(queue, &rest);
        rest.from_ms = rest.until_ms;
    }
}

bool
sample_queue_next(struct sample_queue *queue, struct ledger_samples *out_samples)
{
    if (queue->out_count == 0 && queue->count > 0) {
        queue->out_arena = arena_new(0);
        queue->out = (struct ledger_samples){.number = queue->number};
        queue->out.samples.items =
            arena_alloc_array(queue->out_arena, LEDGER_MAX_SAMPLES, sizeof(*queue->out.samples.items));
        const struct queued *queued = queue->first;
        for (; queued && queue->out_count < LEDGER_MAX_SAMPLES; queued = queued->next)
            queue->out.samples.items[queue->out_count++] = queued->sample;
        queue->out.samples.count = queue->out_count;
        grow_anew(queue);
    }
    *out_samples = queue->out;
    return queue->out_count > 0;
}

bool
sample_queue_hear(struct sample_queue *queue, int64_t number)
{
    if (queue->out_count == 0 || number != queue->number)
        return false;
    for (size_t count = queue->out_count; count > 0; count--)
        forget_first(queue);
    queue->out_count = 0;
    queue->number++;
    arena_free(queue->out_arena);
    queue->out_arena = NULL;
    queue->out = (struct ledger_samples){0};
    return true;
}

size_t
sample_queue_count(const struct sample_queue *queue)
{
    return queue->count;
}

int64_t
sample_queue_lost(const struct sample_queue *queue)
{
    return queue->lost;
}

/* When it is full the oldest that is not out goes: what is out may be committed already. */
static void
add_part(struct sample_queue *queue, const struct runtime_sample *sample)
{
    struct queued *newest = map_find(queue->growing, sample->uid);
    if (newest && grow(newest, sample))
        return;
    if (queue->count == SAMPLE_QUEUE_MOST && queue->out_count > 0) {
        queue->lost++; /* what is newest, then: the list has no other end */
        return;
    }
    if (queue->count == SAMPLE_QUEUE_MOST) {
        queue->lost++;
        forget_first(queue);
        grow_anew(queue);
    }
    append(queue, sample);
}

static bool
is_same_pod(const struct runtime_sample *a, const struct runtime_sample *b)
{
    return text_equals(a->workspace, b->workspace) && text_equals(a->environment, b->environment) &&
           text_equals(a->namespace, b->namespace) && text_equals(a->deployment, b->deployment) &&
           text_equals(a->model, b->model) && text_equals(a->pod, b->pod) && text_equals(a->node, b->node) &&
           a->told_by == b->told_by;
}

static bool
grow(struct queued *queued, const struct runtime_sample *sample)
{
    struct runtime_sample *kept = &queued->sample;
    if (kept->until_ms != sample->from_ms || kept->from_ms / HOUR_MS != sample->from_ms / HOUR_MS ||
        kept->amounts.count != sample->amounts.count || !is_same_pod(kept, sample))
        return false;
    for (size_t i = 0; i < kept->amounts.count; i++) {
        const struct runtime_amount *more = &sample->amounts.items[i], *had = &kept->amounts.items[i];
        if (!text_equals(had->resource, more->resource) ||
            had->requested > RUNTIME_MAX_AMOUNT - more->requested ||
            had->used > RUNTIME_MAX_AMOUNT - more->used)
            return false;
    }
    for (size_t i = 0; i < kept->amounts.count; i++) {
        kept->amounts.items[i].requested += sample->amounts.items[i].requested;
        kept->amounts.items[i].used += sample->amounts.items[i].used;
    }
    kept->until_ms = sample->until_ms;
    return true;
}

static void
append(struct sample_queue *queue, const struct runtime_sample *sample)
{
    struct arena *arena = arena_new(ENTRY_BYTES);
    struct queued *queued = arena_alloc(arena, sizeof(*queued));
    struct runtime_sample *kept = &queued->sample;
    queued->arena = arena;
    *kept = *sample;
    struct text *const texts[] = {&kept->workspace, &kept->environment, &kept->namespace, &kept->deployment,
                                  &kept->model,     &kept->pod,         &kept->uid,       &kept->node};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        *texts[i] = text_copy(arena, *texts[i]);
    kept->amounts.items =
        arena_copy(arena, sample->amounts.items, sample->amounts.count * sizeof(*kept->amounts.items));
    for (size_t i = 0; i < kept->amounts.count; i++)
        kept->amounts.items[i].resource = text_copy(arena, kept->amounts.items[i].resource);
    if (queue->last)
        queue->last->next = queued;
    else
        queue->first = queued;
    queue->last = queued;
    queue->count++;
    map_set(queue->growing, kept->uid, queued);
}

static void
forget_first(struct sample_queue *queue)
{
    struct queued *gone = queue->first;
    queue->first = gone->next;
    if (!queue->first)
        queue->last = NULL;
    queue->count--;
    arena_free(gone->arena);
}

static void
grow_anew(struct sample_queue *queue)
{
    arena_free(queue->growing_arena);
    queue->growing_arena = arena_new(0);
    queue->growing = map_new(queue->growing_arena);
}

static void
release(void *owner)
{
    struct sample_queue *queue = owner;
    while (queue->first)
        forget_first(queue);
    arena_free(queue->growing_arena);
    arena_free(queue->out_arena);
}
