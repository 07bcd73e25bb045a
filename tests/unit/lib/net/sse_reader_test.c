/* Event streams: every rule of the standard, at every cut, with raw exactly what was received. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/net/sse.h"

#define MAX_EVENTS 8

struct stream_case {
    const char *what;
    struct text bytes;
    size_t event_count;
    struct sse_event events[MAX_EVENTS]; /* raw empty: not compared */
    struct text rest;
};

#define DATA(BYTES)                                                                                          \
    {                                                                                                        \
        .data = TEXT(BYTES), .has_data = true                                                                \
    }

/* clang-format off */
static const struct stream_case cases[] = {
    {"two events", TEXT("data: a\n\ndata: b\n\n"), 2,
     {{.raw = TEXT("data: a\n\n"), .data = TEXT("a"), .has_data = true}, {.raw = TEXT("data: b\n\n"), .data = TEXT("b"), .has_data = true}}, TEXT("")},
    {"CR LF", TEXT("data: a\r\n\r\ndata: b\r\n\r\n"), 2,
     {{.raw = TEXT("data: a\r\n\r\n"), .data = TEXT("a"), .has_data = true}, {.raw = TEXT("data: b\r\n\r\n"), .data = TEXT("b"), .has_data = true}}, TEXT("")},
    {"CR", TEXT("data: a\r\rdata: b\r\r"), 2,
     {{.raw = TEXT("data: a\r\r"), .data = TEXT("a"), .has_data = true}, {.raw = TEXT("data: b\r\r"), .data = TEXT("b"), .has_data = true}}, TEXT("")},
    {"all line ends mixed", TEXT("data: a\rdata: b\r\ndata: c\n\r\ndata: d\n\n"), 2, {DATA("a\nb\nc"), DATA("d")}, TEXT("")},
    {"type and id", TEXT("event: delta\nid: 7\ndata: a\n\n"), 1,
     {{.type = TEXT("delta"), .id = TEXT("7"), .data = TEXT("a"), .has_data = true}}, TEXT("")},
    {"id is not carried over", TEXT("id: 7\ndata: a\n\ndata: b\n\n"), 2,
     {{.id = TEXT("7"), .data = TEXT("a"), .has_data = true}, DATA("b")}, TEXT("")},
    {"id with NUL is ignored", TEXT("id: a\0b\ndata: a\n\n"), 1, {DATA("a")}, TEXT("")},
    {"last type counts", TEXT("event: a\nevent: b\ndata\n\n"), 1, {{.type = TEXT("b"), .has_data = true}}, TEXT("")},
    {"several data lines", TEXT("data: a\ndata:\ndata: c\n\n"), 1, {DATA("a\n\nc")}, TEXT("")},
    {"empty data lines", TEXT("data\ndata\n\n"), 1, {DATA("\n")}, TEXT("")},
    {"empty data", TEXT("data:\n\n"), 1, {DATA("")}, TEXT("")},
    {"only one blank is dropped", TEXT("data:  a \n\n"), 1, {DATA(" a ")}, TEXT("")},
    {"no blank", TEXT("data:a:b\n\n"), 1, {DATA("a:b")}, TEXT("")},
    {"comment event", TEXT(": ping\n\ndata: a\n\n"), 2, {{.raw = TEXT(": ping\n\n")}, DATA("a")}, TEXT("")},
    {"comment in an event", TEXT(": ping\ndata: a\n\n"), 1,
     {{.raw = TEXT(": ping\ndata: a\n\n"), .data = TEXT("a"), .has_data = true}}, TEXT("")},
    {"unknown fields", TEXT("retry: 5\nDATA: x\n data: y\nfoo\ndata: a\n\n"), 1, {DATA("a")}, TEXT("")},
    {"empty lines between", TEXT("\n\ndata: a\n\n\n"), 4, {{.raw = TEXT("\n")}, {.raw = TEXT("\n")}, DATA("a"), {.raw = TEXT("\n")}}, TEXT("")},
    {"byte order mark", TEXT("\xEF\xBB\xBF" "data: a\n\n"), 1,
     {{.raw = TEXT("\xEF\xBB\xBF" "data: a\n\n"), .data = TEXT("a"), .has_data = true}}, TEXT("")},
    {"byte order mark and an empty line", TEXT("\xEF\xBB\xBF\n" "data: a\n\n"), 2, {{.raw = TEXT("\xEF\xBB\xBF\n")}, DATA("a")}, TEXT("")},
    {"half a byte order mark", TEXT("\xEF\xBB" "data: a\n\n"), 1, {{.raw = TEXT("\xEF\xBB" "data: a\n\n")}}, TEXT("")},
    {"byte order mark later", TEXT("data: a\n\n\xEF\xBB\xBF" "data: b\n\n"), 2, {DATA("a"), {.has_data = false}}, TEXT("")},
    {"unfinished", TEXT("data: a\n\ndata: [DO"), 1, {DATA("a")}, TEXT("data: [DO")},
    {"unfinished after a line", TEXT("data: a\n"), 0, {{.has_data = false}}, TEXT("data: a\n")},
    {"nothing", TEXT(""), 0, {{.has_data = false}}, TEXT("")},
};
/* clang-format on */

