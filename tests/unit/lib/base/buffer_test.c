/* Buffers: whatever is added stands there, in order; JSON strings are always valid JSON. */
#include "lib/base/buffer.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "tests/unit/lib/base/expect_text.h"

Test(buffer, keeps_everything_added_in_order)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct buffer buffer;
    buffer_init(&buffer, arena, 0);
    buffer_add_string(&buffer, "a");
    buffer_add_text(&buffer, TEXT("bc"));
    buffer_add_text(&buffer, (struct text){0});
    buffer_add_byte(&buffer, '-');
    buffer_add_int(&buffer, 42);
    buffer_print(&buffer, " %s/%d", "x", 7);
    buffer_add(&buffer, "\0", 1);
    cr_assert(text_equals(buffer_text(&buffer), ((struct text){"abc-42 x/7\0", 11})));
}

Test(buffer, grows_from_any_capacity_and_loses_nothing)
{
    scoped_arena struct arena *arena = arena_new(128);
    for (size_t capacity = 0; capacity < 70; capacity += 23) {
        struct buffer buffer;
        buffer_init(&buffer, arena, capacity);
        for (size_t i = 0; i < 50000; i++) {
            buffer_add_byte(&buffer, (char)(i * 7));
            if (i % 5000 == 0)
                (void)arena_alloc(arena, 1); /* in the way of growing in place */
        }
        cr_assert_eq(buffer.length, 50000);
        for (size_t i = 0; i < 50000; i++)
            cr_assert_eq(buffer.bytes[i], (char)(i * 7));
    }
}

Test(buffer, two_growing_beside_each_other_do_not_mix)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct buffer a;
    struct buffer b;
    buffer_init(&a, arena, 1);
    buffer_init(&b, arena, 1);
    for (int i = 0; i < 3000; i++) {
        buffer_add_byte(&a, 'a');
        buffer_add_byte(&b, 'b');
    }
    for (size_t i = 0; i < 3000; i++)
        cr_assert(a.bytes[i] == 'a' && b.bytes[i] == 'b');
}

Test(buffer, reserves_room_that_is_filled_from_outside)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct buffer buffer;
    buffer_init(&buffer, arena, 4);
    buffer_add_string(&buffer, "ab");
    memcpy(buffer_reserve(&buffer, 1000), "cdef", 4);
    cr_assert_geq(buffer.capacity, 1002);
    cr_assert_eq(buffer.length, 2);
    buffer_grew(&buffer, 4);
    expect_text(buffer_text(&buffer), "abcdef");
}

Test(buffer, prints_numbers_to_their_limits)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct buffer buffer;
    buffer_init(&buffer, arena, 0);
    buffer_add_int(&buffer, INT64_MIN);
    buffer_add_byte(&buffer, ' ');
    buffer_add_int(&buffer, INT64_MAX);
    buffer_add_byte(&buffer, ' ');
    buffer_add_int(&buffer, 0);
    expect_text(buffer_text(&buffer), "-9223372036854775808 9223372036854775807 0");
}

Test(buffer, prints_numbers_of_any_length)
{
    scoped_arena struct arena *arena = arena_new(0);
    int64_t power = 1;
    for (int digits = 1; digits <= 18; digits++, power *= 10) {
        const int64_t near[] = {power - 1, power,     power + 1, power + power / 2,
                                -power,    1 - power, -1 - power};
        for (size_t i = 0; i < COUNT_OF(near); i++) {
            struct buffer buffer;
            buffer_init(&buffer, arena, 0);
            buffer_add_int(&buffer, near[i]);
            cr_assert(text_equals(buffer_text(&buffer), text_format(arena, "%lld", (long long)near[i])));
        }
    }
}

Test(buffer, prints_more_than_was_reserved)
{
    scoped_arena struct arena *arena = arena_new(0);
    for (int length = 60; length < 70; length++) {
        struct buffer buffer;
        buffer_init(&buffer, arena, 0);
        buffer_print(&buffer, "%0*d", length, 5);
        cr_assert_eq(buffer.length, (size_t)length);
        cr_assert_eq(buffer.bytes[length - 1], '5');
    }
}

Test(buffer, writes_json_strings_that_are_always_valid)
{
    static const struct {
        struct text value;
        const char *wanted;
    } cases[] = {
        {{"", 0}, "\"\""},
        {{NULL, 0}, "\"\""},
        {{"plain", 5}, "\"plain\""},
        {{"\"\\/", 3}, "\"\\\"\\\\/\""},
        {{"\n\r\t", 3}, "\"\\n\\r\\t\""},
        {{"\0\x01\x1F\x7F", 4}, "\"\\u0000\\u0001\\u001f\x7F\""},
        {{"h\xC3\xA9 \xF0\x9F\x98\x80", 8}, "\"h\xC3\xA9 \xF0\x9F\x98\x80\""},
        {{"a\xFF"
          "b",
          3},
         "\"a\xEF\xBF\xBD"
         "b\""},
        {{"\xE2\x82", 2}, "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {{"\xED\xA0\x80", 3}, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
    };
    scoped_arena struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buffer buffer;
        buffer_init(&buffer, arena, 0);
        buffer_add_json_string(&buffer, cases[i].value);
        expect_text(buffer_text(&buffer), cases[i].wanted);
    }
}

/* As byte by byte, where no run is as long as those that are looked at at once. */
static void
expect_escaped_as_bytes(struct arena *local, struct text text)
{
    struct buffer whole, pieces;
    buffer_init(&whole, local, 0);
    buffer_init(&pieces, local, 0);
    buffer_add_json_string(&whole, text);
    buffer_add_byte(&pieces, '"');
    for (size_t i = 0; i < text.length; i++) {
        struct buffer one;
        buffer_init(&one, local, 0);
        buffer_add_json_string(&one, text_slice(text, i, i + 1));
        buffer_add(&pieces, one.bytes + 1, one.length - 2);
    }
    buffer_add_byte(&pieces, '"');
    cr_assert(text_equals(buffer_text(&whole), buffer_text(&pieces)), "%.*s", TEXT_ARG(buffer_text(&whole)));
}

Test(buffer, escapes_whatever_stands_anywhere_in_texts_of_any_length)
{
    static const char special[] = {'"', '\\', '\n', 0x1f, 0x00, 0x7f, (char)0x80, (char)0xff, ' ', '!', '#'};
    struct arena *local = arena_new(0);
    for (size_t length = 1; length <= 40; length++)
        for (size_t at = 0; at < length; at++)
            for (size_t i = 0; i < sizeof(special); i++) {
                char *bytes = arena_alloc_raw(local, length); /* a sanitizer sees who looks beyond it */
                memset(bytes, 'a', length);
                bytes[at] = special[i];
                expect_escaped_as_bytes(local, (struct text){bytes, length});
                arena_reset(local);
            }
    arena_free(local);
}
