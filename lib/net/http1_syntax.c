/* The shared grammar of message heads, as one pass over the bytes (RFC 9112 2-6).
 *
 * This is the hot path of the gateway: names are read by table, values eight bytes at a time, and the
 * fields that frame a message are noted as they go by, so that nobody searches for them afterwards. */
#include "lib/net/http1_syntax.h"

#include <assert.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "the scanner finds the first byte in the lowest bits");

#define HTTP_VERSION_BYTES 8      /* "HTTP/1.1" */
#define HTTP_MAX_LENGTH_DIGITS 18 /* fits 63 bits whatever the digits are */

/* One row for sixteen bytes; the numbers are sums of enum http_byte_class. */
/* clang-format off */
const uint8_t http_byte_classes[256] = {
     0,  0,  0,  0,  0,  0,  0,  0,  0,  4,  0,  0,  0,  0,  0,  0, /* 0x00 */
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0, /* 0x10 */
     4,  7,  4,  5,  7,  7,  7,  7,  6,  6,  7,  7,  6, 15, 15,  6, /* 0x20 */
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15,  6,  6,  4,  6,  4,  6, /* 0x30 */
     6, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, /* 0x40 */
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,  6,  4,  6,  7, 15, /* 0x50 */
     7, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, /* 0x60 */
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,  6,  7,  6, 15,  0, /* 0x70 */
     4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4, /* 0x80 */
     4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4, /* 0x90 */
     4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4, /* 0xa0 */
     4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4, /* 0xb0 */
     4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4, /* 0xc0 */
     4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4, /* 0xd0 */
     4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4, /* 0xe0 */
     4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4, /* 0xf0 */
};
/* clang-format on */

static enum http_parse
read_field(struct http_cursor *cursor, struct http_header *out_header, struct http_refusal *out_refusal);
static enum http_parse refuse_name(char wrong, bool at_line_start, struct http_refusal *out_refusal);
static void note_field(struct http_framing *framing, const struct http_header *header);
static void note_connection(struct http_framing *framing, struct text options);
static bool parse_content_length(struct text digits, uint64_t *out_length);
static enum http_parse
check_transfer_encoding(const struct http_framing *framing, bool is_http10, struct http_refusal *out_refusal);

enum http_parse
http_refuse(struct http_refusal *out_refusal, int status, const char *reason)
{
    *out_refusal = (struct http_refusal){.status = status, .reason = reason};
    return HTTP_PARSE_WRONG;
}

/* Eight bytes at a time, in one register. A byte's top bit is set in `controls` when it is below 0x20, in
 * `deletes` when it is 0x7f; a borrow can set only bits above the first true one, so the lowest is exact. */
const char *
http_scan_field_value(const char *at, const char *end)
{
    const uint64_t ones = 0x0101010101010101;
    const uint64_t tops = 0x8080808080808080;

    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        uint64_t controls = (word - ones * 0x20) & ~word;
        uint64_t not_delete = word ^ (ones * 0x7f);
        uint64_t deletes = (not_delete - ones) & ~not_delete;
        uint64_t stops = (controls | deletes) & tops;
        if (stops == 0) {
            at += 8;
            continue;
        }
        at += __builtin_ctzll(stops) / 8;
        if (*at != '\t')
            return at;
        at++;
    }
    while (at < end && http_byte_is(*at, HTTP_BYTE_FIELD))
        at++;
    return at;
}

