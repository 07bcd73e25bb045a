/* What is written is what the standard says, and what our reader reads back. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/net/sse.h"

static struct text
write_event(struct arena *arena, struct text type, struct text data)
{
    struct buffer out;
    buffer_init(&out, arena, 0);
    sse_write(&out, type, data);
    return buffer_text(&out);
}

Test(sse_writer, writes_one_line_of_data)
{
    scoped_arena struct arena *arena = arena_new(0);

    cr_assert(text_equals(write_event(arena, TEXT(""), TEXT("[DONE]")), TEXT("data: [DONE]\n\n")));
    cr_assert(text_equals(write_event(arena, TEXT("ping"), TEXT("{}")), TEXT("event: ping\ndata: {}\n\n")));
    cr_assert(text_equals(write_event(arena, TEXT(""), TEXT("")), TEXT("data: \n\n")));
}

Test(sse_writer, makes_a_data_line_of_every_line)
{
    scoped_arena struct arena *arena = arena_new(0);

    cr_assert(text_equals(write_event(arena, TEXT(""), TEXT("a\nb\r\nc\rd\n")),
                          TEXT("data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n")));
}

Test(sse_writer, writes_what_the_reader_reads)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct sse_reader *reader = sse_reader_new(arena, 1000);
    struct sse_event event;

    sse_reader_feed(reader, write_event(arena, TEXT("delta"), TEXT(" two\nlines\n")));

    cr_assert(sse_reader_next(reader, &event));
    cr_assert(text_equals(event.type, TEXT("delta")));
    cr_assert(text_equals(event.data, TEXT(" two\nlines\n")));
}
