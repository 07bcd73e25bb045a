/* Looking up fields, telling hop-by-hop ones, judging values, unescaping targets. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/net/http1.h"

static struct http_headers
given_headers(void)
{
    struct http_headers headers = {.count = 3};
    headers.items[0] = (struct http_header){TEXT("Accept"), TEXT("*/*")};
    headers.items[1] = (struct http_header){TEXT("X-Twice"), TEXT("first")};
    headers.items[2] = (struct http_header){TEXT("x-twice"), TEXT("second")};
    return headers;
}

Test(http_headers, finds_the_first_of_a_name_without_case)
{
    struct http_headers headers = given_headers();

    cr_assert(text_equals(http_headers_find(&headers, TEXT("X-TWICE")), TEXT("first")));
    cr_assert_eq(http_headers_count_of(&headers, TEXT("x-Twice")), 2);
    cr_assert_eq(http_headers_find(&headers, TEXT("x-none")).length, 0);
    cr_assert_eq(http_headers_count_of(&headers, TEXT("x-none")), 0);
}

Test(http_headers, knows_the_fields_of_one_connection)
{
    static const struct text of_a_hop[] = {
        TEXT("Connection"),       TEXT("KEEP-ALIVE"),         TEXT("te"),
        TEXT("Trailer"),          TEXT("Transfer-Encoding"),  TEXT("Upgrade"),
        TEXT("Proxy-Connection"), TEXT("proxy-authorization")};
    static const struct text end_to_end[] = {
        TEXT("Content-Type"), TEXT("User-Agent"), TEXT("Host"), TEXT("proxy-"),
        TEXT("proxied-by"),   TEXT(""),           TEXT("xx")};

    for (size_t i = 0; i < COUNT_OF(of_a_hop); i++)
        cr_expect(http_header_is_hop_by_hop(of_a_hop[i]), "%.*s", TEXT_ARG(of_a_hop[i]));
    for (size_t i = 0; i < COUNT_OF(end_to_end); i++)
        cr_expect_not(http_header_is_hop_by_hop(end_to_end[i]), "%.*s", TEXT_ARG(end_to_end[i]));
}

Test(http_headers, calls_a_value_safe_unless_it_could_end_its_line)
{
    cr_expect(http_header_value_is_safe(TEXT("")));
    cr_expect(http_header_value_is_safe(TEXT("a b\tc \xc3\xbc")));
    cr_expect_not(http_header_value_is_safe(TEXT("a\r\nSet-Cookie: b")));
    cr_expect_not(http_header_value_is_safe(TEXT("a\nb")));
    cr_expect_not(http_header_value_is_safe(TEXT("a\0b")));
    cr_expect_not(http_header_value_is_safe(TEXT("a\x7f")));
}

/* The scanner reads eight bytes at a time: every byte, at every place of two words, alone and behind a tab.
 */
Test(http_headers, judges_every_byte_at_every_place)
{
    char value[20];
    for (int byte = 0; byte < 256; byte++) {
        bool is_safe = byte == '\t' || (byte >= ' ' && byte != 0x7f);
        for (size_t at = 0; at < sizeof(value); at++) {
            memset(value, '~', sizeof(value));
            value[at] = (char)byte;
            cr_expect_eq(http_header_value_is_safe((struct text){value, sizeof(value)}), is_safe, "%d at %zu",
                         byte, at);
            if (at > 0)
                value[at - 1] = '\t';
            cr_expect_eq(http_header_value_is_safe((struct text){value, sizeof(value)}), is_safe, "%d at %zu",
                         byte, at);
        }
    }
}

Test(http_unescape, turns_escapes_into_bytes_and_refuses_bad_ones)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct text text;

    cr_assert(http_unescape(arena, TEXT("/a%2Fb%c3%BC+%25"), &text));
    cr_assert(text_equals(text, TEXT("/a/b\xc3\xbc+%")));
    cr_assert(http_unescape(arena, TEXT("plain"), &text));
    cr_assert(text_equals(text, TEXT("plain")));
    cr_assert_not(http_unescape(arena, TEXT("a%"), &text));
    cr_assert_not(http_unescape(arena, TEXT("a%2"), &text));
    cr_assert_not(http_unescape(arena, TEXT("a%2x"), &text));
    cr_assert_not(http_unescape(arena, TEXT("a%00"), &text));
}
