/* Linear probing at most three quarters full; a removal moves what stood behind it forward, so there are no
 * tombstones and searches stay short for ever. */
#include "operator/kube/kube_cache_slots.h"

#include <assert.h>

#include "lib/base/block.h"

enum { SMALLEST = 8 };

static void resize(struct kube_slots *slots, size_t capacity);

void *
kube_slots_find(const struct kube_slots *slots, uint64_t hash, kube_slots_is_fn is_it, const void *wanted)
{
    if (slots->count == 0)
        return NULL;
    size_t mask = slots->capacity - 1;
    for (size_t at = hash & mask; slots->slots[at].value; at = (at + 1) & mask)
        if (slots->slots[at].hash == hash && is_it(slots->slots[at].value, wanted))
            return slots->slots[at].value;
    return NULL;
}

static void
put(struct kube_slots *slots, struct kube_slot slot)
{
    size_t mask = slots->capacity - 1;
    size_t at = slot.hash & mask;
    while (slots->slots[at].value)
        at = (at + 1) & mask;
    slots->slots[at] = slot;
    slots->count++;
}

void
kube_slots_add(struct kube_slots *slots, uint64_t hash, void *value)
{
    if (slots->count + 1 > slots->capacity / 4 * 3)
        resize(slots, slots->capacity > 0 ? slots->capacity * 2 : SMALLEST);
    put(slots, (struct kube_slot){.hash = hash, .value = value});
}

static size_t
place_of(const struct kube_slots *slots, uint64_t hash, const void *value)
{
    assert(slots->capacity > 0);
    size_t mask = slots->capacity - 1;
    size_t at = hash & mask;
    while (slots->slots[at].value != value) {
        assert(slots->slots[at].value); /* it must be there */
        at = (at + 1) & mask;
    }
    return at;
}

void
kube_slots_replace(struct kube_slots *slots, uint64_t hash, const void *old, void *value)
{
    slots->slots[place_of(slots, hash, old)].value = value;
}

void
kube_slots_remove(struct kube_slots *slots, uint64_t hash, const void *old)
{
    size_t mask = slots->capacity - 1;
    size_t hole = place_of(slots, hash, old);
    for (size_t at = (hole + 1) & mask; slots->slots[at].value; at = (at + 1) & mask) {
        size_t home = slots->slots[at].hash & mask;
        bool stays = ((at - home) & mask) < ((at - hole) & mask); /* its home is behind the hole */
        if (stays)
            continue;
        slots->slots[hole] = slots->slots[at];
        hole = at;
    }
    slots->slots[hole] = (struct kube_slot){0};
    slots->count--;
    if (slots->capacity > SMALLEST && slots->count < slots->capacity / 8)
        resize(slots, slots->capacity / 2);
}

size_t
kube_slots_bytes(const struct kube_slots *slots)
{
    return slots->slots ? block_bytes(slots->slots) : 0;
}

void
kube_slots_close(struct kube_slots *slots)
{
    block_free(slots->slots);
    *slots = (struct kube_slots){0};
}

static void
resize(struct kube_slots *slots, size_t capacity)
{
    struct kube_slots old = *slots;
    size_t bytes = capacity * sizeof(*slots->slots);
    *slots = (struct kube_slots){.slots = memset(block_alloc(bytes), 0, bytes), .capacity = capacity};
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].value)
            put(slots, old.slots[i]);
    block_free(old.slots);
}
