/* Response heads: what is read out of them, what is refused, and both at every cut. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/net/http1.h"

struct response_case {
    const char *what;
    struct text message;
    bool to_head_request;
    bool is_refused;
    enum http_body_kind body_kind;
};

/* clang-format off */
static const struct response_case cases[] = {
    {"by length", TEXT("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), false, false, HTTP_BODY_LENGTH},
    {"of no content", TEXT("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), false, false, HTTP_BODY_NONE},
    {"chunked", TEXT("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), false, false, HTTP_BODY_CHUNKED},
    {"until close", TEXT("HTTP/1.1 200 OK\r\n\r\nhello"), false, false, HTTP_BODY_UNTIL_CLOSE},
    {"no reason", TEXT("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"), false, false, HTTP_BODY_NONE},
    {"reason with obs-text", TEXT("HTTP/1.1 404 Nicht gef\xc3\xbcnden\r\nContent-Length: 1\r\n\r\n"), false, false, HTTP_BODY_LENGTH},
    {"to HEAD", TEXT("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), true, false, HTTP_BODY_NONE},
    {"to HEAD, chunked", TEXT("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), true, false, HTTP_BODY_NONE},
    {"100", TEXT("HTTP/1.1 100 Continue\r\n\r\n"), false, false, HTTP_BODY_NONE},
    {"204", TEXT("HTTP/1.1 204 No Content\r\n\r\n"), false, false, HTTP_BODY_NONE},
    {"204 with length 0", TEXT("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"), false, false, HTTP_BODY_NONE},
    {"304 with a length", TEXT("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"), false, false, HTTP_BODY_NONE},
    {"HTTP/1.0 until close", TEXT("HTTP/1.0 200 OK\r\n\r\n"), false, false, HTTP_BODY_UNTIL_CLOSE},

    {"length and chunked", TEXT("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), false, true, 0},
    {"two lengths", TEXT("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n"), false, true, 0},
    {"wrong length", TEXT("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), false, true, 0},
    {"gzip, chunked", TEXT("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), false, true, 0},
    {"chunked in HTTP/1.0", TEXT("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), false, true, 0},
    {"204 with content", TEXT("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"), false, true, 0},
    {"100 with chunks", TEXT("HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n"), false, true, 0},
    {"status 99", TEXT("HTTP/1.1 099 Low\r\n\r\n"), false, true, 0},
    {"status 600", TEXT("HTTP/1.1 600 High\r\n\r\n"), false, true, 0},
    {"status of four digits", TEXT("HTTP/1.1 2000 OK\r\n\r\n"), false, true, 0},
    {"status without a blank", TEXT("HTTP/1.1 200\r\n\r\n"), false, true, 0},
    {"two blanks before the status", TEXT("HTTP/1.1  200 OK\r\n\r\n"), false, true, 0},
    {"NUL in the reason", TEXT("HTTP/1.1 200 O\0K\r\n\r\n"), false, true, 0},
    {"line feed ends the status line", TEXT("HTTP/1.1 200 OK\n\r\n"), false, true, 0},
    {"folded field", TEXT("HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n"), false, true, 0},
    {"blank before a colon", TEXT("HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\n"), false, true, 0},
    {"carriage return in a value", TEXT("HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n"), false, true, 0},
    {"empty line first", TEXT("\r\nHTTP/1.1 200 OK\r\n\r\n"), false, true, 0},
    {"HTTP/2", TEXT("HTTP/2 200 \r\n\r\n"), false, true, 0},
    {"not HTTP", TEXT("SSH-2.0-OpenSSH_9.2\r\n"), false, true, 0},
};
/* clang-format on */

static struct arena *arena;
static struct http_response_head head;
static size_t head_length;
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

TestSuite(http1_response, .init = begin, .fini = end);

static enum http_parse
parse(struct text bytes, bool to_head_request)
{
    return http_response_parse(text_copy(arena, bytes), to_head_request, &head, &head_length, &refusal);
}

Test(http1_response, knows_the_body_or_refuses_with_502)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        refusal = (struct http_refusal){0};

        enum http_parse parsed = parse(cases[i].message, cases[i].to_head_request);

        cr_expect_eq(parsed, cases[i].is_refused ? HTTP_PARSE_WRONG : HTTP_PARSE_DONE, "%s: %s",
                     cases[i].what, refusal.reason);
        cr_expect_eq(refusal.status, cases[i].is_refused ? 502 : 0, "%s", cases[i].what);
        if (!cases[i].is_refused)
            cr_expect_eq(head.body_kind, cases[i].body_kind, "%s", cases[i].what);
    }
}

Test(http1_response, gives_the_same_verdict_wherever_the_message_is_cut)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct text message = cases[i].message;
        enum http_parse whole = parse(message, cases[i].to_head_request);
        size_t whole_length = whole == HTTP_PARSE_DONE ? head_length : message.length;

        for (size_t cut = 0; cut < message.length; cut++) {
            enum http_parse parsed = parse(text_slice(message, 0, cut), cases[i].to_head_request);
            if (parsed == HTTP_PARSE_MORE)
                cr_expect_lt(cut, whole_length, "%s cut at %zu", cases[i].what, cut);
            else
                cr_expect_eq(parsed, whole, "%s cut at %zu", cases[i].what, cut);
        }
    }
}

Test(http1_response, reads_the_parts_of_a_response)
{
    cr_assert_eq(
        parse(TEXT("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3\r\nContent-Length: 7\r\n\r\n"), false),
        HTTP_PARSE_DONE);

    cr_assert_eq(head.status, 429);
    cr_assert(text_equals(http_headers_find(&head.headers, TEXT("retry-after")), TEXT("3")));
    cr_assert_eq(head.content_length, 7);
    cr_assert(head.keep_alive);
}

Test(http1_response, never_keeps_a_connection_whose_end_is_the_message)
{
    cr_assert_eq(parse(TEXT("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n"), false), HTTP_PARSE_DONE);
    cr_assert_not(head.keep_alive);
}

Test(http1_response, refuses_a_head_beyond_32_kib)
{
    char *bytes = arena_alloc(arena, HTTP_MAX_HEAD_BYTES);
    memset(bytes, 'a', HTTP_MAX_HEAD_BYTES);
    memcpy(bytes, "HTTP/1.1 200 ", 13);

    cr_assert_eq(parse((struct text){bytes, HTTP_MAX_HEAD_BYTES - 1}, false), HTTP_PARSE_MORE);
    cr_assert_eq(parse((struct text){bytes, HTTP_MAX_HEAD_BYTES}, false), HTTP_PARSE_WRONG);
    cr_assert_eq(refusal.status, 502);
}

Test(http1_response, names_the_reason_of_a_status)
{
    cr_assert_str_eq(http_status_reason(200), "OK");
    cr_assert_str_eq(http_status_reason(431), "Request Header Fields Too Large");
    cr_assert_str_eq(http_status_reason(299), "Unknown");
}
