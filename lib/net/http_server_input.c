/* What a client sends: bytes become calls, one at a time and in order. The next request is looked at only
 * when the reply before it is finished; what comes meanwhile is kept, up to a bound.
 *
 * A head is copied up to its end and read there, a body is copied (or de-chunked) after it, so every byte
 * moves once and the texts of a call point into its own arena. */
#include <assert.h>
#include <errno.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/net/http_server_output.h"

enum {
    MAX_INPUT_BYTES = 65536,   /* kept of requests to come before reading pauses */
    FIRST_BODY_BYTES = 65536,  /* reserved for a body whose length is only claimed yet */
    HEAD_END_BYTES = 4,        /* CR LF CR LF */
    SLOWEST_BYTES_PER_S = 500, /* of a body, once SLOW_START body time-outs are over */
    SLOW_START = 4,
};

static bool is_too_slow(const struct http_connection *connection);
static void at_end(struct http_connection *connection);
static struct text take(struct http_connection *connection, struct text bytes);
static struct text take_head(struct http_connection *connection, struct text bytes);
static struct text take_body(struct http_connection *connection, struct text bytes);
static void head_is_whole(struct http_connection *connection, struct text rest);
static void keep(struct http_connection *connection, struct text bytes);

void
http_connection_read(struct http_connection *connection)
{
    static const struct http_refusal too_slow = {408, "the request's body arrives too slowly"};
    char *scratch = connection->server->scratch;
    ssize_t length = transport_receive(connection->transport, scratch, HTTP_SERVER_SCRATCH_BYTES);
    if (length < 0 && errno == EAGAIN)
        return;
    if (length < 0) {
        http_connection_cut(connection);
        return;
    }
    if (length == 0) {
        at_end(connection);
        return;
    }
    struct text bytes = {scratch, (size_t)length};
    if (connection->input_arena)
        keep(connection, bytes); /* in order behind what waits already */
    else
        keep(connection, take(connection, bytes));
    if (connection->state != HTTP_CONNECTION_BODY)
        return;
    if (is_too_slow(connection))
        http_connection_refuse(connection, &too_slow);
    else
        http_connection_set_deadline(connection);
}

void
http_connection_next_request(struct http_connection *connection)
{
    struct buffer *input = &connection->input;
    connection->state = HTTP_CONNECTION_IDLE;
    if (connection->input_arena) {
        struct text waiting = {input->bytes + connection->input_at, input->length - connection->input_at};
        struct text left = take(connection, waiting);
        connection->input_at = input->length - left.length;
        if (left.length == 0 && connection->input_arena) {
            http_server_return_arena(connection->server, connection->input_arena);
            connection->input_arena = NULL;
            connection->input_at = 0;
            *input = (struct buffer){0};
        }
    }
    if (connection->state == HTTP_CONNECTION_CLOSED || connection->state == HTTP_CONNECTION_LINGER)
        return;
    bool is_between = connection->state != HTTP_CONNECTION_CALL;
    if (is_between && connection->is_at_end) {
        http_connection_cut(connection);
        return;
    }
    if (!connection->is_at_end && input->length - connection->input_at < MAX_INPUT_BYTES)
        transport_pause_reading(connection->transport, false);
    if (is_between)
        http_connection_set_deadline(connection);
}

void
http_connection_begin_call(struct http_connection *connection)
{
    struct arena *arena = http_server_take_arena(connection->server);
    struct http_call *call = arena_alloc_raw(arena, sizeof(*call));
    *call = (struct http_call){.connection = connection, .arena = arena, .started_us = clock_now_us()};
    connection->call = call;
}

/* A body that dribbles would hold its connection for ever without a pause ever being too long. */
static bool
is_too_slow(const struct http_connection *connection)
{
    const struct http_call *call = connection->call;
    int64_t over_ms =
        (clock_now_us() - call->started_us) / 1000 - SLOW_START * connection->server->options.body_timeout_ms;
    return over_ms > 0 && (int64_t)call->body.length < over_ms * SLOWEST_BYTES_PER_S / 1000;
}

