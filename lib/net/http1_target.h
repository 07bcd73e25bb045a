/* The request target and the Host it belongs to (RFC 9112 3.2, RFC 9110 7.2). Private to the codec. */
#pragma once

#include "lib/net/http1_syntax.h"

/* Beyond it: 414. RFC 9110 4.1 asks for at least 8000. */
#define HTTP_MAX_TARGET_BYTES 8192

/* Splits head->target into path and query, and checks its form against the method and the Host field. DONE or
 * WRONG. */
enum http_parse http_target_check(struct http_request_head *head, const struct http_framing *framing,
                                  struct http_refusal *out_refusal);
