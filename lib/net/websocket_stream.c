/* One WebSocket stream, the same on both sides: joins fragments, queues what is sent and writes it in pieces.
 */
#include <assert.h>
#include <libwebsockets.h>

#include "lib/base/arena.h"
#include "lib/net/loop.h"
#include "lib/net/websocket_private.h"

enum {
    PIECE_BYTES = 65536, /* of a message, in one frame */
    SERVICE_BYTES = 65536,
    MAX_DESCRIPTORS = 1024,
};

/* Before each message in the queue; libwebsockets writes a frame's head into `room`. */
struct record {
    size_t length;
    unsigned char room[LWS_PRE];
};

struct websocket_stream *
websocket_stream_open(struct lws *wsi, const struct websocket_events *events, size_t max_message_bytes)
{
    struct arena *arena = arena_new(0);
    struct websocket_stream *stream = arena_alloc(arena, sizeof(*stream));
    *stream = (struct websocket_stream){
        .arena = arena, .wsi = wsi, .events = events, .max_message_bytes = max_message_bytes};
    buffer_init(&stream->received, arena, 0);
    buffer_init(&stream->queued, arena, 0);
    events->on_open(events->owner, stream);
    return stream;
}

int
websocket_stream_receive(struct websocket_stream *stream, const void *bytes, size_t length)
{
    struct buffer *received = &stream->received;
    if (stream->is_closing)
        return 0;
    if (length > stream->max_message_bytes - received->length || lws_frame_is_binary(stream->wsi))
        return -1;
    bool is_whole = lws_is_final_fragment(stream->wsi) && lws_remaining_packet_payload(stream->wsi) == 0;
    struct text message = {bytes, length};
    if (!is_whole || received->length > 0) {
        buffer_add(received, bytes, length);
        message = buffer_text(received);
    }
    if (!is_whole)
        return 0;
    stream->events->on_message(stream->events->owner, stream, message);
    received->length = 0;
    return 0;
}

int
websocket_stream_write(struct websocket_stream *stream)
{
    struct buffer *queued = &stream->queued;
    if (stream->queued_at == queued->length)
        return stream->is_closing ? -1 : 0;

    struct record record;
    char *place = queued->bytes + stream->queued_at;
    memcpy(&record, place, sizeof(record));
    size_t left = record.length - stream->sent_bytes;
    size_t piece = left < PIECE_BYTES ? left : PIECE_BYTES;
    int kind = lws_write_ws_flags(LWS_WRITE_TEXT, stream->sent_bytes == 0, piece == left);
    unsigned char *bytes = (unsigned char *)place + sizeof(record) + stream->sent_bytes;
    if (lws_write(stream->wsi, bytes, piece, (enum lws_write_protocol)kind) < (int)piece)
        return -1;

    stream->sent_bytes += piece;
    if (piece == left) {
        stream->queued_at += sizeof(record) + record.length;
        stream->sent_bytes = 0;
    }
    if (stream->queued_at == queued->length) {
        stream->queued_at = 0;
        queued->length = 0;
    }
    if (queued->length > 0 || stream->is_closing)
        lws_callback_on_writable(stream->wsi);
    return 0;
}

void
websocket_stream_closed(struct websocket_stream *stream)
{
    if (!stream)
        return;
    stream->wsi = NULL;
    stream->events->on_close(stream->events->owner, stream);
    arena_free(stream->arena);
}

void
websocket_stream_send(struct websocket_stream *stream, struct text message)
{
    if (!stream->wsi || stream->is_closing)
        return;
    struct buffer *queued = &stream->queued;
    if (stream->queued_at > 0 && stream->sent_bytes == 0) {
        memmove(queued->bytes, queued->bytes + stream->queued_at, queued->length - stream->queued_at);
        queued->length -= stream->queued_at;
        stream->queued_at = 0;
    }
    struct record record = {.length = message.length};
    buffer_add(queued, &record, sizeof(record));
    buffer_add_text(queued, message);
    lws_callback_on_writable(stream->wsi);
}

void
websocket_stream_close(struct websocket_stream *stream)
{
    if (!stream->wsi || stream->is_closing)
        return;
    stream->is_closing = true; /* after what is queued: the next time it may write */
    lws_callback_on_writable(stream->wsi);
}

void
websocket_stream_set_state(struct websocket_stream *stream, void *state)
{
    stream->state = state;
}

void *
websocket_stream_state(const struct websocket_stream *stream)
{
    return stream->state;
}

struct lws_context *
websocket_context_new(struct loop *loop, const void *protocols, void *owner)
{
    void *native = loop_native(loop);
    lws_set_log_level(0, NULL); /* what matters comes as callbacks */
    struct lws_context_creation_info options = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_DISABLE_IPV6,
        .foreign_loops = &native,
        .pt_serv_buf_size = SERVICE_BYTES,
        .fd_limit_per_thread = MAX_DESCRIPTORS,
        .user = owner,
        .gid = -1,
        .uid = -1,
    };
    return lws_create_context(&options);
}
