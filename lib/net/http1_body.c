/* Where content stands inside the bytes of a message body: by length, by chunks, or until the end (RFC 9112
 * 6-7).
 *
 * A state machine that may be cut at any byte. Content is never looked at and never copied; chunk extensions
 * and trailers are checked and dropped. */
#include "lib/net/http1.h"

#include "lib/net/http1_syntax.h"

#define HTTP_MAX_CHUNK_DIGITS 15 /* below 2^60: sums of sizes stay far from overflow */
#define HTTP_MAX_EXTENSION_BYTES 256
#define HTTP_MAX_TRAILER_BYTES 4096

enum chunk_state {
    CHUNK_SIZE,       /* the digits of a chunk's size have begun or must begin; line_bytes counts them */
    CHUNK_EXTENSION,  /* after ';'; line_bytes counts its bytes */
    CHUNK_SIZE_LF,    /* the CR after the size was read */
    CHUNK_CONTENT,    /* `left` bytes of content come */
    CHUNK_CONTENT_CR, /* the content is complete, its CR LF is not */
    CHUNK_CONTENT_LF,
    CHUNK_TRAILER_LINE, /* at the start of a line after the last chunk; line_bytes counts the whole section */
    CHUNK_TRAILER_NAME,
    CHUNK_TRAILER_VALUE,
    CHUNK_TRAILER_LF, /* the CR of a trailer field was read */
    CHUNK_LAST_LF,    /* the CR of the empty line that ends the message was read */
    CHUNK_END,
};

static enum http_parse next_chunked(struct http_body *body, struct text bytes, size_t *out_used,
                                    struct text *out_content, struct http_refusal *out_refusal);
static const char *step(struct http_body *body, char byte);
static const char *step_size(struct http_body *body, char byte);
static const char *step_extension(struct http_body *body, char byte);
static const char *step_trailer(struct http_body *body, char byte);
static const char *expect_line_end(struct http_body *body, char byte, char wanted, enum chunk_state next);

void
http_body_init(struct http_body *body, enum http_body_kind kind, uint64_t content_length)
{
    *body = (struct http_body){
        .kind = kind, .left = kind == HTTP_BODY_LENGTH ? content_length : 0, .chunk_state = CHUNK_SIZE};
}

enum http_parse
http_body_next(struct http_body *body, struct text bytes, size_t *out_used, struct text *out_content,
               struct http_refusal *out_refusal)
{
    *out_used = 0;
    *out_content = (struct text){0};
    if (body->kind == HTTP_BODY_CHUNKED)
        return next_chunked(body, bytes, out_used, out_content, out_refusal);
    if (body->kind == HTTP_BODY_NONE)
        return HTTP_PARSE_DONE;

    size_t length = bytes.length;
    if (body->kind == HTTP_BODY_LENGTH) {
        length = body->left < length ? (size_t)body->left : length;
        body->left -= length;
    }
    *out_used = length;
    *out_content = text_slice(bytes, 0, length);
    return body->kind == HTTP_BODY_LENGTH && body->left == 0 ? HTTP_PARSE_DONE : HTTP_PARSE_MORE;
}

/* Framing, at most one run of content, and the framing after it: stops before a second run. */
static enum http_parse
next_chunked(struct http_body *body, struct text bytes, size_t *out_used, struct text *out_content,
             struct http_refusal *out_refusal)
{
    size_t at = 0;
    while (at < bytes.length && body->chunk_state != CHUNK_END) {
        if (body->chunk_state != CHUNK_CONTENT) {
            const char *wrong = step(body, bytes.bytes[at++]);
            if (wrong)
                return http_refuse(out_refusal, 400, wrong);
            continue;
        }
        if (out_content->length > 0)
            break;
        size_t run = body->left < bytes.length - at ? (size_t)body->left : bytes.length - at;
        *out_content = (struct text){bytes.bytes + at, run};
        at += run;
        body->left -= run;
        if (body->left == 0)
            body->chunk_state = CHUNK_CONTENT_CR;
    }
    *out_used = at;
    return body->chunk_state == CHUNK_END ? HTTP_PARSE_DONE : HTTP_PARSE_MORE;
}

