/* Bodies by length, by chunks and until close; chunked ones whole and fed in two pieces cut anywhere. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/net/http1.h"

struct chunked_case {
    const char *what;
    struct text bytes;
    struct text content; /* when it is accepted */
    bool is_refused;
};

/* clang-format off */
static const struct chunked_case cases[] = {
    {"nothing", TEXT("0\r\n\r\n"), TEXT(""), false},
    {"one chunk", TEXT("5\r\nhello\r\n0\r\n\r\n"), TEXT("hello"), false},
    {"two chunks", TEXT("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), TEXT("hello world"), false},
    {"hex in both cases", TEXT("a\r\n0123456789\r\nA\r\nabcdefghij\r\n0\r\n\r\n"), TEXT("0123456789abcdefghij"), false},
    {"leading zeros", TEXT("005\r\nhello\r\n000\r\n\r\n"), TEXT("hello"), false},
    {"extension", TEXT("5;name=value\r\nhello\r\n0;last\r\n\r\n"), TEXT("hello"), false},
    {"quoted extension", TEXT("5;a=\"b c\";d\r\nhello\r\n0\r\n\r\n"), TEXT("hello"), false},
    {"trailers", TEXT("5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-Other:\r\n\r\n"), TEXT("hello"), false},
    {"content that looks like framing", TEXT("7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"), TEXT("\r\n0\r\n\r\n"), false},

    {"no size", TEXT("\r\nhello\r\n"), TEXT(""), true},
    {"plus", TEXT("+5\r\nhello\r\n0\r\n\r\n"), TEXT(""), true},
    {"minus", TEXT("-5\r\nhello\r\n0\r\n\r\n"), TEXT(""), true},
    {"0x", TEXT("0x5\r\nhello\r\n0\r\n\r\n"), TEXT(""), true},
    {"blank before the size", TEXT(" 5\r\nhello\r\n0\r\n\r\n"), TEXT(""), true},
    {"blank after the size", TEXT("5 \r\nhello\r\n0\r\n\r\n"), TEXT(""), true},
    {"tab before an extension", TEXT("5\t;a\r\nhello\r\n0\r\n\r\n"), TEXT(""), true},
    {"letter after the size", TEXT("5g\r\nhello\r\n0\r\n\r\n"), TEXT(""), true},
    {"size that overflows", TEXT("10000000000000005\r\nhello\r\n0\r\n\r\n"), TEXT(""), true},
    {"size of 16 digits", TEXT("ffffffffffffffff\r\n"), TEXT(""), true},
    {"line feed after the size", TEXT("5\nhello\r\n0\r\n\r\n"), TEXT(""), true},
    {"line feed inside an extension", TEXT("5;a\nhello\r\n0\r\n\r\n"), TEXT(""), true},
    {"carriage return alone after the size", TEXT("5\rhello\r\n0\r\n\r\n"), TEXT(""), true},
    {"carriage return inside an extension", TEXT("5;a\rb\r\nhello\r\n0\r\n\r\n"), TEXT(""), true},
    {"NUL inside an extension", TEXT("5;a\0\r\nhello\r\n0\r\n\r\n"), TEXT(""), true},
    {"chunk longer than it says", TEXT("5\r\nhello!\r\n0\r\n\r\n"), TEXT(""), true},
    {"line feed after the content", TEXT("5\r\nhello\n0\r\n\r\n"), TEXT(""), true},
    {"carriage return alone after the content", TEXT("5\r\nhello\r0\r\n\r\n"), TEXT(""), true},
    {"line feed ends the last chunk", TEXT("0\n\n"), TEXT(""), true},
    {"line feed ends the message", TEXT("0\r\n\n"), TEXT(""), true},
    {"trailer without a name", TEXT("0\r\n: a\r\n\r\n"), TEXT(""), true},
    {"trailer with a blank before the colon", TEXT("0\r\nX : a\r\n\r\n"), TEXT(""), true},
    {"folded trailer", TEXT("0\r\nX: a\r\n b\r\n\r\n"), TEXT(""), true},
    {"trailer with a line feed", TEXT("0\r\nX: a\n\r\n"), TEXT(""), true},
    {"trailer with NUL", TEXT("0\r\nX: \0\r\n\r\n"), TEXT(""), true},
    {"a request instead of a trailer", TEXT("0\r\nGET / HTTP/1.1\r\n\r\n"), TEXT(""), true},
};
/* clang-format on */

static struct arena *arena;
static struct http_refusal refusal;

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

TestSuite(http1_body, .init = begin, .fini = end);

/* Feeds one piece until it is used up or the body ends; adds the content; *used counts what was taken. */
static enum http_parse
feed(struct http_body *body, struct text piece, struct buffer *content, size_t *used)
{
    struct text rest = text_copy(arena, piece);
    enum http_parse parsed = HTTP_PARSE_MORE;
    while (parsed == HTTP_PARSE_MORE && rest.length > 0) {
        size_t taken;
        struct text run;
        parsed = http_body_next(body, rest, &taken, &run, &refusal);
        if (parsed == HTTP_PARSE_WRONG)
            break;
        cr_assert(taken > 0 || parsed == HTTP_PARSE_DONE);
        buffer_add_text(content, run);
        rest = text_slice(rest, taken, rest.length);
        *used += taken;
    }
    return parsed;
}

static void
expect_verdict_when_cut(const struct chunked_case *wanted, size_t cut)
{
    struct http_body body;
    struct buffer content;
    size_t used = 0;
    buffer_init(&content, arena, 0);
    http_body_init(&body, HTTP_BODY_CHUNKED, 0);

    enum http_parse parsed = feed(&body, text_slice(wanted->bytes, 0, cut), &content, &used);
    if (parsed == HTTP_PARSE_MORE)
        parsed = feed(&body, text_slice(wanted->bytes, cut, wanted->bytes.length), &content, &used);

    if (wanted->is_refused) {
        cr_expect_eq(parsed, HTTP_PARSE_WRONG, "%s cut at %zu", wanted->what, cut);
        cr_expect_eq(refusal.status, 400, "%s cut at %zu", wanted->what, cut);
        return;
    }
    cr_expect_eq(parsed, HTTP_PARSE_DONE, "%s cut at %zu", wanted->what, cut);
    cr_expect_eq(used, wanted->bytes.length, "%s cut at %zu", wanted->what, cut);
    cr_expect(text_equals(buffer_text(&content), wanted->content), "%s cut at %zu", wanted->what, cut);
}

Test(http1_body, decodes_chunks_wherever_they_are_cut_and_refuses_bad_ones)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (size_t cut = 0; cut <= cases[i].bytes.length; cut++)
            expect_verdict_when_cut(&cases[i], cut);
    }
}

