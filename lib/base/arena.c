/* Memory that lives as long as one piece of work: a chain of blocks, handed out from the front to the back.
 *
 * Blocks double in size up to LARGEST_BLOCK_BYTES; what does not fit half of one gets a block of its own, so
 * the rest of the current block is not lost. Single allocations are never given back. */
#include "lib/base/arena.h"

#include <assert.h>
#include <stdint.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#endif

#ifdef SANITIZED
#include <sanitizer/asan_interface.h>
#define POISON(START, BYTES) ASAN_POISON_MEMORY_REGION(START, BYTES)
#define UNPOISON(START, BYTES) ASAN_UNPOISON_MEMORY_REGION(START, BYTES)
enum {
    GUARD_BYTES = 16,
    MAY_EXTEND = 0
}; /* a gap between allocations; every growth moves, so stale pointers show */
#else
#define POISON(START, BYTES) ((void)(START), (void)(BYTES))
#define UNPOISON(START, BYTES) ((void)(START), (void)(BYTES))
enum { GUARD_BYTES = 0, MAY_EXTEND = 1 };
#endif

enum {
    ALIGNMENT = 16,
    DEFAULT_BLOCK_BYTES = 4096,
    LARGEST_BLOCK_BYTES = 1 << 20,
    SMALLEST_ARRAY = 8,
};

struct block {
    struct block *older;
    size_t capacity;
    size_t used;
    char bytes[] __attribute__((aligned(16)));
};

struct deferred {
    struct deferred *older;
    arena_release_fn release;
    void *owner;
};

/* Lives at the start of its first block. */
struct arena {
    struct block *newest;
    struct block *first;
    struct deferred *deferred;
    size_t first_used; /* of the first block when nothing is allocated */
    size_t next_block_bytes;
    size_t size_bytes;
};

static struct block *block_new(size_t capacity);
static void *block_take(struct block *block, size_t bytes);
static void *take_from_new_block(struct arena *arena, size_t bytes);
static void release_all(struct arena *arena);
static void set_next_block_bytes(struct arena *arena, size_t last_bytes);

static size_t
round_up(size_t bytes)
{
    return (bytes + (ALIGNMENT - 1)) & ~(size_t)(ALIGNMENT - 1);
}

struct arena *
arena_new(size_t first_block_bytes)
{
    size_t wanted = round_up(first_block_bytes > 0 ? first_block_bytes : DEFAULT_BLOCK_BYTES);
    struct block *first = block_new(wanted + round_up(sizeof(struct arena)) + GUARD_BYTES);
    struct arena *arena = block_take(first, sizeof(struct arena));

    *arena = (struct arena){.newest = first, .first = first, .size_bytes = first->capacity};
    arena->first_used = first->used;
    set_next_block_bytes(arena, wanted);
    return arena;
}

void
arena_free(struct arena *arena)
{
    if (!arena)
        return;
    arena_reset(arena);
    free(arena->first);
}

void
arena_reset(struct arena *arena)
{
    release_all(arena);

    struct block *first = arena->first;
    for (struct block *block = arena->newest; block;) {
        struct block *older = block->older;
        if (block != first)
            free(block);
        block = older;
    }
    first->older = NULL;
    POISON(first->bytes + arena->first_used, first->used - arena->first_used);
    first->used = arena->first_used;
    arena->newest = first;
    arena->size_bytes = first->capacity;
    set_next_block_bytes(arena, first->capacity - arena->first_used);
}

void
arena_wipe(struct arena *arena)
{
    release_all(arena);
    for (struct block *block = arena->newest; block; block = block->older) {
        size_t from = block == arena->first ? arena->first_used : 0;
        UNPOISON(block->bytes + from, block->used - from);
        explicit_bzero(block->bytes + from, block->used - from);
    }
    arena_reset(arena);
}

void *
arena_alloc(struct arena *arena, size_t bytes)
{
    return memset(arena_alloc_raw(arena, bytes), 0, bytes);
}

void *
arena_alloc_raw(struct arena *arena, size_t bytes)
{
    assert(bytes <= SIZE_MAX / 4); /* nobody means this much: a length went negative */
    void *taken = block_take(arena->newest, bytes);
    return taken ? taken : take_from_new_block(arena, bytes);
}

