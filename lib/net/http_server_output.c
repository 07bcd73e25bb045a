/* What goes to the client: written at once when the socket takes it, copied into the call's arena when not.
 *
 * Write first, watch for writability only after the socket was full: a usual reply is one sendmsg and nothing
 * else. */
#include <assert.h>
#include <errno.h>

#include "lib/base/arena.h"
#include "lib/net/http_server_output.h"

enum { MAX_PIECES = 5, COMPACT_BYTES = 65536 };

static size_t send_now(struct http_connection *connection, const struct iovec *pieces, size_t count);
static void took(struct http_connection *connection, size_t taken);
static struct buffer *waiting_buffer(struct http_connection *connection);

size_t
http_output_waiting(const struct http_connection *connection)
{
    return connection->output.length - connection->output_at;
}

void
http_output_send(struct http_connection *connection, const struct iovec *pieces, size_t count)
{
    struct iovec all[MAX_PIECES];
    size_t waiting = http_output_waiting(connection);
    size_t all_count = 0;
    if (connection->state == HTTP_CONNECTION_CLOSED)
        return;
    assert(count < MAX_PIECES);
    if (waiting > 0)
        all[all_count++] = (struct iovec){connection->output.bytes + connection->output_at, waiting};
    for (size_t i = 0; i < count; i++)
        all[all_count++] = pieces[i];

    bool was_full = connection->is_full;
    size_t taken = was_full ? 0 : send_now(connection, all, all_count);
    if (connection->state == HTTP_CONNECTION_CLOSED)
        return;

    size_t skip = taken > waiting ? taken - waiting : 0;
    took(connection, taken - skip);
    for (size_t i = 0; i < count; i++) {
        size_t gone = skip < pieces[i].iov_len ? skip : pieces[i].iov_len;
        skip -= gone;
        if (gone < pieces[i].iov_len)
            buffer_add(waiting_buffer(connection), (const char *)pieces[i].iov_base + gone,
                       pieces[i].iov_len - gone);
    }
    bool is_full = http_output_waiting(connection) > 0;
    connection->is_full = is_full;
    transport_want_write(connection->transport, is_full);
    if (waiting > 0 ? taken > 0 : is_full)
        http_connection_set_deadline(connection);
}

void
http_output_add(struct http_connection *connection, struct text bytes)
{
    if (connection->state == HTTP_CONNECTION_CLOSED)
        return;
    buffer_add_text(waiting_buffer(connection), bytes);
    loop_task_post(connection->task);
}

void
http_output_flush(struct http_connection *connection)
{
    http_output_send(connection, NULL, 0);
}

/* How many bytes the socket took; a broken connection is cut. */
static size_t
send_now(struct http_connection *connection, const struct iovec *pieces, size_t count)
{
    if (count == 0)
        return 0;
    ssize_t taken = transport_send(connection->transport, pieces, count);
    if (taken >= 0) {
        if (connection->call->reply != HTTP_REPLY_NONE)
            connection->call->sent_bytes += (size_t)taken;
        return (size_t)taken;
    }
    if (errno != EAGAIN)
        http_connection_cut(connection);
    return 0;
}

/* That many of the waiting bytes are on their way. */
static void
took(struct http_connection *connection, size_t taken)
{
    connection->output_at += taken;
    if (connection->output_at < connection->output.length)
        return;
    connection->output.length = 0;
    connection->output_at = 0;
}

static struct buffer *
waiting_buffer(struct http_connection *connection)
{
    struct buffer *output = &connection->output;
    if (!output->arena)
        buffer_init(output, connection->call->arena, 0);
    if (connection->output_at > COMPACT_BYTES) {
        memmove(output->bytes, output->bytes + connection->output_at, output->length - connection->output_at);
        output->length -= connection->output_at;
        connection->output_at = 0;
    }
    return output;
}