/* The client will send nothing more. It may have left, or only have ended its sending and wait for its reply,
 * and both look the same. A byte tells them apart: a reset comes back from a client that left. Before the
 * reply that is an interim reply; in a chunked one the leading zero of the next chunk's size (RFC 9112 7.1),
 * so that a stream whose next piece is long in coming finds out too. */
static void
at_end(struct http_connection *connection)
{
    static const char probe[] = "HTTP/1.1 100 Continue\r\n\r\n", zero[] = "0";
    struct http_call *call = connection->call;
    connection->is_at_end = true;
    if (connection->state != HTTP_CONNECTION_CALL) {
        http_connection_cut(connection);
        return;
    }
    transport_pause_reading(connection->transport, true);
    if (call->reply == HTTP_REPLY_NONE && !call->head.is_http10)
        http_output_send(connection, &(struct iovec){(void *)(uintptr_t)probe, sizeof(probe) - 1}, 1);
    else if (call->reply == HTTP_REPLY_STREAMING && call->is_chunked && !call->drops_body)
        http_output_send(connection, &(struct iovec){(void *)(uintptr_t)zero, sizeof(zero) - 1}, 1);
    if (connection->state == HTTP_CONNECTION_CALL)
        http_connection_set_deadline(connection);
}

/* Takes bytes until a call is the owner's or all are taken; returns what is left. */
static struct text
take(struct http_connection *connection, struct text bytes)
{
    while (bytes.length > 0) {
        if (connection->state == HTTP_CONNECTION_IDLE) {
            http_connection_begin_call(connection);
            connection->state = HTTP_CONNECTION_HEAD;
        }
        if (connection->state == HTTP_CONNECTION_HEAD)
            bytes = take_head(connection, bytes);
        else if (connection->state == HTTP_CONNECTION_BODY)
            bytes = take_body(connection, bytes);
        else
            break;
    }
    return bytes;
}

/* How many of the new bytes belong to the head: up to its empty line, which may begin in the bytes before. */
static size_t
head_share(const struct buffer *message, struct text bytes)
{
    static const char end[] = "\r\n\r\n";
    size_t before = message->length < HEAD_END_BYTES - 1 ? message->length : HEAD_END_BYTES - 1;
    char seam[2 * (HEAD_END_BYTES - 1)];
    size_t after = bytes.length < HEAD_END_BYTES - 1 ? bytes.length : HEAD_END_BYTES - 1;
    if (before > 0) {
        memcpy(seam, message->bytes + message->length - before, before);
        memcpy(seam + before, bytes.bytes, after);
        const char *found = memmem(seam, before + after, end, HEAD_END_BYTES);
        if (found)
            return (size_t)(found - seam) + HEAD_END_BYTES - before;
    }
    const char *found = memmem(bytes.bytes, bytes.length, end, HEAD_END_BYTES);
    size_t share = found ? (size_t)(found - bytes.bytes) + HEAD_END_BYTES : bytes.length;
    size_t room = HTTP_MAX_HEAD_BYTES + 1 - message->length;
    return share < room ? share : room;
}

static struct text
take_head(struct http_connection *connection, struct text bytes)
{
    static const struct http_refusal too_long = {431, "the request's head is longer than 32768 bytes"};
    struct http_call *call = connection->call;
    struct http_refusal refusal = {0};
    size_t share = head_share(&call->message, bytes);
    size_t head_length = 0;
    bool is_first = call->message.length == 0;

    if (is_first)
        buffer_init(&call->message, call->arena, share);
    /* Without a line end nothing can be decided: a head that comes byte by byte is read once a line, not once
     * a byte. */
    bool is_worth_reading = is_first || memchr(bytes.bytes, '\n', share);
    buffer_add(&call->message, bytes.bytes, share);
    bytes = text_slice(bytes, share, bytes.length);

    enum http_parse parsed = HTTP_PARSE_MORE;
    if (is_worth_reading || call->message.length > HTTP_MAX_HEAD_BYTES)
        parsed = http_request_parse(buffer_text(&call->message), &call->head, &head_length, &refusal);
    if (parsed == HTTP_PARSE_MORE && call->message.length > HTTP_MAX_HEAD_BYTES) {
        refusal = too_long;
        parsed = HTTP_PARSE_WRONG;
    }
    if (parsed == HTTP_PARSE_WRONG)
        http_connection_refuse(connection, &refusal);
    else if (parsed == HTTP_PARSE_DONE)
        head_is_whole(connection, bytes);
    else if (is_first)
        http_connection_set_deadline(connection);
    return bytes;
}

