/* Request heads: what is read out of them, every trap that must be refused, and both at every cut. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/net/http1.h"

#define HOST "Host: weir.test\r\n"
#define END "\r\n"

struct request_case {
    const char *what;
    struct text message;
    int status; /* of the refusal; 0: accepted */
};

/* clang-format off */
static const struct request_case cases[] = {
    {"plain", TEXT("GET / HTTP/1.1\r\n" HOST END), 0},
    {"with a body by length", TEXT("POST /v1/chat/completions HTTP/1.1\r\n" HOST "Content-Length: 5\r\n" END "hello"), 0},
    {"chunked", TEXT("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n" END "0\r\n\r\n"), 0},
    {"chunked, blanks around it", TEXT("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: \t chunked \t\r\n" END), 0},
    {"HTTP/1.0 without Host", TEXT("GET / HTTP/1.0\r\n" END), 0},
    {"Host with a port", TEXT("GET / HTTP/1.1\r\nHost: weir.test:8080\r\n" END), 0},
    {"Host is IPv6", TEXT("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n" END), 0},
    {"absolute form of the same host", TEXT("GET http://Weir.Test/a?b HTTP/1.1\r\n" HOST END), 0},
    {"OPTIONS *", TEXT("OPTIONS * HTTP/1.1\r\n" HOST END), 0},
    {"empty value", TEXT("GET / HTTP/1.1\r\n" HOST "X-Empty:\r\n" END), 0},
    {"obs-text in a value", TEXT("GET / HTTP/1.1\r\n" HOST "X-Name: \xc3\xbc\r\n" END), 0},
    {"tab in a value", TEXT("GET / HTTP/1.1\r\n" HOST "X-Tab: abcdefghij\tklmnopqrstuvwxyz\r\n" END), 0},
    {"Expect", TEXT("POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nExpect: 100-Continue\r\n" END), 0},
    {"query with bare brackets", TEXT("GET /?a[]={b}|c HTTP/1.1\r\n" HOST END), 0},

    {"Content-Length and Transfer-Encoding", TEXT("POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END), 400},
    {"Transfer-Encoding and Content-Length", TEXT("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" END), 400},
    {"two unequal Content-Lengths", TEXT("POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 6\r\n" END), 400},
    {"two equal Content-Lengths", TEXT("POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\ncontent-length: 5\r\n" END), 400},
    {"Content-Length list", TEXT("POST / HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n" END), 400},
    {"Content-Length with plus", TEXT("POST / HTTP/1.1\r\n" HOST "Content-Length: +5\r\n" END), 400},
    {"Content-Length with minus", TEXT("POST / HTTP/1.1\r\n" HOST "Content-Length: -5\r\n" END), 400},
    {"Content-Length in hex", TEXT("POST / HTTP/1.1\r\n" HOST "Content-Length: 0x5\r\n" END), 400},
    {"Content-Length with a blank inside", TEXT("POST / HTTP/1.1\r\n" HOST "Content-Length: 1 2\r\n" END), 400},
    {"Content-Length with letters", TEXT("POST / HTTP/1.1\r\n" HOST "Content-Length: 37abc\r\n" END), 400},
    {"Content-Length with a leading zero", TEXT("POST / HTTP/1.1\r\n" HOST "Content-Length: 010\r\n" END), 400},
    {"Content-Length empty", TEXT("POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n" END), 400},
    {"Content-Length beyond 64 bits", TEXT("POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551617\r\n" END), 400},
    {"Transfer-Encoding twice", TEXT("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" END), 400},
    {"Transfer-Encoding identity", TEXT("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n" END), 400},
    {"Transfer-Encoding xchunked", TEXT("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n" END), 400},
    {"Transfer-Encoding chunked with a vertical tab", TEXT("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: \x0b""chunked\r\n" END), 400},
    {"Transfer-Encoding chunked twice in one", TEXT("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, chunked\r\n" END), 400},
    {"Transfer-Encoding chunked not last", TEXT("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, gzip\r\n" END), 400},
    {"Transfer-Encoding in other letters", TEXT("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n" END), 400},
    {"Transfer-Encoding with a coding that we do not know", TEXT("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n" END), 501},
    {"Transfer-Encoding empty", TEXT("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n" END), 400},
    {"Transfer-Encoding in HTTP/1.0", TEXT("POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n" END), 400},

    {"line feed ends the first line", TEXT("GET / HTTP/1.1\n" HOST END), 400},
    {"line feed ends a field", TEXT("GET / HTTP/1.1\r\nHost: weir.test\n" END), 400},
    {"line feed ends the head", TEXT("GET / HTTP/1.1\r\n" HOST "\n"), 400},
    {"carriage return inside a value", TEXT("GET / HTTP/1.1\r\n" HOST "X: a\rb\r\n" END), 400},
    {"carriage return ends the head", TEXT("GET / HTTP/1.1\r\n" HOST "\rX"), 400},
    {"NUL in a value", TEXT("GET / HTTP/1.1\r\n" HOST "X: a\0b\r\n" END), 400},
    {"NUL in a name", TEXT("GET / HTTP/1.1\r\n" HOST "X\0: a\r\n" END), 400},
    {"control in a value", TEXT("GET / HTTP/1.1\r\n" HOST "X: a\x01""b\r\n" END), 400},
    {"delete in a value", TEXT("GET / HTTP/1.1\r\n" HOST "X: 0123456789abcdef\x7f\r\n" END), 400},
    {"blank before a colon", TEXT("GET / HTTP/1.1\r\n" HOST "X : a\r\n" END), 400},
    {"tab before a colon", TEXT("GET / HTTP/1.1\r\n" HOST "X\t: a\r\n" END), 400},
    {"folded value", TEXT("GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n" END), 400},
    {"folded value with a tab", TEXT("GET / HTTP/1.1\r\n" HOST "X: a\r\n\tb\r\n" END), 400},
    {"blank before the first field", TEXT("GET / HTTP/1.1\r\n Host: weir.test\r\n" END), 400},
    {"no name", TEXT("GET / HTTP/1.1\r\n" HOST ": a\r\n" END), 400},
    {"no colon", TEXT("GET / HTTP/1.1\r\n" HOST "X\r\n" END), 400},
    {"obs-text in a name", TEXT("GET / HTTP/1.1\r\n" HOST "X\xc3\xbc: a\r\n" END), 400},
    {"bracket in a name", TEXT("GET / HTTP/1.1\r\n" HOST "X(: a\r\n" END), 400},

    {"no Host", TEXT("GET / HTTP/1.1\r\nAccept: */*\r\n" END), 400},
    {"two Hosts", TEXT("GET / HTTP/1.1\r\n" HOST HOST END), 400},
    {"two Hosts in HTTP/1.0", TEXT("GET / HTTP/1.0\r\n" HOST HOST END), 400},
    {"Host empty", TEXT("GET / HTTP/1.1\r\nHost:\r\n" END), 400},
    {"Host with a path", TEXT("GET / HTTP/1.1\r\nHost: weir.test/x\r\n" END), 400},
    {"Host with a user", TEXT("GET / HTTP/1.1\r\nHost: me@weir.test\r\n" END), 400},
    {"Host with a list", TEXT("GET / HTTP/1.1\r\nHost: a.test, b.test\r\n" END), 400},
    {"Host with an empty port", TEXT("GET / HTTP/1.1\r\nHost: weir.test:\r\n" END), 400},
    {"Host with a port too large", TEXT("GET / HTTP/1.1\r\nHost: weir.test:65536\r\n" END), 400},
    {"Host with an open bracket", TEXT("GET / HTTP/1.1\r\nHost: [::1\r\n" END), 400},
    {"absolute form of another host", TEXT("GET http://evil.test/ HTTP/1.1\r\n" HOST END), 400},
    {"absolute form of another port", TEXT("GET http://weir.test:81/ HTTP/1.1\r\n" HOST END), 400},
    {"absolute form with a user", TEXT("GET http://me@weir.test/ HTTP/1.1\r\n" HOST END), 400},
    {"absolute form of another scheme", TEXT("GET ftp://weir.test/ HTTP/1.1\r\n" HOST END), 400},
    {"absolute form in HTTP/1.0 without Host", TEXT("GET http://weir.test/ HTTP/1.0\r\n" END), 400},
    {"no form at all", TEXT("GET v1/models HTTP/1.1\r\n" HOST END), 400},
    {"* without OPTIONS", TEXT("GET * HTTP/1.1\r\n" HOST END), 400},
    {"CONNECT", TEXT("CONNECT weir.test:443 HTTP/1.1\r\n" HOST END), 501},

    {"empty line first", TEXT("\r\nGET / HTTP/1.1\r\n" HOST END), 400},
    {"line feed first", TEXT("\nGET / HTTP/1.1\r\n" HOST END), 400},
    {"blank first", TEXT(" GET / HTTP/1.1\r\n" HOST END), 400},
    {"two blanks after the method", TEXT("GET  / HTTP/1.1\r\n" HOST END), 400},
    {"two blanks before the version", TEXT("GET /  HTTP/1.1\r\n" HOST END), 400},
    {"tab after the method", TEXT("GET\t/ HTTP/1.1\r\n" HOST END), 400},
    {"blank after the version", TEXT("GET / HTTP/1.1 \r\n" HOST END), 400},
    {"method with a bracket", TEXT("G(T / HTTP/1.1\r\n" HOST END), 400},
    {"target with a fragment", TEXT("GET /#a HTTP/1.1\r\n" HOST END), 400},
    {"target with a backslash", TEXT("GET /\\a HTTP/1.1\r\n" HOST END), 400},
    {"target with obs-text", TEXT("GET /\xc3\xbc HTTP/1.1\r\n" HOST END), 400},
    {"target with NUL", TEXT("GET /\0 HTTP/1.1\r\n" HOST END), 400},
    {"HTTP/0.9", TEXT("GET /\r\n"), 400},
    {"HTTP/2.0", TEXT("GET / HTTP/2.0\r\n" HOST END), 505},
    {"HTTP/1.2", TEXT("GET / HTTP/1.2\r\n" HOST END), 505},
    {"HTTP/2 preface", TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505},
    {"lower-case version", TEXT("GET / http/1.1\r\n" HOST END), 400},
    {"version of another length", TEXT("GET / HTTP/1.10\r\n" HOST END), 400},
    {"TLS on a plain port", TEXT("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 400},

    {"another expectation", TEXT("POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nExpect: 200-ok\r\n" END), 417},
    {"two expectations", TEXT("POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n" END), 417},
};
/* clang-format on */

static struct arena *arena;
static struct http_request_head head;
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

TestSuite(http1_request, .init = begin, .fini = end);

/* From a copy of just these bytes, so that the sanitizer sees a look beyond them. */
static enum http_parse
parse(struct text bytes)
{
    return http_request_parse(text_copy(arena, bytes), &head, &head_length, &refusal);
}

static struct text
given_request_with(struct text before, char fill, size_t times, struct text after)
{
    char *bytes = arena_alloc(arena, before.length + times + after.length);
    memcpy(bytes, before.bytes, before.length);
    memset(bytes + before.length, fill, times);
    memcpy(bytes + before.length + times, after.bytes, after.length);
    return (struct text){bytes, before.length + times + after.length};
}

Test(http1_request, accepts_what_is_plain_and_refuses_what_parsers_disagree_about)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        refusal = (struct http_refusal){0};

        enum http_parse parsed = parse(cases[i].message);

        cr_expect_eq(parsed, cases[i].status ? HTTP_PARSE_WRONG : HTTP_PARSE_DONE, "%s: %d %s", cases[i].what,
                     refusal.status, refusal.reason);
        cr_expect_eq(refusal.status, cases[i].status, "%s: %d", cases[i].what, refusal.status);
    }
}

Test(http1_request, gives_the_same_verdict_wherever_the_message_is_cut)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct text message = cases[i].message;
        enum http_parse whole = parse(message);
        size_t whole_length = whole == HTTP_PARSE_DONE ? head_length : message.length;

        for (size_t cut = 0; cut < message.length; cut++) {
            enum http_parse parsed = parse(text_slice(message, 0, cut));
            if (parsed == HTTP_PARSE_MORE)
                cr_expect_lt(cut, whole_length, "%s cut at %zu", cases[i].what, cut);
            else
                cr_expect_eq(parsed, whole, "%s cut at %zu", cases[i].what, cut);
            if (parsed == HTTP_PARSE_DONE)
                cr_expect_eq(head_length, whole_length, "%s cut at %zu", cases[i].what, cut);
            if (parsed == HTTP_PARSE_WRONG)
                cr_expect_eq(refusal.status, cases[i].status, "%s cut at %zu", cases[i].what, cut);
        }
    }
}