static struct arena *arena;

static void
begin(void)
{
    arena = arena_new(0);
}

static void
end(void)
{
    arena_free(arena);
}

TestSuite(sse_reader, .init = begin, .fini = end);

static struct text
join(struct text a, struct text b)
{
    return text_join(arena, &(struct text_list){(struct text[]){a, b}, 2}, TEXT(""));
}

static void
expect_event(const struct stream_case *wanted, size_t index, const struct sse_event *event, size_t cut)
{
    cr_assert_lt(index, wanted->event_count, "%s cut at %zu: one event too many", wanted->what, cut);
    const struct sse_event *expected = &wanted->events[index];
    cr_expect(text_equals(event->data, expected->data), "%s cut at %zu: event %zu has data \"%.*s\"",
              wanted->what, cut, index, TEXT_ARG(event->data));
    cr_expect(text_equals(event->type, expected->type), "%s cut at %zu", wanted->what, cut);
    cr_expect(text_equals(event->id, expected->id), "%s cut at %zu", wanted->what, cut);
    cr_expect_eq(event->has_data, expected->has_data, "%s cut at %zu", wanted->what, cut);
    if (expected->raw.length > 0)
        cr_expect(text_equals(event->raw, expected->raw), "%s cut at %zu", wanted->what, cut);
}

/* Feeds the stream in two pieces; the raw texts and the rest must be the stream again. */
static void
expect_stream_when_cut(const struct stream_case *wanted, size_t cut)
{
    struct sse_reader *reader = sse_reader_new(arena, 1000);
    struct text pieces[] = {text_copy(arena, text_slice(wanted->bytes, 0, cut)),
                            text_copy(arena, text_slice(wanted->bytes, cut, wanted->bytes.length))};
    struct text seen = TEXT("");
    size_t count = 0;

    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        struct sse_event event;
        sse_reader_feed(reader, pieces[i]);
        while (sse_reader_next(reader, &event)) {
            expect_event(wanted, count++, &event, cut);
            seen = join(seen, event.raw);
        }
    }

    cr_expect_eq(count, wanted->event_count, "%s cut at %zu: %zu events", wanted->what, cut, count);
    cr_expect(text_equals(sse_reader_rest(reader), wanted->rest), "%s cut at %zu", wanted->what, cut);
    cr_expect(text_equals(join(seen, sse_reader_rest(reader)), wanted->bytes), "%s cut at %zu", wanted->what,
              cut);
    cr_expect_not(sse_reader_failed(reader));
}

Test(sse_reader, reads_the_same_events_wherever_the_stream_is_cut)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (size_t cut = 0; cut <= cases[i].bytes.length; cut++)
            expect_stream_when_cut(&cases[i], cut);
    }
}

Test(sse_reader, reads_byte_by_byte)
{
    struct text stream = TEXT("\xEF\xBB\xBF: hi\r\n\r\nevent: a\r\ndata: 1\r\ndata: 2\r\n\r\n");
    struct sse_reader *reader = sse_reader_new(arena, 100);
    struct sse_event event = {0};
    int count = 0;

    for (size_t i = 0; i < stream.length; i++) {
        sse_reader_feed(reader, text_slice(stream, i, i + 1));
        while (sse_reader_next(reader, &event))
            count++;
    }

    cr_assert_eq(count, 2);
    cr_assert(text_equals(event.data, TEXT("1\n2")));
}

Test(sse_reader, hands_an_event_over_at_its_lone_carriage_return_without_waiting)
{
    struct sse_reader *reader = sse_reader_new(arena, 100);
    struct sse_event event;

    sse_reader_feed(reader, TEXT("data: a\r\r"));

    cr_assert(sse_reader_next(reader, &event));
    cr_assert(text_equals(event.data, TEXT("a")));
}

Test(sse_reader, does_not_copy_an_event_that_lies_in_one_feed)
{
    struct text stream = TEXT("data: one line\n\n");
    struct sse_reader *reader = sse_reader_new(arena, 100);
    struct sse_event event;

    sse_reader_feed(reader, stream);

    cr_assert(sse_reader_next(reader, &event));
    cr_assert_eq(event.raw.bytes, stream.bytes);
    cr_assert_eq(event.data.bytes, stream.bytes + 6);
}

Test(sse_reader, fails_when_it_would_hold_back_too_much)
{
    struct sse_reader *reader = sse_reader_new(arena, 10);
    struct sse_event event;

    sse_reader_feed(reader, TEXT("data: 1234"));
    cr_assert_not(sse_reader_next(reader, &event));
    cr_assert_not(sse_reader_failed(reader));
    sse_reader_feed(reader, TEXT("5\n\ndata: a\n\n"));
    cr_assert_not(sse_reader_next(reader, &event));

    cr_assert(sse_reader_failed(reader));
    cr_assert(text_equals(sse_reader_rest(reader), TEXT("data: 1234")));
    sse_reader_feed(reader, TEXT("data: b\n\n"));
    cr_assert_not(sse_reader_next(reader, &event));
}
