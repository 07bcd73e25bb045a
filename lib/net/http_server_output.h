/* What goes to one client: bytes in order, and the heads and refusals among them. For the files of the HTTP
 * server. */
#pragma once

#include "lib/net/http_server_private.h"

/* http_server_output.c */
size_t http_output_waiting(const struct http_connection *connection);
/* Sends what waits and then these pieces, as far as the socket takes them; the rest is copied and waits. */
void http_output_send(struct http_connection *connection, const struct iovec *pieces, size_t count);
/* Copies bytes to what waits; the task sends them. */
void http_output_add(struct http_connection *connection, struct text bytes);
void http_output_flush(struct http_connection *connection);

/* http_server_reply.c */
/* The head's bytes, framed for the call; content_length < 0: streamed. Sets is_chunked, drops_body, closes.
 */
void http_reply_head(struct http_call *call, const struct http_reply_head *head, int64_t content_length,
                     struct buffer *out);
struct text http_refusal_body(struct arena *arena, const struct http_refusal *refusal);
