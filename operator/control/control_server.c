/* Hello, snapshot, ack, nack over WebSocket on a unix socket of mode 0600: who may dial is the file system's
 * decision. */
#include "operator/control/control_server.h"

#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/net/websocket.h"

/* One environment's current snapshot, as the message that is sent. In an arena of its own. */
struct published {
    struct arena *arena;
    struct text key, revision, message;
};

/* One gateway's stream. In an arena of its own. */
struct gateway_stream {
    struct gateway_stream *next;
    struct control_server *server;
    struct arena *arena;
    struct websocket_stream *stream;
    struct text key; /* empty before its hello */
    struct control_hello hello;
    struct text acked, nacked; /* revisions; empty: none yet */
    struct text nack_reason;
    struct arena *verdict_arena;
};

struct control_server {
    struct websocket_server *websocket;
    struct control_events events;
    int64_t epoch;
    struct gateway_stream *streams;
    struct map *published; /* key -> struct published */
};

static void on_open(void *owner, struct websocket_stream *stream);
static void on_message(void *owner, struct websocket_stream *stream, struct text message);
static void on_close(void *owner, struct websocket_stream *stream);
static void accept_hello(struct gateway_stream *gateway, const struct control_frame *frame);
static void accept_verdict(struct gateway_stream *gateway, const struct control_frame *frame);
static void
print_message(const struct control_server *server, struct published *published, struct control_frame *frame);
static void push_to_all(const struct control_server *server, struct text key);
static void push(struct gateway_stream *gateway);
static struct text environment_key(struct arena *arena, struct text workspace, struct text environment);
static void release_server(void *owner);
static void release_stream(struct gateway_stream *gateway);

bool
control_server_start(struct arena *arena, const struct control_options *options,
                     struct control_server **out_server, struct error *err)
{
    struct control_server *server = arena_alloc(arena, sizeof(*server));
    *server = (struct control_server){
        .events = options->events, .epoch = options->epoch, .published = map_new(arena)};
    struct websocket_options streams = {.loop = options->loop,
                                        .unix_path = options->unix_path,
                                        .max_message_bytes = CONTROL_MAX_FRAME_BYTES,
                                        .events = {on_open, on_message, on_close, server}};
    if (!websocket_server_start(arena, &streams, &server->websocket, err))
        return error_context(err, "listening for gateways");
    arena_defer(arena, release_server, server);
    *out_server = server;
    return true;
}

void
control_server_close(struct control_server *server)
{
    server->events = (struct control_events){0};
    if (server->websocket)
        websocket_server_close(server->websocket);
    server->websocket = NULL;
}

void
control_server_publish(struct control_server *server, struct text workspace, struct text environment,
                       const struct control_snapshot *snapshot)
{
    struct arena *arena = arena_new(0);
    struct text key = environment_key(arena, workspace, environment);
    struct published *published = map_find(server->published, key);
    if (published && text_equals(published->revision, snapshot->revision)) {
        arena_free(arena);
        return;
    }
    struct arena *old = published ? published->arena : NULL;
    published = arena_alloc(arena, sizeof(*published));
    published->arena = arena;
    published->key = key;
    published->revision = text_copy(arena, snapshot->revision);
    struct control_frame frame = {.type = CONTROL_SNAPSHOT, .snapshot = *snapshot};
    print_message(server, published, &frame);
    map_set(server->published, key, published);
    arena_free(old);
    push_to_all(server, key);
}

void
control_server_raise_epoch(struct control_server *server, int64_t epoch)
{
    assert(epoch > server->epoch);
    server->epoch = epoch;
    struct text key;
    void *value;
    for (size_t at = 0; map_next(server->published, &at, &key, &value);) {
        struct published *published = value;
        struct control_frame frame = {0};
        bool is_ours = control_frame_parse(published->arena, published->message, &frame, NULL);
        assert(is_ours);
        print_message(server, published, &frame);
        push_to_all(server, key);
    }
}

void
control_server_withdraw(struct control_server *server, struct text workspace, struct text environment)
{
    struct arena *scratch = arena_new(0);
    struct text key = environment_key(scratch, workspace, environment);
    struct published *published = map_find(server->published, key);
    if (published) {
        map_remove(server->published, key);
        arena_free(published->arena);
    }
    arena_free(scratch);
}

struct control_count
control_server_count(const struct control_server *server, struct text workspace, struct text environment)
{
    struct control_count count = {0};
    struct arena *scratch = arena_new(0);
    struct text key = environment_key(scratch, workspace, environment);
    const struct published *published = map_find(server->published, key);
    for (const struct gateway_stream *gateway = server->streams; gateway; gateway = gateway->next) {
        if (!text_equals(gateway->key, key))
            continue;
        count.connected++;
        count.acked += published && text_equals(gateway->acked, published->revision);
        if (published && text_equals(gateway->nacked, published->revision))
            count.nack_reason = gateway->nack_reason;
    }
    arena_free(scratch);
    return count;
}

