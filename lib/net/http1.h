/* Strict HTTP/1.1 message parsing: pure functions of a buffer (RFC 9112), for both sides.
 *
 * Whatever parsers disagree about is refused, not interpreted: bare LF or CR, NUL or controls in fields,
 * blanks before a colon, obs-fold, a leading blank line, duplicate or unequal Content-Length, signs or 0x in
 * it, any Transfer-Encoding but exactly "chunked", both together, HTTP/1.0 with Transfer-Encoding, missing or
 * double Host, an absolute target whose authority is not the Host, Expect other than 100-continue, HTTP/0.9.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/net/http_headers.h"

enum http_parse {
    HTTP_PARSE_DONE,
    HTTP_PARSE_MORE,  /* not all there yet: call again from the start of the message with more bytes */
    HTTP_PARSE_WRONG, /* answer `refusal.status` and close */
};

/* Why a message was refused: 400, 408, 413, 414, 417, 431, 501 or 505, and a sentence for the client. */
struct http_refusal {
    int status;
    const char *reason;
};

enum http_body_kind { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED, HTTP_BODY_UNTIL_CLOSE };

struct http_request_head {
    struct text method;
    struct text target; /* as written, origin form or absolute form or "*" */
    struct text path;   /* of the target, before '?'; not unescaped; empty for "http://host" */
    struct text query;  /* after '?', or empty */
    struct http_headers headers;
    enum http_body_kind body_kind; /* never UNTIL_CLOSE; NONE also for Content-Length: 0 */
    uint64_t content_length;
    bool keep_alive;       /* the client allows another request on this connection */
    bool expects_continue; /* only when a body follows */
    bool is_http10;
    struct text upgrade; /* the Upgrade field when Connection names it, else empty */
};

/* Reads one head from the start of bytes. On DONE *out_length is the head's length including the empty line,
 * and the texts in *out_head point into bytes. On WRONG *out_refusal is set. Never looks beyond
 * HTTP_MAX_HEAD_BYTES. */
enum http_parse http_request_parse(struct text bytes, struct http_request_head *out_head, size_t *out_length,
                                   struct http_refusal *out_refusal);

struct http_response_head {
    int status;
    struct http_headers headers;
    enum http_body_kind body_kind;
    uint64_t content_length;
    bool keep_alive;
};

/* As http_request_parse, for the answer to a request that was (not) a HEAD. 1xx heads are returned like
 * others, with body_kind NONE. Refusals carry status 502. */
enum http_parse
http_response_parse(struct text bytes, bool to_head_request, struct http_response_head *out_head,
                    size_t *out_length, struct http_refusal *out_refusal);

/* Where a body stands. Reading is incremental and copies nothing. */
struct http_body {
    enum http_body_kind kind;
    uint64_t left;       /* LENGTH: bytes to come; CHUNKED: bytes of this chunk to come */
    int chunk_state;     /* private */
    uint32_t line_bytes; /* private: length of the chunk line or trailer section so far */
};

void http_body_init(struct http_body *body, enum http_body_kind kind, uint64_t content_length);
/* Takes the next run of bytes. *out_used is how many were consumed (framing included), *out_content the
 * content among them (one run, possibly empty). DONE: the message ended after out_used. MORE: call again with
 * the rest or with more. Chunk extensions up to 256 bytes are dropped, trailers up to 4 KiB too; anything
 * malformed is WRONG (status 400, also in a response). UNTIL_CLOSE is never DONE. */
enum http_parse http_body_next(struct http_body *body, struct text bytes, size_t *out_used,
                               struct text *out_content, struct http_refusal *out_refusal);

/* The reason phrase of a status code (RFC 9110 and 6585), or "Unknown". */
const char *http_status_reason(int status);
/* RFC 3986 unescaping of a path or query part; false for a bad escape or %00. *out_text is `escaped` itself
 * when there is nothing to unescape. */
bool http_unescape(struct arena *arena, struct text escaped, struct text *out_text);
