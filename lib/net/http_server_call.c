/* The owner's side of a call: what it may ask, and how it replies.
 *
 * A whole reply goes out at once. A stream's small pieces are collected until the end of the turn, so that a
 * head, its first events and even its end that came together leave in one write; large ones are never copied
 * unless the socket is full. Once the client is gone every reply is accepted and dropped. */
#include <assert.h>

#include "lib/base/arena.h"
#include "lib/net/http_server_output.h"

enum { COPIED_PIECE_BYTES = 4096, CHUNK_HEAD_BYTES = 20 };

static struct text print_chunk_head(size_t length, char out[CHUNK_HEAD_BYTES]);

struct arena *
http_call_arena(struct http_call *call)
{
    return call->arena;
}

const struct http_request_head *
http_call_head(const struct http_call *call)
{
    return &call->head;
}

struct text
http_call_body(const struct http_call *call)
{
    return buffer_text(&call->body);
}

struct text
http_call_peer(const struct http_call *call)
{
    return text_of(call->connection->peer);
}

int64_t
http_call_started_us(const struct http_call *call)
{
    return call->started_us;
}

void
http_call_set_state(struct http_call *call, void *state)
{
    call->state = state;
}

void *
http_call_state(const struct http_call *call)
{
    return call->state;
}

void
http_call_reply(struct http_call *call, const struct http_reply_head *head, struct text body)
{
    struct http_connection *connection = call->connection;
    struct buffer out;
    assert(call->reply == HTTP_REPLY_NONE);
    http_reply_head(call, head, (int64_t)body.length, &out);
    call->reply = HTTP_REPLY_COMPLETE;

    if (call->drops_body)
        body.length = 0;
    if (body.length <= COPIED_PIECE_BYTES) { /* copying a small body costs less than a second piece */
        buffer_add_text(&out, body);
        body.length = 0;
    }
    struct iovec pieces[2] = {{out.bytes, out.length}, {(void *)(uintptr_t)body.bytes, body.length}};
    http_output_send(connection, pieces, body.length > 0 ? 2 : 1);
    loop_task_post(connection->task);
}

void
http_call_start_reply(struct http_call *call, const struct http_reply_head *head)
{
    struct buffer out;
    assert(call->reply == HTTP_REPLY_NONE);
    http_reply_head(call, head, -1, &out);
    call->reply = HTTP_REPLY_STREAMING;
    http_output_add(call->connection, buffer_text(&out));
}

bool
http_call_send(struct http_call *call, struct text bytes)
{
    struct http_connection *connection = call->connection;
    assert(call->reply == HTTP_REPLY_STREAMING);
    if (bytes.length == 0 || call->drops_body || connection->state != HTTP_CONNECTION_CALL)
        return true;

    char line[CHUNK_HEAD_BYTES];
    struct text chunk_head = call->is_chunked ? print_chunk_head(bytes.length, line) : TEXT("");
    struct text chunk_end = call->is_chunked ? TEXT("\r\n") : TEXT("");
    if (bytes.length <= COPIED_PIECE_BYTES) {
        http_output_add(connection, chunk_head);
        http_output_add(connection, bytes);
        http_output_add(connection, chunk_end);
    } else {
        struct iovec pieces[3] = {{(void *)(uintptr_t)chunk_head.bytes, chunk_head.length},
                                  {(void *)(uintptr_t)bytes.bytes, bytes.length},
                                  {(void *)(uintptr_t)chunk_end.bytes, chunk_end.length}};
        http_output_send(connection, pieces, 3);
    }
    call->is_blocked = http_output_waiting(connection) > HTTP_SERVER_HIGH_MARK_BYTES;
    return !call->is_blocked;
}

void
http_call_end_reply(struct http_call *call)
{
    assert(call->reply == HTTP_REPLY_STREAMING);
    if (call->is_chunked)
        http_output_add(call->connection, TEXT("0\r\n\r\n"));
    call->reply = HTTP_REPLY_COMPLETE;
    loop_task_post(call->connection->task);
}

void
http_call_abandon(struct http_call *call)
{
    call->is_abandoned = true;
    loop_task_post(call->connection->task);
}

size_t
http_call_sent_bytes(const struct http_call *call)
{
    return call->sent_bytes;
}

static struct text
print_chunk_head(size_t length, char out[CHUNK_HEAD_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = CHUNK_HEAD_BYTES;
    out[--at] = '\n';
    out[--at] = '\r';
    do {
        out[--at] = digits[length & 15];
        length >>= 4;
    } while (length > 0);
    return (struct text){out + at, CHUNK_HEAD_BYTES - at};
}