static void
on_open(void *owner, struct websocket_stream *stream)
{
    struct control_server *server = owner;
    struct arena *arena = arena_new(0);
    struct gateway_stream *gateway = arena_alloc(arena, sizeof(*gateway));
    *gateway =
        (struct gateway_stream){.next = server->streams, .server = server, .arena = arena, .stream = stream};
    gateway->verdict_arena = arena_new(0);
    server->streams = gateway;
    websocket_stream_set_state(stream, gateway);
}

static void
on_message(void *owner, struct websocket_stream *stream, struct text message)
{
    (void)owner;
    struct gateway_stream *gateway = websocket_stream_state(stream);
    struct arena *scratch = arena_new(0);
    struct control_frame frame = {0};
    struct error err = {0};
    bool is_right = control_frame_parse(scratch, message, &frame, &err);
    bool is_first = gateway->key.length == 0;
    if (is_right && is_first == (frame.type == CONTROL_HELLO) && frame.type != CONTROL_SNAPSHOT) {
        if (is_first)
            accept_hello(gateway, &frame);
        else
            accept_verdict(gateway, &frame);
    } else {
        log_warn("control_frame_refused", LOG_TEXT("gateway", gateway->hello.gateway),
                 LOG_STRING("reason", is_right ? "it does not belong here" : err.message));
        websocket_stream_close(stream);
    }
    arena_free(scratch);
}

static void
on_close(void *owner, struct websocket_stream *stream)
{
    struct control_server *server = owner;
    struct gateway_stream *gateway = websocket_stream_state(stream);
    for (struct gateway_stream **at = &server->streams; *at; at = &(*at)->next) {
        if (*at == gateway) {
            *at = gateway->next;
            break;
        }
    }
    if (gateway->key.length > 0 && server->events.on_gone)
        server->events.on_gone(server->events.owner, &gateway->hello);
    release_stream(gateway);
}

static void
accept_hello(struct gateway_stream *gateway, const struct control_frame *frame)
{
    struct arena *arena = gateway->arena;
    const struct control_hello *hello = &frame->hello;
    gateway->hello = *hello;
    gateway->hello.source = NULL;
    gateway->hello.workspace = text_copy(arena, hello->workspace);
    gateway->hello.environment = text_copy(arena, hello->environment);
    gateway->hello.gateway = text_copy(arena, hello->gateway);
    gateway->hello.revision = text_copy(arena, hello->revision);
    gateway->hello.program_version = text_copy(arena, hello->program_version);
    if (gateway->server->events.on_hello)
        gateway->server->events.on_hello(gateway->server->events.owner, &gateway->hello);
    gateway->key = environment_key(arena, hello->workspace, hello->environment);
    push(gateway);
}

static void
accept_verdict(struct gateway_stream *gateway, const struct control_frame *frame)
{
    struct control_server *server = gateway->server;
    const struct published *published = map_find(server->published, gateway->key);
    if (!published || frame->verdict.epoch != server->epoch ||
        !text_equals(frame->verdict.revision, published->revision))
        return; /* about a snapshot that is no longer current */

    bool is_nack = frame->type == CONTROL_NACK;
    arena_reset(gateway->verdict_arena);
    struct text revision = text_copy(gateway->verdict_arena, published->revision);
    struct text reason = is_nack ? frame->verdict.reason : (struct text){0};
    if (is_nack && reason.length == 0)
        reason = TEXT("refused without a reason");
    gateway->acked = is_nack ? (struct text){0} : revision;
    gateway->nacked = is_nack ? revision : (struct text){0};
    gateway->nack_reason = text_copy(gateway->verdict_arena, reason);
    if (server->events.on_verdict)
        server->events.on_verdict(server->events.owner, &gateway->hello, gateway->nack_reason);
}

static void
print_message(const struct control_server *server, struct published *published, struct control_frame *frame)
{
    struct buffer message;
    frame->snapshot.epoch = server->epoch;
    buffer_init(&message, published->arena, 4096);
    control_frame_print(published->arena, frame, &message);
    published->message = buffer_text(&message);
}

static void
push_to_all(const struct control_server *server, struct text key)
{
    for (struct gateway_stream *gateway = server->streams; gateway; gateway = gateway->next)
        if (text_equals(gateway->key, key))
            push(gateway);
}

static void
push(struct gateway_stream *gateway)
{
    const struct published *published = map_find(gateway->server->published, gateway->key);
    if (published)
        websocket_stream_send(gateway->stream, published->message);
}

static struct text
environment_key(struct arena *arena, struct text workspace, struct text environment)
{
    return text_format(arena, "%.*s/%.*s", TEXT_ARG(workspace), TEXT_ARG(environment));
}

static void
release_server(void *owner)
{
    struct control_server *server = owner;
    control_server_close(server);
    struct text key;
    void *published;
    for (size_t at = 0; map_next(server->published, &at, &key, &published);)
        arena_free(((struct published *)published)->arena);
    while (server->streams) {
        struct gateway_stream *gateway = server->streams;
        server->streams = gateway->next;
        release_stream(gateway);
    }
}

static void
release_stream(struct gateway_stream *gateway)
{
    arena_free(gateway->verdict_arena);
    arena_free(gateway->arena);
}