Test(http1_request, reads_the_parts_of_a_request)
{
    struct text bytes = TEXT("POST /v1/chat?a=b&c HTTP/1.1\r\nHost: weir.test\r\nX-One:   1 \t\r\n"
                             "Content-Length: 42\r\n\r\n{");

    cr_assert_eq(parse(bytes), HTTP_PARSE_DONE);

    cr_assert_eq(head_length, bytes.length - 1);
    cr_assert(text_equals(head.method, TEXT("POST")));
    cr_assert(text_equals(head.target, TEXT("/v1/chat?a=b&c")));
    cr_assert(text_equals(head.path, TEXT("/v1/chat")));
    cr_assert(text_equals(head.query, TEXT("a=b&c")));
    cr_assert_eq(head.headers.count, 3);
    cr_assert(text_equals(http_headers_find(&head.headers, TEXT("x-one")), TEXT("1")));
    cr_assert_eq(head.body_kind, HTTP_BODY_LENGTH);
    cr_assert_eq(head.content_length, 42);
    cr_assert(head.keep_alive && !head.is_http10 && !head.expects_continue);
    cr_assert_eq(head.upgrade.length, 0);
}

Test(http1_request, splits_an_absolute_target_like_a_path)
{
    cr_assert_eq(parse(TEXT("GET https://weir.test:8443/a/b?c HTTP/1.1\r\nHost: weir.test:8443\r\n\r\n")),
                 HTTP_PARSE_DONE);

    cr_assert(text_equals(head.path, TEXT("/a/b")));
    cr_assert(text_equals(head.query, TEXT("c")));
}

