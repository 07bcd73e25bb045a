#include "operator/kube/kube_lines.h"

#include <criterion/criterion.h>

#include "tests/support/arena_fixture.h"

TestSuite(kube_lines, .init = given_arena, .fini = end_arena);

/* All lines of the pieces that end at `cut` and at the end, joined by '|'. */
static struct text
lines_of(struct text whole, size_t cut)
{
    struct kube_lines lines;
    kube_lines_init(&lines, arena);
    struct buffer joined;
    buffer_init(&joined, arena, 0);
    struct text pieces[] = {text_slice(whole, 0, cut), text_slice(whole, cut, whole.length)};
    for (size_t i = 0; i < 2; i++) {
        struct text line;
        while (kube_lines_next(&lines, &pieces[i], &line) == KUBE_LINE_WHOLE) {
            buffer_add_text(&joined, line);
            buffer_add_byte(&joined, '|');
        }
    }
    return buffer_text(&joined);
}

Test(kube_lines, are_the_same_wherever_the_pieces_are_cut)
{
    struct text whole = TEXT("{\"a\":1}\n{}\r\n\n\r\n{\"longer\":[1,2,3]}\n{\"no end");
    for (size_t cut = 0; cut <= whole.length; cut++)
        cr_assert(text_equals(lines_of(whole, cut), TEXT("{\"a\":1}|{}|{\"longer\":[1,2,3]}|")), "cut %zu",
                  cut);
}

Test(kube_lines, leave_out_the_chunk_sizes_of_a_proxy_that_encodes_twice)
{
    struct text whole = TEXT("1a\r\n{\"a\":1}\n\r\nFF;name=value\r\n{}\n\r\n0\r\n\r\n");
    for (size_t cut = 0; cut <= whole.length; cut++)
        cr_assert(text_equals(lines_of(whole, cut), TEXT("{\"a\":1}|{}|")), "cut %zu", cut);
}

Test(kube_lines, may_be_longer_than_a_megabyte_and_give_their_memory_back)
{
    struct kube_lines lines;
    kube_lines_init(&lines, arena);
    char *piece_bytes = arena_alloc(arena, 4096);
    memset(piece_bytes, 'x', 4096);
    struct text line;
    for (int i = 0; i < 300; i++) {
        struct text piece = {piece_bytes, 4096};
        cr_assert_eq(kube_lines_next(&lines, &piece, &line), KUBE_LINE_NEEDS_MORE);
    }
    struct text end = TEXT("\nshort\n");
    cr_assert_eq(kube_lines_next(&lines, &end, &line), KUBE_LINE_WHOLE);
    cr_assert_eq(line.length, 300u * 4096);
    cr_assert_eq(kube_lines_next(&lines, &end, &line), KUBE_LINE_WHOLE);
    cr_assert(text_equals(line, TEXT("short")));
    cr_assert_leq(arena_size_bytes(lines.arena), 64u * 1024);
}

Test(kube_lines, over_the_bound_end_the_stream_before_they_are_stored)
{
    struct kube_lines lines;
    kube_lines_init(&lines, arena);
    size_t piece_length = 1u << 20;
    char *piece_bytes = arena_alloc(arena, piece_length);
    memset(piece_bytes, 'x', piece_length);
    struct text line;
    for (size_t taken = 0; taken < KUBE_LINE_MAX_BYTES; taken += piece_length) {
        struct text piece = {piece_bytes, piece_length};
        cr_assert_eq(kube_lines_next(&lines, &piece, &line), KUBE_LINE_NEEDS_MORE);
    }
    struct text one_more = TEXT("x\n");
    cr_assert_eq(kube_lines_next(&lines, &one_more, &line), KUBE_LINE_TOO_LONG);
    kube_lines_reset(&lines);
    struct text next = TEXT("{}\n");
    cr_assert_eq(kube_lines_next(&lines, &next, &line), KUBE_LINE_WHOLE);
}

Test(kube_lines, a_zero_byte_is_no_digit)
{
    struct kube_lines lines;
    kube_lines_init(&lines, arena);
    struct text line, piece = {"\0\n", 2};
    cr_assert_eq(kube_lines_next(&lines, &piece, &line), KUBE_LINE_WHOLE);
    cr_assert_eq(line.length, 1);
}
