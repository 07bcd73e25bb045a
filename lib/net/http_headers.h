/* Header fields of one HTTP message: views into the bytes they were read from. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/text.h"

#define HTTP_MAX_HEADERS 100
#define HTTP_MAX_HEAD_BYTES 32768

struct http_header {
    struct text name;  /* as written; compare with text_equals_ignore_case */
    struct text value; /* without surrounding blanks; no CR, LF or NUL inside */
};

struct http_headers {
    struct http_header items[HTTP_MAX_HEADERS];
    size_t count;
};

/* The first field of that name, or the empty text. Names are compared without case. */
struct text http_headers_find(const struct http_headers *headers, struct text name);
size_t http_headers_count_of(const struct http_headers *headers, struct text name);
/* True for connection-level fields (RFC 9110 7.6.1: Connection, Keep-Alive, TE, Trailer, Transfer-Encoding,
 * Upgrade, Proxy-*), which are never forwarded; fields that Connection names are for the caller to look up.
 */
bool http_header_is_hop_by_hop(struct text name);
/* Safe to write as a field value: visible ASCII, blanks, tabs and obs-text; no CR, LF, NUL. */
bool http_header_value_is_safe(struct text value);
