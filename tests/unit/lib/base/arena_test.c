/* Arenas: zeroed, aligned, growing, undone in order; poisoned when a sanitizer looks. */
#include "lib/base/arena.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

Test(arena, gives_zeroed_memory_aligned_for_any_type)
{
    scoped_arena struct arena *arena = arena_new(0);
    for (size_t bytes = 0; bytes < 5000; bytes += 37) {
        unsigned char *memory = arena_alloc(arena, bytes);
        cr_assert_not_null(memory);
        cr_assert_eq((uintptr_t)memory % 16, 0);
        for (size_t i = 0; i < bytes; i++)
            cr_assert_eq(memory[i], 0);
        memset(memory, 0xAA, bytes);
    }
}

Test(arena, zeroes_memory_that_was_used_before_a_reset)
{
    scoped_arena struct arena *arena = arena_new(1024);
    memset(arena_alloc(arena, 1000), 0xAA, 1000);

    arena_reset(arena);

    const unsigned char *memory = arena_alloc(arena, 1000);
    for (size_t i = 0; i < 1000; i++)
        cr_assert_eq(memory[i], 0);
}

Test(arena, leaves_nothing_to_read_of_what_was_wiped)
{
    scoped_arena struct arena *arena = arena_new(1024);
    memset(arena_alloc(arena, 700), 0xAA, 700);
    memset(arena_alloc(arena, 5000), 0xAA, 5000); /* in a block of its own */

    arena_wipe(arena);

    const unsigned char *memory = arena_alloc_raw(arena, 1000);
    for (size_t i = 0; i < 700; i++)
        cr_assert_eq(memory[i], 0);
}

Test(arena, never_hands_out_the_same_bytes_twice)
{
    scoped_arena struct arena *arena = arena_new(64);
    char *places[200];
    for (size_t i = 0; i < 200; i++) {
        places[i] = arena_alloc_raw(arena, i * 11);
        memset(places[i], (int)i, i * 11);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t j = 0; j < i * 11; j++)
            cr_assert_eq((unsigned char)places[i][j], i);
}

Test(arena, keeps_its_first_block_over_a_reset_and_gives_the_rest_back)
{
    scoped_arena struct arena *arena = arena_new(4096);
    size_t at_first = arena_size_bytes(arena);
    const void *first = arena_alloc(arena, 100);

    (void)arena_alloc(arena, 3 << 20);
    for (int i = 0; i < 100; i++)
        (void)arena_alloc(arena, 2000);
    cr_assert_gt(arena_size_bytes(arena), (3U << 20) + 200000U);
    arena_reset(arena);

    cr_assert_eq(arena_size_bytes(arena), at_first);
    cr_assert_eq(arena_alloc(arena, 100), first);
}

Test(arena, does_not_grow_when_the_first_block_is_enough)
{
    scoped_arena struct arena *arena = arena_new(4096);
    size_t at_first = arena_size_bytes(arena);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 32; i++)
            (void)arena_alloc_raw(arena, 64);
        cr_assert_eq(arena_size_bytes(arena), at_first);
        arena_reset(arena);
    }
}

Test(arena, gives_a_large_allocation_its_own_block_and_keeps_using_the_current_one)
{
    scoped_arena struct arena *arena = arena_new(4096);
    const char *before = arena_alloc(arena, 16);
    (void)arena_alloc(arena, 100000);
    const char *after = arena_alloc(arena, 16);
    cr_assert_lt(after - before, 4096);
    cr_assert_lt(arena_size_bytes(arena), 110000);
}

Test(arena, asks_for_few_blocks_since_they_double)
{
    scoped_arena struct arena *arena = arena_new(4096);
    int block_count = 1;
    size_t size = arena_size_bytes(arena);
    while (size < 1U << 20) {
        (void)arena_alloc_raw(arena, 64);
        if (arena_size_bytes(arena) != size)
            block_count++;
        size = arena_size_bytes(arena);
    }
    cr_assert_leq(block_count, 9);
}

Test(arena, has_blocks_that_stop_doubling_at_a_mebibyte)
{
    scoped_arena struct arena *arena = arena_new(0);
    for (int i = 0; i < 4096; i++)
        (void)arena_alloc_raw(arena, 1024); /* 4 MiB in small pieces */
    size_t before = arena_size_bytes(arena);
    cr_assert_lt(before, 6U << 20);
}

static int released[4];
static int released_count;

static void
note_release(void *owner)
{
    released[released_count++] = *(const int *)owner;
}

Test(arena, undoes_what_was_deferred_newest_first_and_once)
{
    struct arena *arena = arena_new(0);
    int numbers[] = {1, 2, 3};
    for (size_t i = 0; i < 3; i++)
        arena_defer(arena, note_release, &numbers[i]);

    arena_reset(arena);
    cr_assert_eq(released_count, 3);
    cr_assert(released[0] == 3 && released[1] == 2 && released[2] == 1);

    arena_free(arena);
    cr_assert_eq(released_count, 3);
}

static struct arena *defer_into;

static void
defer_another(void *owner)
{
    arena_defer(defer_into, note_release, owner);
}

Test(arena, runs_a_release_that_a_release_deferred)
{
    defer_into = arena_new(0);
    int number = 7;
    arena_defer(defer_into, defer_another, &number);
    arena_free(defer_into);
    cr_assert_eq(released_count, 1);
    cr_assert_eq(released[0], 7);
}

Test(arena, can_be_freed_when_there_is_none)
{
    arena_free(NULL);
}

Test(arena, grows_an_array_and_keeps_its_items)
{
    scoped_arena struct arena *arena = arena_new(256);
    uint32_t *items = NULL;
    size_t count = 0;
    size_t capacity = 0;
    for (uint32_t i = 0; i < 10000; i++) {
        items = arena_grow(arena, items, count, &capacity, sizeof(*items));
        cr_assert_gt(capacity, count);
        items[count++] = i;
        if (i % 1000 == 0)
            (void)arena_alloc(arena, 1); /* in the way of growing in place */
    }
    for (uint32_t i = 0; i < 10000; i++)
        cr_assert_eq(items[i], i);
}

Test(arena, extends_only_the_newest_allocation)
{
    scoped_arena struct arena *arena = arena_new(4096);
    const char *older = arena_alloc_raw(arena, 10);
    char *newer = arena_alloc_raw(arena, 10);
    cr_assert_not(arena_extend(arena, older, 10, 100));
    cr_assert_not(arena_extend(arena, newer, 10, 100000));
    cr_assert_not(arena_extend(arena, NULL, 0, 10));
    if (arena_extend(arena, newer, 10, 100)) {
        char *next = arena_alloc_raw(arena, 1);
        memset(newer, 0x55, 100);
        cr_assert(next >= newer + 100);
    }
}

Test(arena, ends_the_process_when_count_times_size_overflows, .signal = SIGABRT)
{
    scoped_arena struct arena *arena = arena_new(0);
    (void)arena_alloc_array(arena, SIZE_MAX / 2, 3);
}

#if defined(__SANITIZE_ADDRESS__)
Test(arena, poisons_what_is_not_handed_out)
{
    scoped_arena struct arena *arena = arena_new(4096);
    char *memory = arena_alloc(arena, 20);
    cr_assert_not(__asan_address_is_poisoned(memory + 19));
    cr_assert(__asan_address_is_poisoned(memory + 20), "one past the end");
    arena_reset(arena);
    cr_assert(__asan_address_is_poisoned(memory), "after a reset");
}
#endif
