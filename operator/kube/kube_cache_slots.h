/* For what is kept of each object of a cluster: an open-addressing set of pointers by hash, whose memory
 * follows its size both ways. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kube_slot {
    uint64_t hash;
    void *value; /* NULL: free */
};

/* Zeroed is empty. */
struct kube_slots {
    struct kube_slot *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

typedef bool (*kube_slots_is_fn)(const void *value, const void *wanted);

/* The value with this hash that is_it accepts; NULL when there is none. */
void *
kube_slots_find(const struct kube_slots *slots, uint64_t hash, kube_slots_is_fn is_it, const void *wanted);
void kube_slots_add(struct kube_slots *slots, uint64_t hash, void *value);
/* old must be there. */
void kube_slots_replace(struct kube_slots *slots, uint64_t hash, const void *old, void *value);
void kube_slots_remove(struct kube_slots *slots, uint64_t hash, const void *old);
size_t kube_slots_bytes(const struct kube_slots *slots);
void kube_slots_close(struct kube_slots *slots);