Test(http1_request, has_no_body_without_framing_fields_or_with_length_zero)
{
    cr_assert_eq(parse(TEXT("POST / HTTP/1.1\r\n" HOST END)), HTTP_PARSE_DONE);
    cr_assert_eq(head.body_kind, HTTP_BODY_NONE);

    cr_assert_eq(parse(TEXT("POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n" END)), HTTP_PARSE_DONE);
    cr_assert_eq(head.body_kind, HTTP_BODY_NONE);
}

Test(http1_request, keeps_the_connection_as_the_version_and_connection_say)
{
    cr_assert_eq(parse(TEXT("GET / HTTP/1.1\r\n" HOST "Connection: x, Close\r\n" END)), HTTP_PARSE_DONE);
    cr_expect_not(head.keep_alive);
    cr_assert_eq(parse(TEXT("GET / HTTP/1.0\r\n" END)), HTTP_PARSE_DONE);
    cr_expect_not(head.keep_alive);
    cr_assert_eq(parse(TEXT("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n" END)), HTTP_PARSE_DONE);
    cr_expect(head.keep_alive);
    cr_assert_eq(parse(TEXT("GET / HTTP/1.1\r\n" HOST "Connection: keep-alive\r\nConnection: close\r\n" END)),
                 HTTP_PARSE_DONE);
    cr_expect_not(head.keep_alive);
}