/* One byte of framing. Returns what is wrong with it, or NULL. */
static const char *
step(struct http_body *body, char byte)
{
    switch ((enum chunk_state)body->chunk_state) {
    case CHUNK_SIZE:
        return step_size(body, byte);
    case CHUNK_EXTENSION:
        return step_extension(body, byte);
    case CHUNK_SIZE_LF:
        body->line_bytes = 0;
        return expect_line_end(body, byte, '\n', body->left > 0 ? CHUNK_CONTENT : CHUNK_TRAILER_LINE);
    case CHUNK_CONTENT_CR:
        return expect_line_end(body, byte, '\r', CHUNK_CONTENT_LF);
    case CHUNK_CONTENT_LF:
        return expect_line_end(body, byte, '\n', CHUNK_SIZE);
    case CHUNK_TRAILER_LINE:
    case CHUNK_TRAILER_NAME:
    case CHUNK_TRAILER_VALUE:
    case CHUNK_TRAILER_LF:
        return step_trailer(body, byte);
    case CHUNK_LAST_LF:
        return expect_line_end(body, byte, '\n', CHUNK_END);
    case CHUNK_CONTENT: /* not framing */
    case CHUNK_END:
        break;
    }
    return "A chunk is out of place.";
}

/* chunk-size = 1*HEXDIG, then at once ';' or CR: a blank there is what parsers disagree about. */
static const char *
step_size(struct http_body *body, char byte)
{
    unsigned digit = (unsigned)(unsigned char)byte - '0';
    if (digit > 9) {
        unsigned letter = ((unsigned)(unsigned char)byte | 0x20) - 'a';
        digit = letter < 6 ? letter + 10 : 16;
    }
    if (digit < 16) {
        if (++body->line_bytes > HTTP_MAX_CHUNK_DIGITS)
            return "The size of a chunk is too large.";
        body->left = body->left << 4 | digit;
        return NULL;
    }
    if (body->line_bytes == 0)
        return "The size of a chunk is not a plain hexadecimal number.";
    if (byte == ';') {
        body->chunk_state = CHUNK_EXTENSION;
        body->line_bytes = 0;
        return NULL;
    }
    return expect_line_end(body, byte, '\r', CHUNK_SIZE_LF);
}

/* chunk-ext is dropped (RFC 9112 7.1.1). Any visible ASCII and blanks: a line end of another kind must not
 * hide in it. */
static const char *
step_extension(struct http_body *body, char byte)
{
    if (byte == '\r') {
        body->chunk_state = CHUNK_SIZE_LF;
        return NULL;
    }
    if (!http_byte_is(byte, HTTP_BYTE_FIELD) || (unsigned char)byte >= 0x80)
        return "A chunk extension has a byte that may not stand there.";
    if (++body->line_bytes > HTTP_MAX_EXTENSION_BYTES)
        return "A chunk extension is longer than 256 bytes.";
    return NULL;
}

/* trailer-section = *( field-line CRLF ), then the empty line; checked like fields of a head, and dropped. */
static const char *
step_trailer(struct http_body *body, char byte)
{
    if (++body->line_bytes > HTTP_MAX_TRAILER_BYTES)
        return "The trailers are longer than 4 KiB.";

    switch (body->chunk_state) {
    case CHUNK_TRAILER_LINE:
        if (byte == '\r') {
            body->chunk_state = CHUNK_LAST_LF;
            return NULL;
        }
        body->chunk_state = CHUNK_TRAILER_NAME;
        return http_byte_is(byte, HTTP_BYTE_TOKEN) ? NULL : "A trailer does not begin with a name.";
    case CHUNK_TRAILER_NAME:
        if (byte == ':')
            body->chunk_state = CHUNK_TRAILER_VALUE;
        else if (!http_byte_is(byte, HTTP_BYTE_TOKEN))
            return "A trailer name has a byte that may not stand there.";
        return NULL;
    case CHUNK_TRAILER_VALUE:
        if (byte == '\r')
            body->chunk_state = CHUNK_TRAILER_LF;
        else if (!http_byte_is(byte, HTTP_BYTE_FIELD))
            return "A trailer value has a byte that may not stand there.";
        return NULL;
    default:
        return expect_line_end(body, byte, '\n', CHUNK_TRAILER_LINE);
    }
}

static const char *
expect_line_end(struct http_body *body, char byte, char wanted, enum chunk_state next)
{
    if (byte != wanted)
        return "A chunk is not followed by a carriage return and a line feed.";
    body->chunk_state = (int)next;
    return NULL;
}
