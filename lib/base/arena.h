/* Memory that lives as long as one piece of work, and the release of everything that work opened.
 *
 * Running out of memory ends the process, so nothing here can fail; whoever takes sizes from outside
 * bounds them first. Under AddressSanitizer freed and reset blocks are poisoned. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;

typedef void (*arena_release_fn)(void *owner);

/* A new arena; its first block holds first_block_bytes (0: a default of 4 KiB) and is kept by arena_reset. */
struct arena *arena_new(size_t first_block_bytes);
/* Runs the deferred releases, newest first, then frees every block. NULL is fine. */
void arena_free(struct arena *arena);
/* As arena_free, but keeps the arena and its first block for the next piece of work. */
void arena_reset(struct arena *arena);
/* As arena_reset, and overwrites all that was in it: for what held a secret. */
void arena_wipe(struct arena *arena);

/* Zeroed memory, aligned for any type; never NULL, also for 0 bytes. */
void *arena_alloc(struct arena *arena, size_t bytes);
/* As arena_alloc, but not zeroed: for I/O buffers and what is overwritten at once. */
void *arena_alloc_raw(struct arena *arena, size_t bytes);
/* Makes the newest allocation longer where it stands; false when it is not the newest or there is no room. */
bool arena_extend(struct arena *arena, const void *newest, size_t old_bytes, size_t new_bytes);
/* count * bytes, checked for overflow. */
void *arena_alloc_array(struct arena *arena, size_t count, size_t bytes);
void *arena_copy(struct arena *arena, const void *bytes, size_t length);
/* Grows an array of item_bytes-sized items so that one more fits, and returns where it lives now.
 * *capacity is the caller's count of slots, 0 with items NULL at first. */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t item_bytes);

/* release(owner) runs when the arena ends, newest first. Write it in the line after the thing was made. */
void arena_defer(struct arena *arena, arena_release_fn release, void *owner);

/* Bytes of all blocks, for metrics and tests. */
size_t arena_size_bytes(const struct arena *arena);

/* `scoped_arena struct arena *a = arena_new(0);` frees it at the end of the block: mains and tests only. */
#define scoped_arena __attribute__((cleanup(arena_free_scoped)))
void arena_free_scoped(struct arena **arena);
