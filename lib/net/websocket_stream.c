/* One WebSocket stream, the same on both sides: joins fragments, queues what is sent and writes it in pieces.
 */
#include <assert.h>
#include <libwebsockets.h>

#include "lib/base/arena.h"
#include "lib/base/id.h"
#include "lib/net/loop.h"
#include "lib/net/tls_mutual.h"
#include "lib/net/websocket_frame.h"
#include "lib/net/websocket_private.h"

enum {
    PIECE_BYTES = 65536, /* of a message, in one frame */
    SERVICE_BYTES = 65536,
    MAX_DESCRIPTORS = 1024,
    HANDSHAKE_SECONDS = 5,
    CONNECT_SECONDS = 2,
    MAX_DESCRIPTORS_TLS_SERVER = 8192, /* gateways of every environment */
    PING_SECONDS = 15,
};

/* Before each message in the queue; a frame's head is written right before the message: into `room`, or what
 * is skipped. */
struct record {
    size_t skipped; /* between this and the message: its head was shorter than the room for it */
    size_t length;
    unsigned char room[LWS_PRE];
};
_Static_assert(LWS_PRE >= WEBSOCKET_FRAME_HEAD_MAX_BYTES, "a frame's head fits before its message");

static bool send_piece(struct websocket_stream *stream, unsigned char *bytes, size_t length, bool is_last);

struct websocket_stream *
websocket_stream_open(struct lws *wsi, const struct websocket_stream_options *options)
{
    struct arena *arena = arena_new(0);
    struct text peer = options->is_verified ? tls_mutual_peer(arena, lws_get_ssl(wsi)) : (struct text){0};
    if (options->is_verified && text_is_empty(peer)) {
        arena_free(arena);
        return NULL;
    }
    struct websocket_stream *stream = arena_alloc(arena, sizeof(*stream));
    *stream = (struct websocket_stream){.arena = arena,
                                        .wsi = wsi,
                                        .events = options->events,
                                        .max_message_bytes = options->max_message_bytes,
                                        .is_client = options->is_client,
                                        .peer = peer};
    buffer_init(&stream->received, arena, 0);
    buffer_init(&stream->queued, arena, 0);
    stream->events->on_open(stream->events->owner, stream);
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
    unsigned char *bytes = (unsigned char *)place + sizeof(record) + record.skipped + stream->sent_bytes;
    if (!send_piece(stream, bytes, piece, piece == left))
        return -1;

    stream->sent_bytes += piece;
    if (piece == left) {
        stream->queued_at += sizeof(record) + record.skipped + record.length;
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
    if (!websocket_stream_begin(stream, message.length))
        return;
    websocket_stream_end(stream, message);
}

/* What waits moves to the front only when it is no more than what went out from there. */
struct buffer *
websocket_stream_begin(struct websocket_stream *stream, size_t head_bytes)
{
    if (!stream->wsi || stream->is_closing)
        return NULL;
    struct buffer *queued = &stream->queued;
    size_t left = queued->length - stream->queued_at;
    if (stream->queued_at > 0 && stream->sent_bytes == 0 && left <= stream->queued_at) {
        memmove(queued->bytes, queued->bytes + stream->queued_at, left);
        queued->length = left;
        stream->queued_at = 0;
    }
    stream->begun_at = queued->length;
    buffer_reserve(queued, sizeof(struct record) + head_bytes);
    buffer_grew(queued, sizeof(struct record) + head_bytes);
    stream->begun_head_bytes = head_bytes;
    return queued;
}

void
websocket_stream_end(struct websocket_stream *stream, struct text head)
{
    struct buffer *queued = &stream->queued;
    assert(head.length <= stream->begun_head_bytes);
    size_t skipped = stream->begun_head_bytes - head.length;
    char *place = queued->bytes + stream->begun_at, *message = place + sizeof(struct record) + skipped;
    const struct record record = {.skipped = skipped,
                                  .length = (size_t)(queued->bytes + queued->length - message)};
    memcpy(place, &record, sizeof(record));
    if (head.length > 0)
        memcpy(message, head.bytes, head.length);
    lws_callback_on_writable(stream->wsi);
}

void
websocket_stream_drop(struct websocket_stream *stream)
{
    stream->queued.length = stream->begun_at;
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

struct text
websocket_stream_peer(const struct websocket_stream *stream)
{
    return stream->peer;
}

struct lws_retry_bo
websocket_idle_policy(int ping_seconds)
{
    uint16_t ping = (uint16_t)(ping_seconds > 0 ? ping_seconds : PING_SECONDS);
    return (struct lws_retry_bo){.secs_since_valid_ping = ping,
                                 .secs_since_valid_hangup = (uint16_t)(ping * 5 / 2)};
}

struct lws_context *
websocket_context_new(struct loop *loop, const struct websocket_context_options *options)
{
    static const uint64_t by_side[] = {
        [WEBSOCKET_UNIX] = LWS_SERVER_OPTION_DISABLE_IPV6,
        [WEBSOCKET_TLS_CLIENT] = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
        [WEBSOCKET_TLS_SERVER] = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
                                 LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX |
                                 LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
    };
    bool is_tls_server = options->side == WEBSOCKET_TLS_SERVER;
    void *native = loop_native(loop);
    lws_set_log_level(0, NULL); /* what matters comes as callbacks */
    struct lws_context_creation_info creation = {
        .port = is_tls_server ? CONTEXT_PORT_NO_LISTEN_SERVER : CONTEXT_PORT_NO_LISTEN,
        .protocols = options->protocols,
        .options = LWS_SERVER_OPTION_LIBEV | by_side[options->side],
        .foreign_loops = &native,
        .pt_serv_buf_size = SERVICE_BYTES,
        .fd_limit_per_thread = is_tls_server ? MAX_DESCRIPTORS_TLS_SERVER : MAX_DESCRIPTORS,
        .provided_client_ssl_ctx = options->client_tls,
        .retry_and_idle_policy = options->idle,
        .alpn = "http/1.1", /* a WebSocket over HTTP/2 is another protocol */
        /* An address that answers nothing, such as a pod's that is gone, must not keep a client for long. */
        .timeout_secs = HANDSHAKE_SECONDS,
        .connect_timeout_secs = CONNECT_SECONDS,
        .user = options->owner,
        .gid = -1,
        .uid = -1,
    };
    return lws_create_context(&creation);
}

/* A client's frame goes out as it is: libwebsockets keeps what the socket does not take of either, and sends
 * frames of its own only when that is gone. */
static bool
send_piece(struct websocket_stream *stream, unsigned char *bytes, size_t length, bool is_last)
{
    bool is_first = stream->sent_bytes == 0;
    if (!stream->is_client) {
        int kind = lws_write_ws_flags(LWS_WRITE_TEXT, is_first, is_last);
        return lws_write(stream->wsi, bytes, length, (enum lws_write_protocol)kind) >= (int)length;
    }
    struct websocket_frame frame = {.is_first = is_first, .is_last = is_last};
    id_random_bytes(frame.mask, sizeof(frame.mask));
    size_t head = websocket_frame_seal(&frame, bytes, length);
    return lws_write(stream->wsi, bytes - head, head + length, LWS_WRITE_RAW) >= (int)(head + length);
}
