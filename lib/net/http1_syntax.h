/* The grammar that both kinds of message head share: byte classes, the version, field lines, and what the
 * fields that frame a message say (RFC 9112 2-6, RFC 9110 5). Private to the codec; knows neither requests
 * nor responses. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/net/http1.h"

enum http_byte_class {
    HTTP_BYTE_TOKEN = 1,  /* tchar, RFC 9110 5.6.2 */
    HTTP_BYTE_TARGET = 2, /* RFC 3986 characters but '#', and [ ] ^ ` { | } which browsers leave bare */
    HTTP_BYTE_FIELD = 4,  /* field-vchar, SP and HTAB, RFC 9110 5.5 */
    HTTP_BYTE_HOST = 8,   /* the part of reg-name that host names use: letters, digits, - . _ ~ */
};

extern const uint8_t http_byte_classes[256];

static inline bool
http_byte_is(char byte, enum http_byte_class wanted)
{
    return (http_byte_classes[(unsigned char)byte] & wanted) != 0;
}

/* Where parsing stands in the bytes that are there. at == end means: more is needed. */
struct http_cursor {
    const char *at;
    const char *end;
};

/* What the framing fields of one head said. The texts are the last of their name; the counts tell of repeats.
 */
struct http_framing {
    struct text host;
    struct text content_length;
    struct text transfer_encoding;
    struct text expect;
    struct text upgrade;
    uint8_t host_count;
    uint8_t content_length_count;
    uint8_t transfer_encoding_count;
    uint8_t expect_count;
    uint8_t upgrade_count;
    bool says_close; /* Connection's options, of all its fields */
    bool says_keep_alive;
    bool says_upgrade;
};

/* Sets *out_refusal and returns HTTP_PARSE_WRONG. */
enum http_parse http_refuse(struct http_refusal *out_refusal, int status, const char *reason);
/* The first byte that may not stand in a field value, or end. */
const char *http_scan_field_value(const char *at, const char *end);
/* "HTTP/1.0" or "HTTP/1.1"; another version is 505, anything else 400. */
enum http_parse
http_version_parse(struct http_cursor *cursor, bool *out_is_http10, struct http_refusal *out_refusal);
/* CR LF, nothing else (RFC 9112 2.2: a bare LF may end a line, and we refuse it because parsers disagree). */
enum http_parse http_line_end_parse(struct http_cursor *cursor, struct http_refusal *out_refusal);
/* All field lines and the empty line after them. *framing comes in zeroed. */
enum http_parse http_fields_parse(struct http_cursor *cursor, struct http_headers *out_headers,
                                  struct http_framing *framing, struct http_refusal *out_refusal);
/* The body the fields announce: NONE, LENGTH (never of 0 bytes) or CHUNKED. DONE or WRONG (RFC 9112 6.1-6.3).
 */
enum http_parse
http_framing_body(const struct http_framing *framing, bool is_http10, enum http_body_kind *out_kind,
                  uint64_t *out_length, struct http_refusal *out_refusal);
/* RFC 9112 9.3. */
bool http_framing_keeps_alive(const struct http_framing *framing, bool is_http10);