Test(http1_request, expects_continue_only_in_http11_and_before_content)
{
    cr_assert_eq(parse(TEXT("POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nExpect: 100-continue\r\n" END)),
                 HTTP_PARSE_DONE);
    cr_expect(head.expects_continue);
    cr_assert_eq(parse(TEXT("POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n" END)),
                 HTTP_PARSE_DONE);
    cr_expect_not(head.expects_continue);
    cr_assert_eq(parse(TEXT("GET / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n" END)), HTTP_PARSE_DONE);
    cr_expect_not(head.expects_continue);
}

Test(http1_request, offers_an_upgrade_only_when_connection_names_it)
{
    cr_assert_eq(parse(TEXT("GET / HTTP/1.1\r\n" HOST
                            "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n" END)),
                 HTTP_PARSE_DONE);
    cr_expect(text_equals(head.upgrade, TEXT("websocket")));
    cr_assert_eq(parse(TEXT("GET / HTTP/1.1\r\n" HOST "Upgrade: websocket\r\n" END)), HTTP_PARSE_DONE);
    cr_expect_eq(head.upgrade.length, 0);
}

Test(http1_request, refuses_a_head_beyond_its_bounds)
{
    struct text start = TEXT("GET / HTTP/1.1\r\n" HOST "X: ");
    struct text stop = TEXT("\r\n\r\n");
    size_t room = HTTP_MAX_HEAD_BYTES - start.length - stop.length;

    cr_expect_eq(parse(given_request_with(start, 'a', room, stop)), HTTP_PARSE_DONE);
    cr_expect_eq(parse(given_request_with(start, 'a', room + 1, stop)), HTTP_PARSE_WRONG);
    cr_expect_eq(refusal.status, 431);
    cr_expect_eq(parse(given_request_with(start, 'a', HTTP_MAX_HEAD_BYTES, TEXT(""))), HTTP_PARSE_WRONG);
    cr_expect_eq(refusal.status, 431);
}

