/* Hello, snapshot, ack, nack over WebSocket: on a unix socket of mode 0600, where who may dial is the file
 * system's decision, and over TCP, where it is a certificate's. */
#include "operator/control/control_server.h"

#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "operator/control/publication.h"

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
    struct websocket_server *on_path, *on_tcp; /* either may be NULL */
    struct control_events events;
    int64_t epoch;
    bool is_suspended;
    struct gateway_stream *streams;
    struct arena *published_arena;
    struct map *published; /* key -> struct publication; in an arena of its own */
};

static void on_open(void *owner, struct websocket_stream *stream);
static void on_message(void *owner, struct websocket_stream *stream, struct text message);
static void on_close(void *owner, struct websocket_stream *stream);
static void on_refused(void *owner, struct text reason);
static bool is_entitled(const struct gateway_stream *gateway, const struct control_hello *hello);
static void accept_hello(struct gateway_stream *gateway, const struct control_frame *frame);
static void accept_verdict(struct gateway_stream *gateway, const struct control_frame *frame);
static void push_to_all(const struct control_server *server, struct text key);
static void push(struct gateway_stream *gateway);
static struct text environment_key(struct arena *arena, struct text workspace, struct text environment);
static void forget_published(struct control_server *server);
static void release_server(void *owner);
static void release_stream(struct gateway_stream *gateway);

bool
control_server_start(struct arena *arena, const struct control_options *options,
                     struct control_server **out_server, struct error *err)
{
    struct control_server *server = arena_alloc(arena, sizeof(*server));
    *server = (struct control_server){
        .events = options->events, .epoch = options->epoch, .published_arena = arena_new(0)};
    server->published = map_new(server->published_arena);
    struct websocket_options streams = {.loop = options->loop,
                                        .max_message_bytes = CONTROL_MAX_FRAME_BYTES,
                                        .events = {.on_open = on_open,
                                                   .on_message = on_message,
                                                   .on_close = on_close,
                                                   .on_refused = on_refused,
                                                   .owner = server}};
    arena_defer(arena, release_server, server);
    streams.unix_path = options->unix_path;
    if (options->unix_path && !websocket_server_start(arena, &streams, &server->on_path, err))
        return error_context(err, "listening for gateways");
    streams.unix_path = NULL;
    streams.address = options->listen;
    streams.identity = options->identity;
    if (options->listen && !websocket_server_start(arena, &streams, &server->on_tcp, err)) {
        control_server_close(server);
        return error_context(err, "listening for gateways");
    }
    *out_server = server;
    return true;
}

void
control_server_close(struct control_server *server)
{
    server->events = (struct control_events){0};
    if (server->on_path)
        websocket_server_close(server->on_path);
    if (server->on_tcp)
        websocket_server_close(server->on_tcp);
    server->on_path = server->on_tcp = NULL;
}

bool
control_server_use_identity(struct control_server *server, const struct websocket_server_identity *identity,
                            struct error *err)
{
    assert(server->on_tcp);
    return websocket_server_use_identity(server->on_tcp, identity, err);
}

int
control_server_port(const struct control_server *server)
{
    return server->on_tcp ? websocket_server_port(server->on_tcp) : 0;
}

void
control_server_publish(struct control_server *server, struct text workspace, struct text environment,
                       const struct control_snapshot *snapshot)
{
    if (server->is_suspended)
        return;
    struct arena *scratch = arena_new(0);
    struct text key = environment_key(scratch, workspace, environment);
    struct publication *before = map_find(server->published, key);
    if (!before || !publication_says(before, snapshot)) {
        struct publication *publication = publication_new(key, snapshot, server->epoch);
        map_set(server->published, publication->key, publication);
        publication_free(before);
        push_to_all(server, publication->key);
    }
    arena_free(scratch);
}

void
control_server_raise_epoch(struct control_server *server, int64_t epoch)
{
    assert(epoch > server->epoch);
    server->epoch = epoch;
    struct text key;
    void *publication;
    for (size_t at = 0; map_next(server->published, &at, &key, &publication);) {
        publication_set_epoch(publication, epoch);
        push_to_all(server, key);
    }
}

void
control_server_withdraw(struct control_server *server, struct text workspace, struct text environment)
{
    struct arena *scratch = arena_new(0);
    struct text key = environment_key(scratch, workspace, environment);
    struct publication *publication = map_find(server->published, key);
    if (publication) {
        map_remove(server->published, key);
        publication_free(publication);
    }
    arena_free(scratch);
}

void
control_server_suspend(struct control_server *server)
{
    server->is_suspended = true;
    forget_published(server);
    for (struct gateway_stream *gateway = server->streams; gateway; gateway = gateway->next)
        websocket_stream_close(gateway->stream);
}

void
control_server_resume(struct control_server *server, int64_t epoch)
{
    assert(epoch >= server->epoch);
    server->epoch = epoch;
    server->is_suspended = false;
}

struct control_count
control_server_count(const struct control_server *server, struct text workspace, struct text environment)
{
    struct control_count count = {0};
    struct arena *scratch = arena_new(0);
    struct text key = environment_key(scratch, workspace, environment);
    const struct publication *published = map_find(server->published, key);
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
    if (server->is_suspended)
        websocket_stream_close(stream);
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
    if (is_right && is_first && frame.type == CONTROL_HELLO && !is_entitled(gateway, &frame.hello)) {
        log_warn("control_hello_refused", LOG_TEXT("workspace", frame.hello.workspace),
                 LOG_TEXT("environment", frame.hello.environment),
                 LOG_TEXT("certificate", websocket_stream_peer(stream)));
        websocket_stream_close(stream);
    } else if (is_right && is_first == (frame.type == CONTROL_HELLO) && frame.type != CONTROL_SNAPSHOT) {
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
on_refused(void *owner, struct text reason)
{
    (void)owner;
    log_warn("control_peer_refused", LOG_TEXT("reason", reason));
}

/* Over TCP its certificate must be that environment's; on a unix socket nobody else can dial. */
static bool
is_entitled(const struct gateway_stream *gateway, const struct control_hello *hello)
{
    struct text peer = websocket_stream_peer(gateway->stream);
    if (text_is_empty(peer))
        return true;
    struct arena *scratch = arena_new(0);
    bool is_theirs =
        text_equals(peer, control_gateway_subject(scratch, hello->workspace, hello->environment));
    arena_free(scratch);
    return is_theirs;
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
    const struct publication *published = map_find(server->published, gateway->key);
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
push_to_all(const struct control_server *server, struct text key)
{
    for (struct gateway_stream *gateway = server->streams; gateway; gateway = gateway->next)
        if (text_equals(gateway->key, key))
            push(gateway);
}

static void
push(struct gateway_stream *gateway)
{
    const struct publication *published = map_find(gateway->server->published, gateway->key);
    if (!published)
        return;
    gateway->acked = gateway->nacked = (struct text){0}; /* those were about what it had before */
    websocket_stream_send(gateway->stream, published->message);
}

static struct text
environment_key(struct arena *arena, struct text workspace, struct text environment)
{
    return text_format(arena, "%.*s/%.*s", TEXT_ARG(workspace), TEXT_ARG(environment));
}

static void
forget_published(struct control_server *server)
{
    struct text key;
    void *publication;
    for (size_t at = 0; map_next(server->published, &at, &key, &publication);)
        publication_free(publication);
    arena_reset(server->published_arena);
    server->published = map_new(server->published_arena);
}

static void
release_server(void *owner)
{
    struct control_server *server = owner;
    control_server_close(server);
    forget_published(server);
    arena_free(server->published_arena);
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
