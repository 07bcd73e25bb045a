/* Maps: find what was set, in insertion order, through growth and removal. */
#include "lib/base/map.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "tests/unit/lib/base/expect_text.h"

enum { MANY = 5000 };

static struct text
name_of(struct arena *arena, int number)
{
    return text_format(arena, "key-%d", number);
}

Test(map, finds_what_was_set_and_nothing_else)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct map *map = map_new(arena);
    static int values[MANY];
    cr_assert_null(map_find(map, TEXT("key-0")));
    for (int i = 0; i < MANY; i++)
        map_set(map, name_of(arena, i), &values[i]);
    cr_assert_eq(map_count(map), MANY);
    for (int i = 0; i < MANY; i++)
        cr_assert_eq(map_find(map, name_of(arena, i)), &values[i]);
    cr_assert_null(map_find(map, TEXT("key-5000")));
    cr_assert_null(map_find(map, TEXT("")));
}

Test(map, replaces_a_value_and_keeps_its_place)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct map *map = map_new(arena);
    int one = 1;
    int two = 2;
    cr_assert_null(map_set(map, TEXT("a"), &one));
    cr_assert_null(map_set(map, TEXT("b"), &one));
    cr_assert_eq(map_set(map, TEXT("a"), &two), &one, "what it replaced");
    cr_assert_eq(map_count(map), 2);
    cr_assert_eq(map_find(map, TEXT("a")), &two);

    size_t at = 0;
    struct text key;
    void *value;
    cr_assert(map_next(map, &at, &key, &value));
    expect_text(key, "a");
}

Test(map, copies_its_keys_and_takes_any_bytes)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct map *map = map_new(arena);
    char key[] = "ab";
    int value = 0;
    map_set(map, text_of(key), &value);
    map_set(map, (struct text){"a\0b", 3}, map);
    map_set(map, (struct text){0}, arena);
    key[0] = 'x';
    cr_assert_eq(map_find(map, TEXT("ab")), &value);
    cr_assert_eq(map_find(map, ((struct text){"a\0b", 3})), map);
    cr_assert_eq(map_find(map, TEXT("")), arena);
}

Test(map, forgets_what_was_removed)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct map *map = map_new(arena);
    static int values[MANY];
    for (int i = 0; i < MANY; i++)
        map_set(map, name_of(arena, i), &values[i]);
    for (int i = 0; i < MANY; i += 2)
        cr_assert(map_remove(map, name_of(arena, i)));
    cr_assert_eq(map_count(map), MANY / 2);
    cr_assert_not(map_remove(map, TEXT("key-0")), "it is gone already");
    for (int i = 0; i < MANY; i++)
        cr_assert_eq(map_find(map, name_of(arena, i)), i % 2 ? &values[i] : NULL);
    map_set(map, TEXT("key-0"), &values[0]);
    cr_assert_eq(map_find(map, TEXT("key-0")), &values[0]);
}

Test(map, walks_in_insertion_order_past_removed_ones)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct map *map = map_new(arena);
    for (int i = 0; i < MANY; i++)
        map_set(map, name_of(arena, i), arena);
    for (int i = 0; i < MANY; i++)
        if (i % 3 != 1)
            (void)map_remove(map, name_of(arena, i));

    size_t at = 0;
    struct text key;
    void *value;
    int wanted = 1;
    while (map_next(map, &at, &key, &value)) {
        cr_assert(text_equals(key, name_of(arena, wanted)));
        wanted += 3;
    }
    cr_assert_eq((size_t)(wanted - 1) / 3, map_count(map));
}

Test(map, that_is_set_and_removed_for_ever_keeps_its_size)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct map *map = map_new(arena);
    int value = 0;
    map_set(map, TEXT("stays"), &value);
    for (int i = 0; i < 20000; i++) {
        map_set(map, TEXT("comes and goes"), &value);
        cr_assert(map_remove(map, TEXT("comes and goes")));
    }
    /* 20,000 keys of 14 bytes, and tables that did not grow with them. */
    cr_assert_lt(arena_size_bytes(arena), 1 << 20);
    cr_assert_eq(map_count(map), 1);
    cr_assert_eq(map_find(map, TEXT("stays")), &value);
}

Test(map, that_is_empty_has_nothing_to_walk_find_or_remove)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct map *map = map_new(arena);
    size_t at = 0;
    struct text key;
    void *value;
    cr_assert_not(map_next(map, &at, &key, &value));
    cr_assert_not(map_remove(map, TEXT("a")));
    map_set(map, TEXT("a"), arena);
    cr_assert(map_remove(map, TEXT("a")));
    at = 0;
    cr_assert_not(map_next(map, &at, &key, &value));
    cr_assert_null(map_find(map, TEXT("a")));
}