enum http_parse
http_version_parse(struct http_cursor *cursor, bool *out_is_http10, struct http_refusal *out_refusal)
{
    const char *at = cursor->at;
    if (cursor->end - at < HTTP_VERSION_BYTES)
        return HTTP_PARSE_MORE;
    if (memcmp(at, "HTTP/1.1", HTTP_VERSION_BYTES) == 0 || memcmp(at, "HTTP/1.0", HTTP_VERSION_BYTES) == 0) {
        *out_is_http10 = at[7] == '0';
        cursor->at = at + HTTP_VERSION_BYTES;
        return HTTP_PARSE_DONE;
    }

    bool is_version = memcmp(at, "HTTP/", 5) == 0 && at[5] >= '0' && at[5] <= '9' && at[6] == '.' &&
                      at[7] >= '0' && at[7] <= '9';
    if (is_version)
        return http_refuse(out_refusal, 505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
    return http_refuse(out_refusal, 400, "The first line does not name an HTTP version.");
}

enum http_parse
http_line_end_parse(struct http_cursor *cursor, struct http_refusal *out_refusal)
{
    const char *at = cursor->at;
    if (at == cursor->end)
        return HTTP_PARSE_MORE;
    if (*at != '\r')
        return http_refuse(out_refusal, 400,
                           *at == '\n' ? "A line ends in a line feed without a carriage return."
                                       : "A line of the head has a byte that may not stand there.");
    if (at + 1 == cursor->end)
        return HTTP_PARSE_MORE;
    if (at[1] != '\n')
        return http_refuse(out_refusal, 400, "A carriage return stands without a line feed.");
    cursor->at = at + 2;
    return HTTP_PARSE_DONE;
}

enum http_parse
http_fields_parse(struct http_cursor *cursor, struct http_headers *out_headers, struct http_framing *framing,
                  struct http_refusal *out_refusal)
{
    out_headers->count = 0;

    while (cursor->at < cursor->end) {
        if (*cursor->at == '\r')
            return http_line_end_parse(cursor, out_refusal);
        if (out_headers->count == HTTP_MAX_HEADERS)
            return http_refuse(out_refusal, 431, "The head has more than 100 fields.");

        struct http_header *header = &out_headers->items[out_headers->count];
        enum http_parse parsed = read_field(cursor, header, out_refusal);
        if (parsed != HTTP_PARSE_DONE)
            return parsed;
        note_field(framing, header);
        out_headers->count++;
    }
    return HTTP_PARSE_MORE;
}

enum http_parse
http_framing_body(const struct http_framing *framing, bool is_http10, enum http_body_kind *out_kind,
                  uint64_t *out_length, struct http_refusal *out_refusal)
{
    *out_kind = HTTP_BODY_NONE;
    *out_length = 0;
    if (framing->transfer_encoding_count > 0) {
        *out_kind = HTTP_BODY_CHUNKED;
        return check_transfer_encoding(framing, is_http10, out_refusal);
    }
    if (framing->content_length_count == 0)
        return HTTP_PARSE_DONE;

    /* RFC 9112 6.3 would let equal repeats pass; a front and a back that pick different ones are smuggling's
     * door. */
    if (framing->content_length_count > 1)
        return http_refuse(out_refusal, 400, "There is more than one Content-Length.");
    if (!parse_content_length(framing->content_length, out_length))
        return http_refuse(out_refusal, 400, "Content-Length is not a plain decimal number.");
    if (*out_length > 0)
        *out_kind = HTTP_BODY_LENGTH;
    return HTTP_PARSE_DONE;
}

bool
http_framing_keeps_alive(const struct http_framing *framing, bool is_http10)
{
    return !framing->says_close && (!is_http10 || framing->says_keep_alive);
}

static enum http_parse
read_field(struct http_cursor *cursor, struct http_header *out_header, struct http_refusal *out_refusal)
{
    const char *const start = cursor->at;
    const char *const end = cursor->end;
    const char *at = start;

    while (at < end && http_byte_is(*at, HTTP_BYTE_TOKEN))
        at++;
    if (at == end)
        return HTTP_PARSE_MORE;
    if (*at != ':' || at == start)
        return refuse_name(*at, at == start, out_refusal);
    out_header->name = (struct text){start, (size_t)(at - start)};

    at++;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    const char *const value = at;
    at = http_scan_field_value(at, end);
    const char *value_end = at;
    while (value_end > value && (value_end[-1] == ' ' || value_end[-1] == '\t'))
        value_end--;
    out_header->value = (struct text){value, (size_t)(value_end - value)};

    cursor->at = at;
    return http_line_end_parse(cursor, out_refusal);
}

static enum http_parse
refuse_name(char wrong, bool at_line_start, struct http_refusal *out_refusal)
{
    if (at_line_start && (wrong == ' ' || wrong == '\t')) /* RFC 9112 5.2 and 2.2 */
        return http_refuse(out_refusal, 400,
                           "A header line begins with a blank (folded lines are not accepted).");
    if (wrong == ' ' || wrong == '\t') /* RFC 9112 5.1 */
        return http_refuse(out_refusal, 400, "A blank stands before the colon of a header.");
    if (wrong == ':')
        return http_refuse(out_refusal, 400, "A header has no name.");
    if (wrong == '\r' || wrong == '\n')
        return http_refuse(out_refusal, 400, "A header line has no colon.");
    return http_refuse(out_refusal, 400, "A header name has a byte that may not stand there.");
}

/* lower is lower-case letters and dashes. Setting bit 5 lowers letters, and no other byte of a token becomes
 * a letter or a dash by it. */
static inline bool
name_is(const char *name, const char *lower, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((name[i] | 0x20) != lower[i])
            return false;
    }
    return true;
}