Test(http1_body, leaves_what_stands_behind_the_last_chunk)
{
    struct http_body body;
    struct text run;
    size_t used;
    http_body_init(&body, HTTP_BODY_CHUNKED, 0);

    cr_assert_eq(http_body_next(&body, TEXT("2\r\nhi\r\n0\r\n\r\nGET /"), &used, &run, &refusal),
                 HTTP_PARSE_DONE);

    cr_assert_eq(used, 12);
    cr_assert(text_equals(run, TEXT("hi")));
}

Test(http1_body, takes_extensions_of_256_bytes_and_not_one_more)
{
    for (int length = 256; length <= 257; length++) {
        struct http_body body;
        struct buffer bytes;
        struct buffer content;
        size_t used = 0;
        buffer_init(&bytes, arena, 0);
        buffer_init(&content, arena, 0);
        buffer_add_string(&bytes, "1;");
        for (int i = 0; i < length; i++)
            buffer_add_byte(&bytes, 'x');
        buffer_add_string(&bytes, "\r\na\r\n0\r\n\r\n");
        http_body_init(&body, HTTP_BODY_CHUNKED, 0);

        enum http_parse parsed = feed(&body, buffer_text(&bytes), &content, &used);

        cr_expect_eq(parsed, length == 256 ? HTTP_PARSE_DONE : HTTP_PARSE_WRONG, "%d", length);
    }
}

Test(http1_body, refuses_trailers_beyond_4_kib)
{
    struct http_body body;
    struct buffer bytes;
    struct buffer content;
    size_t used = 0;
    buffer_init(&bytes, arena, 0);
    buffer_init(&content, arena, 0);
    buffer_add_string(&bytes, "0\r\n");
    while (bytes.length < 4200)
        buffer_add_string(&bytes, "X-Trailer: 0123456789\r\n");
    http_body_init(&body, HTTP_BODY_CHUNKED, 0);

    cr_assert_eq(feed(&body, buffer_text(&bytes), &content, &used), HTTP_PARSE_WRONG);
}

Test(http1_body, counts_a_length_down_and_leaves_the_next_message)
{
    struct http_body body;
    struct text run;
    size_t used;
    http_body_init(&body, HTTP_BODY_LENGTH, 5);

    cr_assert_eq(http_body_next(&body, TEXT("hel"), &used, &run, &refusal), HTTP_PARSE_MORE);
    cr_assert_eq(used, 3);
    cr_assert_eq(http_body_next(&body, TEXT("loGET /"), &used, &run, &refusal), HTTP_PARSE_DONE);

    cr_assert_eq(used, 2);
    cr_assert(text_equals(run, TEXT("lo")));
}

Test(http1_body, of_none_is_over_and_until_close_never_is)
{
    struct http_body body;
    struct text run;
    size_t used;

    http_body_init(&body, HTTP_BODY_NONE, 0);
    cr_assert_eq(http_body_next(&body, TEXT("abc"), &used, &run, &refusal), HTTP_PARSE_DONE);
    cr_assert_eq(used, 0);

    http_body_init(&body, HTTP_BODY_UNTIL_CLOSE, 0);
    cr_assert_eq(http_body_next(&body, TEXT("abc"), &used, &run, &refusal), HTTP_PARSE_MORE);
    cr_assert_eq(used, 3);
    cr_assert(text_equals(run, TEXT("abc")));
}