static void
give_to_owner(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    connection->state = HTTP_CONNECTION_CALL;
    http_connection_set_deadline(connection);
    server->events.on_request(server->events.owner, connection->call);
}

static void
head_is_whole(struct http_connection *connection, struct text rest)
{
    static const struct http_refusal too_large = {413, "the request's body is larger than this server takes"};
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct http_call *call = connection->call;
    const struct http_request_head *head = &call->head;
    bool has_length = head->body_kind == HTTP_BODY_LENGTH;

    if (has_length && head->content_length > connection->server->options.max_body_bytes) {
        http_connection_refuse(connection, &too_large);
        return;
    }
    if (head->body_kind == HTTP_BODY_NONE || (has_length && head->content_length == 0)) {
        give_to_owner(connection);
        return;
    }
    http_body_init(&call->body_reader, head->body_kind, head->content_length);
    /* A claimed length reserves little until the bytes come. */
    size_t first =
        has_length && (head->content_length <= rest.length || head->content_length < FIRST_BODY_BYTES)
            ? (size_t)head->content_length
            : FIRST_BODY_BYTES;
    buffer_init(&call->body, call->arena, has_length ? first : 0);
    connection->state = HTTP_CONNECTION_BODY;
    if (head->expects_continue && rest.length == 0)
        http_output_send(connection, &(struct iovec){(void *)(uintptr_t)go_on, sizeof(go_on) - 1}, 1);
}

static void
add_to_body(struct http_call *call, struct text content)
{
    struct buffer *body = &call->body;
    if (call->head.body_kind == HTTP_BODY_LENGTH && content.length > body->capacity - body->length) {
        uint64_t expected = call->head.content_length - body->length;
        uint64_t wanted = 3 * (uint64_t)body->length + content.length;
        (void)buffer_reserve(body, (size_t)(wanted < expected ? wanted : expected));
    }
    buffer_add_text(body, content);
}

static struct text
take_body(struct http_connection *connection, struct text bytes)
{
    static const struct http_refusal too_large = {413, "the request's body is larger than this server takes"};
    struct http_call *call = connection->call;
    struct http_refusal refusal = {0};
    while (bytes.length > 0) {
        size_t used = 0;
        struct text content = {0};
        enum http_parse parsed = http_body_next(&call->body_reader, bytes, &used, &content, &refusal);
        if (parsed != HTTP_PARSE_WRONG &&
            call->body.length + content.length > connection->server->options.max_body_bytes) {
            refusal = too_large;
            parsed = HTTP_PARSE_WRONG;
        }
        if (parsed == HTTP_PARSE_WRONG) {
            http_connection_refuse(connection, &refusal);
            return bytes;
        }
        add_to_body(call, content);
        bytes = text_slice(bytes, used, bytes.length);
        if (parsed == HTTP_PARSE_DONE) {
            give_to_owner(connection);
            return bytes;
        }
        assert(used > 0);
    }
    return bytes;
}

/* Keeps what belongs to requests to come. Only while a call is under way: in any other state all was taken.
 */
static void
keep(struct http_connection *connection, struct text bytes)
{
    if (bytes.length == 0 || connection->state != HTTP_CONNECTION_CALL)
        return;
    struct buffer *input = &connection->input;
    if (!connection->input_arena) {
        connection->input_arena = http_server_take_arena(connection->server);
        buffer_init(input, connection->input_arena, bytes.length);
    }
    if (connection->input_at > 0) {
        memmove(input->bytes, input->bytes + connection->input_at, input->length - connection->input_at);
        input->length -= connection->input_at;
        connection->input_at = 0;
    }
    buffer_add_text(input, bytes);
    if (input->length >= MAX_INPUT_BYTES)
        transport_pause_reading(connection->transport, true);
}