bool
arena_extend(struct arena *arena, const void *newest, size_t old_bytes, size_t new_bytes)
{
    struct block *block = arena->newest;
    size_t held = round_up(old_bytes > 0 ? old_bytes : 1);
    if (!MAY_EXTEND || !newest || block->used < held || block->bytes + (block->used - held) != newest)
        return false;

    assert(new_bytes >= old_bytes && new_bytes <= SIZE_MAX / 4);
    size_t more = round_up(new_bytes) > held ? round_up(new_bytes) - held : 0;
    if (more > block->capacity - block->used)
        return false;
    block->used += more;
    return true;
}

void *
arena_alloc_array(struct arena *arena, size_t count, size_t bytes)
{
    size_t total = 0;
    bool overflows = __builtin_mul_overflow(count, bytes, &total);
    assert(!overflows);
    return arena_alloc(arena, total);
}

void *
arena_copy(struct arena *arena, const void *bytes, size_t length)
{
    void *copy = arena_alloc_raw(arena, length);
    if (length > 0)
        memcpy(copy, bytes, length);
    return copy;
}

void *
arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t item_bytes)
{
    assert(count <= *capacity && (items || count == 0));
    if (count < *capacity)
        return items;

    size_t larger = *capacity > 0 ? *capacity * 2 : SMALLEST_ARRAY;
    size_t old_bytes = count * item_bytes;
    if (items && arena_extend(arena, items, old_bytes, larger * item_bytes)) {
        memset((char *)items + old_bytes, 0, larger * item_bytes - old_bytes);
        *capacity = larger;
        return items;
    }
    void *moved = arena_alloc_array(arena, larger, item_bytes);
    if (items)
        memcpy(moved, items, old_bytes);
    *capacity = larger;
    return moved;
}

void
arena_defer(struct arena *arena, arena_release_fn release, void *owner)
{
    struct deferred *deferred = arena_alloc(arena, sizeof(*deferred));
    *deferred = (struct deferred){.older = arena->deferred, .release = release, .owner = owner};
    arena->deferred = deferred;
}

size_t
arena_size_bytes(const struct arena *arena)
{
    return arena->size_bytes;
}

void
arena_free_scoped(struct arena **arena)
{
    arena_free(*arena);
}

static struct block *
block_new(size_t capacity)
{
    struct block *block = malloc(sizeof(*block) + capacity);
    if (!block) {
        fprintf(stderr, "out of memory: %zu bytes asked for\n", capacity);
        abort();
    }
    block->older = NULL;
    block->capacity = capacity;
    block->used = 0;
    POISON(block->bytes, capacity);
    return block;
}

/* NULL when it does not fit. */
static void *
block_take(struct block *block, size_t bytes)
{
    size_t need = round_up(bytes > 0 ? bytes : 1) + GUARD_BYTES;
    if (need > block->capacity - block->used)
        return NULL;
    char *taken = block->bytes + block->used;
    block->used += need;
    UNPOISON(taken, bytes);
    return taken;
}

/* Apart, so that what fits into a block costs a few instructions. */
__attribute__((noinline)) static void *
take_from_new_block(struct arena *arena, size_t bytes)
{
    size_t need = round_up(bytes > 0 ? bytes : 1) + GUARD_BYTES;
    bool has_its_own = need > arena->next_block_bytes / 2;
    struct block *block = block_new(has_its_own ? need : arena->next_block_bytes);

    arena->size_bytes += block->capacity;
    if (has_its_own) {
        /* Behind the newest, whose rest stays in use. */
        block->older = arena->newest->older;
        arena->newest->older = block;
    } else {
        block->older = arena->newest;
        arena->newest = block;
        set_next_block_bytes(arena, block->capacity);
    }
    return block_take(block, bytes);
}

/* A release may defer another one; it runs too. */
static void
release_all(struct arena *arena)
{
    while (arena->deferred) {
        struct deferred *deferred = arena->deferred;
        arena->deferred = deferred->older;
        deferred->release(deferred->owner);
    }
}

static void
set_next_block_bytes(struct arena *arena, size_t last_bytes)
{
    arena->next_block_bytes = last_bytes < LARGEST_BLOCK_BYTES / 2 ? last_bytes * 2 : LARGEST_BLOCK_BYTES;
}
