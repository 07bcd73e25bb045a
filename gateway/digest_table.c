/* See the header. */
#include "gateway/digest_table.h"

#include "lib/base/arena.h"

enum { SMALLEST_SLOTS = 16 };

static struct digest_slot *
find_slot(const struct digest_table *table, const uint8_t digest[DIGEST_SHA256_BYTES])
{
    uint64_t start;
    memcpy(&start, digest, sizeof(start));
    size_t at = (size_t)start & table->slot_mask;
    while (table->slots[at].value && !digest_equals(table->slots[at].digest, digest, DIGEST_SHA256_BYTES))
        at = (at + 1) & table->slot_mask;
    return &table->slots[at];
}

struct digest_table
digest_table_new(struct arena *arena, size_t most)
{
    size_t slots = SMALLEST_SLOTS;
    while (slots < most * 2)
        slots *= 2;
    return (struct digest_table){.slots = arena_alloc_array(arena, slots, sizeof(struct digest_slot)),
                                 .slot_mask = slots - 1};
}

const void *
digest_table_add(struct digest_table *table, const uint8_t digest[DIGEST_SHA256_BYTES], const void *value)
{
    struct digest_slot *slot = find_slot(table, digest);
    if (slot->value)
        return slot->value;
    memcpy(slot->digest, digest, DIGEST_SHA256_BYTES);
    slot->value = value;
    return NULL;
}

const void *
digest_table_find(const struct digest_table *table, const uint8_t digest[DIGEST_SHA256_BYTES])
{
    return table->slots ? find_slot(table, digest)->value : NULL;
}
