/* The series of a registry: finding one by its label values, and counting in it. Printing is in
 * metrics_print.c.
 *
 * Finding hashes the values and walks a table, without building a string. A family that is full, or a value
 * that is too long or not UTF-8, counts in one series whose labels are all "other", so no caller can grow us
 * without end. */
#include "lib/base/metrics.h"

#include <assert.h>
#include <math.h>

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/base/metrics_series.h"

enum { DEFAULT_MAX_SERIES = 1000, MOST_LABELS = 8, LONGEST_LABEL_VALUE = 256, SMALLEST_SLOTS = 16 };
#define HASH_MULTIPLIER 0x9fb21c651e98df25U /* odd, with well spread bits (splitmix family) */

static struct metric *find_or_add(struct metric_family *family, const struct text *values);
static bool has_values(const struct metric *metric, const struct text *values);
static struct metric *
find_series(const struct metric_family *family, const struct text *values, uint64_t hash);
static struct metric *add_series(struct metric_family *family, const struct text *values, uint64_t hash);
static struct metric *other_series(struct metric_family *family);
static void grow_slots(struct metric_family *family);
static bool are_acceptable(const struct text *values, size_t count);
static uint64_t hash_of(const struct text *values, size_t count);

struct metrics *
metrics_new(struct arena *arena)
{
    struct metrics *metrics = arena_alloc(arena, sizeof(*metrics));
    metrics->arena = arena;
    return metrics;
}

struct metric_family *
metrics_add(struct metrics *metrics, const struct metric_description *description)
{
    struct metric_family *family = arena_alloc(metrics->arena, sizeof(*family));
    family->arena = metrics->arena;
    family->description = description;
    while (description->labels && description->labels[family->label_count])
        family->label_count++;
    assert(family->label_count <= MOST_LABELS);
    family->max_series = description->max_series > 0 ? description->max_series : DEFAULT_MAX_SERIES;
    if (family->label_count == 0)
        (void)metric_with(family, NULL); /* shows as 0 from the start */

    if (metrics->last)
        metrics->last->next = family;
    else
        metrics->first = family;
    metrics->last = family;
    return family;
}

/* The last few series found are asked first, by the length of their values: most calls of a busy minute are
 * alike, and comparing is quicker than hashing. */
struct metric *
metric_with(struct metric_family *family, const struct text *values)
{
    size_t length = 0;
    for (size_t i = 0; i < family->label_count; i++)
        length += values[i].length;
    struct metric **recent = &family->recent[length % METRICS_RECENT_SERIES];
    if (!*recent || !has_values(*recent, values))
        *recent = find_or_add(family, values);
    return *recent;
}

static struct metric *
find_or_add(struct metric_family *family, const struct text *values)
{
    uint64_t hash = hash_of(values, family->label_count);
    struct metric *metric = find_series(family, values, hash);
    if (metric)
        return metric;
    if (family->series_count >= family->max_series || !are_acceptable(values, family->label_count))
        return other_series(family);
    return add_series(family, values, hash);
}

void
metric_increase(struct metric *metric, int64_t by)
{
    assert(metric->family->description->kind != METRIC_HISTOGRAM);
    assert(by >= 0 || metric->family->description->kind == METRIC_GAUGE);
    metric->value += by;
}

void
metric_set(struct metric *metric, int64_t value)
{
    assert(metric->family->description->kind == METRIC_GAUGE);
    metric->value = value;
}

void
metric_observe(struct metric *metric, double value)
{
    const struct metric_description *description = metric->family->description;
    assert(description->kind == METRIC_HISTOGRAM && !isnan(value));
    size_t bucket = 0;
    while (bucket < description->bound_count && value > description->bounds[bucket])
        bucket++;
    metric->buckets[bucket]++;
    metric->value++;
    metric->sum += value;
}

static bool
has_values(const struct metric *metric, const struct text *values)
{
    assert(values || metric->family->label_count == 0);
    for (size_t i = 0; i < metric->family->label_count; i++)
        if (!text_equals(metric->values[i], values[i]))
            return false;
    return true;
}

static struct metric *
find_series(const struct metric_family *family, const struct text *values, uint64_t hash)
{
    if (family->slot_count == 0)
        return NULL;
    size_t slot = hash & (family->slot_count - 1);
    for (; family->slots[slot]; slot = (slot + 1) & (family->slot_count - 1)) {
        struct metric *metric = family->slots[slot];
        if (metric->hash == hash && has_values(metric, values))
            return metric;
    }
    return NULL;
}

static struct metric *
add_series(struct metric_family *family, const struct text *values, uint64_t hash)
{
    struct metric *metric = arena_alloc(family->arena, sizeof(*metric));
    metric->family = family;
    metric->hash = hash;
    metric->values = arena_alloc_array(family->arena, family->label_count, sizeof(*metric->values));
    for (size_t i = 0; i < family->label_count; i++)
        metric->values[i] = text_copy(family->arena, values[i]);
    if (family->description->kind == METRIC_HISTOGRAM)
        metric->buckets =
            arena_alloc_array(family->arena, family->description->bound_count + 1, sizeof(*metric->buckets));

    if ((family->series_count + 1) * 2 > family->slot_count)
        grow_slots(family);
    size_t slot = hash & (family->slot_count - 1);
    while (family->slots[slot])
        slot = (slot + 1) & (family->slot_count - 1);
    family->slots[slot] = metric;
    family->series_count++;

    if (family->last)
        family->last->next = metric;
    else
        family->first = metric;
    family->last = metric;
    return metric;
}

/* The one series beyond max_series; a caller's own "other" counts in it too. */
static struct metric *
other_series(struct metric_family *family)
{
    struct text values[MOST_LABELS];
    for (size_t i = 0; i < COUNT_OF(values); i++)
        values[i] = TEXT("other");
    uint64_t hash = hash_of(values, family->label_count);
    struct metric *metric = find_series(family, values, hash);
    return metric ? metric : add_series(family, values, hash);
}

static void
grow_slots(struct metric_family *family)
{
    family->slot_count = family->slot_count > 0 ? family->slot_count * 2 : SMALLEST_SLOTS;
    family->slots = arena_alloc_array(family->arena, family->slot_count, sizeof(struct metric *));
    for (struct metric *metric = family->first; metric; metric = metric->next) {
        size_t slot = metric->hash & (family->slot_count - 1);
        while (family->slots[slot])
            slot = (slot + 1) & (family->slot_count - 1);
        family->slots[slot] = metric;
    }
}

static bool
are_acceptable(const struct text *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (values[i].length > LONGEST_LABEL_VALUE || !text_is_utf8(values[i]))
            return false;
    return true;
}

/* Eight bytes at a time under the process's secret: a weaker hash than map_hash and a fifth of its cost. The
 * number of series is bounded and values are compared, so the worst that collisions could do is to slow
 * counting down. */
static uint64_t
hash_of(const struct text *values, size_t count)
{
    static uint64_t secret;
    if (secret == 0)
        secret = map_hash(TEXT("metrics")) | 1;
    uint64_t hash = secret;
    for (size_t i = 0; i < count; i++) {
        const char *at = values[i].bytes;
        size_t left = values[i].length;
        hash = (hash ^ left) * HASH_MULTIPLIER;
        for (uint64_t word = 0; left > 0; word = 0) {
            size_t taken = left < sizeof(word) ? left : sizeof(word);
            memcpy(&word, at, taken);
            hash = (hash ^ word) * HASH_MULTIPLIER;
            hash ^= hash >> 32;
            at += taken;
            left -= taken;
        }
    }
    return hash ^ hash >> 29;
}
