/* Reading and building documents. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/document/document_build.h"

static struct arena *arena;

static void
start(void)
{
    arena = arena_new(0);
}

static void
end(void)
{
    arena_free(arena);
}

TestSuite(document, .init = start, .fini = end);

static struct document *
limit(int64_t per_minute)
{
    struct document *map = document_new_map(arena);
    document_set_int(map, "rpm", per_minute);
    return map;
}

Test(document, reads_an_absent_document_as_null_all_the_way_down)
{
    const struct document *absent = document_find(document_find(NULL, TEXT("a")), TEXT("b"));

    cr_assert_null(absent);
    cr_assert_eq(document_kind(absent), DOCUMENT_NULL);
    cr_assert_eq(document_count(absent), 0u);
    cr_assert_eq(document_text(absent).length, 0u);
    cr_assert_not(document_bool(absent));
    cr_assert_null(document_at(absent, 0));
}

Test(document, walks_a_path_of_keys_and_indexes)
{
    struct document *limits = document_new_list(arena);
    document_append(limits, limit(10));
    document_append(limits, limit(20));
    struct document *spec = document_new_map(arena), *root = document_new_map(arena);
    document_set(spec, TEXT("limits"), limits);
    document_set(root, TEXT("spec"), spec);

    int64_t found = 0;
    cr_assert(document_int(document_get(root, "spec.limits[1].rpm"), &found));
    cr_assert_eq(found, 20);
    cr_assert_eq(document_get(root, ""), root);
    cr_assert_null(document_get(root, "spec.limits[2].rpm"));
    cr_assert_null(document_get(root, "spec.limits[x]"));
    cr_assert_null(document_get(root, "spec.limits[1"));
    cr_assert_null(document_get(root, "spec.nothing.rpm"));
    cr_assert_null(document_get(root, "spec.limits.rpm"));
}

Test(document, keeps_the_order_of_keys_and_replaces_in_place)
{
    struct document *map = document_new_map(arena);
    document_set_int(map, "z", 1);
    document_set_int(map, "a", 2);
    document_set_int(map, "z", 3);

    cr_assert_eq(document_count(map), 2u);
    cr_assert(text_equals(document_key_at(map, 0), TEXT("z")));
    cr_assert(text_equals(document_text(document_value_at(map, 0)), TEXT("3")));
    cr_assert_null(document_value_at(map, 2));
}

Test(document, finds_every_key_of_a_big_map)
{
    struct document *map = document_new_map(arena);
    for (int64_t i = 0; i < 1000; i++)
        document_set(map, text_format(arena, "key%lld", (long long)i), document_new_int(arena, i));

    cr_assert_eq(document_count(map), 1000u);
    for (int64_t i = 0; i < 1000; i++) {
        int64_t found = -1;
        struct text key = text_format(arena, "key%lld", (long long)i);
        cr_assert(document_int(document_find(map, key), &found));
        cr_assert_eq(found, i);
    }
    cr_assert_null(document_find(map, TEXT("key1000")));
}

Test(document, is_equal_whatever_the_order_of_keys)
{
    struct document *a = limit(1), *b = document_new_map(arena);
    document_set_bool(a, "on", true);
    document_set_bool(b, "on", true);
    document_set_int(b, "rpm", 1);

    cr_assert(document_equals(a, b));
    document_set_int(b, "rpm", 2);
    cr_assert_not(document_equals(a, b));
    cr_assert_not(document_equals(a, NULL));
    cr_assert(document_equals(NULL, document_new_null(arena)));
}

Test(document, tells_integers_from_other_numbers)
{
    int64_t value = 0;

    cr_assert(document_int(document_new_number(arena, TEXT("-9223372036854775808")), &value));
    cr_assert_eq(value, INT64_MIN);
    cr_assert_not(document_int(document_new_number(arena, TEXT("9223372036854775808")), &value));
    cr_assert_not(document_int(document_new_number(arena, TEXT("1.0")), &value));
    cr_assert_not(document_int(document_new_text(arena, TEXT("1")), &value));
}

Test(document, says_where_a_key_stands_and_falls_back_to_its_value)
{
    struct document *map = document_new_map(arena), *value = document_new_int(arena, 1);
    document_set_place(value, (struct document_place){TEXT("a.yaml"), 3, 7});
    document_set(map, TEXT("key"), value);

    cr_assert_eq(document_key_place(map, TEXT("key")).column, 7);
    document_set_key_place(map, TEXT("key"), (struct document_place){TEXT("a.yaml"), 3, 2});
    cr_assert_eq(document_key_place(map, TEXT("key")).column, 2);
    cr_assert_eq(document_key_place(map, TEXT("other")).line, 0);
}