Test(http1_request, refuses_a_target_or_method_beyond_its_bounds_before_it_ends)
{
    struct text rest = TEXT(" HTTP/1.1\r\n" HOST END);

    cr_expect_eq(parse(given_request_with(TEXT("GET /"), 'a', 8191, rest)), HTTP_PARSE_DONE);
    cr_expect_eq(parse(given_request_with(TEXT("GET /"), 'a', 8192, rest)), HTTP_PARSE_WRONG);
    cr_expect_eq(refusal.status, 414);
    cr_expect_eq(parse(given_request_with(TEXT("GET /"), 'a', 8192, TEXT(""))), HTTP_PARSE_WRONG);
    cr_expect_eq(refusal.status, 414);
    cr_expect_eq(parse(given_request_with(TEXT(""), 'A', 33, TEXT(""))), HTTP_PARSE_WRONG);
    cr_expect_eq(refusal.status, 501);
}

Test(http1_request, takes_a_hundred_fields_and_not_one_more)
{
    struct buffer bytes;
    buffer_init(&bytes, arena, 0);
    buffer_add_string(&bytes, "GET / HTTP/1.1\r\n" HOST);
    for (int i = 1; i < HTTP_MAX_HEADERS; i++)
        buffer_print(&bytes, "X-%d: %d\r\n", i, i);
    struct text hundred = text_copy(arena, buffer_text(&bytes));
    buffer_add_string(&bytes, "X: 1\r\n\r\n");

    cr_expect_eq(
        parse(text_join(arena, &(struct text_list){(struct text[]){hundred, TEXT("\r\n")}, 2}, TEXT(""))),
        HTTP_PARSE_DONE);
    cr_expect_eq(head.headers.count, HTTP_MAX_HEADERS);
    cr_expect_eq(parse(buffer_text(&bytes)), HTTP_PARSE_WRONG);
    cr_expect_eq(refusal.status, 431);
}