static void
note_field(struct http_framing *framing, const struct http_header *header)
{
    const char *name = header->name.bytes;
    struct text *noted = NULL;
    uint8_t *count = NULL;

    switch (header->name.length) {
    case 4:
        noted = name_is(name, "host", 4) ? &framing->host : NULL;
        count = &framing->host_count;
        break;
    case 6:
        noted = name_is(name, "expect", 6) ? &framing->expect : NULL;
        count = &framing->expect_count;
        break;
    case 7:
        noted = name_is(name, "upgrade", 7) ? &framing->upgrade : NULL;
        count = &framing->upgrade_count;
        break;
    case 10:
        if (name_is(name, "connection", 10))
            note_connection(framing, header->value);
        break;
    case 14:
        noted = name_is(name, "content-length", 14) ? &framing->content_length : NULL;
        count = &framing->content_length_count;
        break;
    case 17:
        noted = name_is(name, "transfer-encoding", 17) ? &framing->transfer_encoding : NULL;
        count = &framing->transfer_encoding_count;
        break;
    default:
        break;
    }
    if (!noted)
        return;
    *noted = header->value;
    (*count)++; /* at most HTTP_MAX_HEADERS */
}

/* Connection = #connection-option (RFC 9110 7.6.1). */
static void
note_connection(struct http_framing *framing, struct text options)
{
    while (options.bytes) {
        struct text option = text_trim(text_cut(&options, ','));
        if (text_equals_ignore_case(option, TEXT("close")))
            framing->says_close = true;
        else if (text_equals_ignore_case(option, TEXT("keep-alive")))
            framing->says_keep_alive = true;
        else if (text_equals_ignore_case(option, TEXT("upgrade")))
            framing->says_upgrade = true;
    }
}

/* 1*DIGIT, less what parsers disagree about: leading zeros (octal to some), and more than 63 bits. */
static bool
parse_content_length(struct text digits, uint64_t *out_length)
{
    if (digits.length == 0 || digits.length > HTTP_MAX_LENGTH_DIGITS)
        return false;
    if (digits.bytes[0] == '0' && digits.length > 1)
        return false;

    uint64_t length = 0;
    for (size_t i = 0; i < digits.length; i++) {
        unsigned digit = (unsigned)(unsigned char)digits.bytes[i] - '0';
        if (digit > 9)
            return false;
        length = length * 10 + digit;
    }
    *out_length = length;
    return true;
}

static enum http_parse
check_transfer_encoding(const struct http_framing *framing, bool is_http10, struct http_refusal *out_refusal)
{
    if (framing->content_length_count > 0) /* RFC 9112 6.3 (3) */
        return http_refuse(out_refusal, 400, "Transfer-Encoding and Content-Length stand together.");
    if (is_http10) /* RFC 9112 6.1 */
        return http_refuse(out_refusal, 400, "HTTP/1.0 has no Transfer-Encoding.");
    if (framing->transfer_encoding_count > 1)
        return http_refuse(out_refusal, 400, "There is more than one Transfer-Encoding.");

    struct text codings = framing->transfer_encoding;
    if (text_equals(codings, TEXT("chunked")))
        return HTTP_PARSE_DONE;
    /* RFC 9112 6.1: a coding we do not know is 501, if at least the message would end where it says. */
    if (text_ends_with(codings, TEXT(", chunked")) && !text_starts_with(codings, TEXT("chunked")))
        return http_refuse(out_refusal, 501, "The only Transfer-Encoding spoken here is chunked.");
    return http_refuse(out_refusal, 400, "Transfer-Encoding is not exactly \"chunked\".");
}
