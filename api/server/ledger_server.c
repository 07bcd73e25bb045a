/* Listens, and keeps the streams that are open. */
#include "api/server/ledger_server.h"

#include "api/server/audit_writer.h"
#include "api/server/call_recall.h"
#include "api/server/call_survey.h"
#include "api/server/key_watch.h"
#include "api/server/ledger_stream.h"
#include "api/server/peer_answers.h"
#include "api/server/peer_watch.h"
#include "api/types/ledger_frames.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/metrics.h"
#include "lib/net/loop.h"

struct ledger_server {
    struct ledger_server_options options;
    struct websocket_server *on_path, *on_tcp; /* either may be NULL */
    struct ledger_stream *streams;
    struct ledger_stream_host host;
    struct peer_watch *peers; /* NULL: there are none */
    struct survey_peers survey_peers;
    struct peer_answers *peer_answers; /* NULL: nobody asks */
};

static bool listen_on(struct arena *arena, struct ledger_server *server, struct error *err);
static void add_counters(struct ledger_server *server);
static void start_peer_watch(struct arena *arena, struct ledger_server *server);
static struct peer_gateway_list list_gateways(void *owner, struct arena *arena);
static void on_peers_changed(void *owner);
static void on_peer_look(void *owner, const struct peer_look *look);
static void tell_gateways(void *owner);
static void on_keys_changed(void *owner, const struct key_place *place);
static void on_open(void *owner, struct websocket_stream *stream);
static void on_message(void *owner, struct websocket_stream *stream, struct text message);
static void on_close(void *owner, struct websocket_stream *stream);

bool
ledger_server_start(struct arena *arena, const struct ledger_server_options *options,
                    struct ledger_server **out_server, struct error *err)
{
    struct ledger_server *server = arena_alloc(arena, sizeof(*server));
    *server = (struct ledger_server){.options = *options,
                                     .host = {.loop = options->loop,
                                              .ledger = options->ledger,
                                              .audit = options->audit,
                                              .surveys = options->surveys,
                                              .recalls = call_recalls_new(arena, options->loop),
                                              .card = options->card,
                                              .alerts = options->alerts}};
    server->host.tell_gateways = loop_timer_new(options->loop, arena, tell_gateways, server);
    add_counters(server);
    if (!listen_on(arena, server, err))
        return error_context(err, "listening for gateways");
    const struct key_watch_options watch = {options->loop, options->ledger, on_keys_changed, server};
    key_watch_start(arena, &watch);
    if (ledger_has_peers(options->ledger))
        start_peer_watch(arena, server);
    *out_server = server;
    return true;
}

void
ledger_server_close(struct ledger_server *server)
{
    loop_timer_stop(server->host.tell_gateways); /* what gateways know is true, and they will need it */
    while (server->streams)
        ledger_stream_release(&server->streams, server->streams);
    if (server->on_path)
        websocket_server_close(server->on_path);
    if (server->on_tcp)
        websocket_server_close(server->on_tcp);
    server->on_path = server->on_tcp = NULL;
}

bool
ledger_server_use_identity(struct ledger_server *server, const struct websocket_server_identity *identity,
                           struct error *err)
{
    return websocket_server_use_identity(server->on_tcp, identity, err);
}

void
ledger_server_tell_alerts(struct ledger_server *server)
{
    for (struct ledger_stream *stream = server->streams; stream; stream = ledger_stream_next(stream))
        ledger_listener_wake(stream);
}

int
ledger_server_port(const struct ledger_server *server)
{
    return server->on_tcp ? websocket_server_port(server->on_tcp) : 0;
}

static bool
listen_on(struct arena *arena, struct ledger_server *server, struct error *err)
{
    const struct ledger_server_options *options = &server->options;
    struct websocket_options streams = {
        .loop = options->loop,
        .max_message_bytes = LEDGER_MAX_FRAME_BYTES,
        .events = {.on_open = on_open, .on_message = on_message, .on_close = on_close, .owner = server}};
    streams.unix_path = options->unix_path;
    if (options->unix_path && !websocket_server_start(arena, &streams, &server->on_path, err))
        return false;
    streams.unix_path = NULL;
    streams.address = options->listen;
    streams.identity = options->identity;
    return !options->listen || websocket_server_start(arena, &streams, &server->on_tcp, err);
}

static void
add_counters(struct ledger_server *server)
{
    static const struct metric_description descriptions[LEDGER_COUNTER_COUNT] = {
        [LEDGER_RECORDS] = {.name = "weir_ledger_records_total",
                            .help = "Usage records that were committed."},
        [LEDGER_SPOILT] = {.name = "weir_ledger_spoilt_records_total",
                           .help = "Usage records that could not be read; kept as they came."},
        [LEDGER_OVERDRAWN] = {.name = "weir_ledger_overdrawn_leases_total",
                              .help = "Leases that were charged more than they had, counted in each batch."},
        [LEDGER_LEASES] = {.name = "weir_ledger_leases_total", .help = "Leases that were lent."},
        [LEDGER_ASKS_IN_VAIN] = {.name = "weir_ledger_asks_in_vain_total",
                                 .help = "Questions for a lease that nothing was lent to."},
        [LEDGER_STREAMS_REFUSED] = {.name = "weir_ledger_refused_streams_total",
                                    .help = "Streams that ended because of what came on them."},
        [LEDGER_SAMPLES_COUNTED] = {.name = "weir_ledger_samples_total",
                                    .help = "Samples of pods that were counted."},
        [LEDGER_SAMPLES_LEFT] = {.name = "weir_ledger_left_samples_total",
                                 .help = "Samples of pods that were not: of a time that was counted before, "
                                         "older than a day, or of a clock that is ahead."},
        [LEDGER_RECALLS] = {.name = "weir_ledger_recalls_total",
                            .help = "Questions of gateways whether another one of their environment knows a "
                                    "call under an Idempotency-Key."},
    };
    for (size_t i = 0; i < LEDGER_COUNTER_COUNT; i++)
        server->host.counters[i] = metric_with(metrics_add(server->options.metrics, &descriptions[i]), NULL);
}

static void
start_peer_watch(struct arena *arena, struct ledger_server *server)
{
    const struct ledger_server_options *options = &server->options;
    const struct peer_watch_options peers = {.loop = options->loop,
                                             .ledger = options->ledger,
                                             .every_ms = PEER_WATCH_EVERY_MS,
                                             .list_here = list_gateways,
                                             .on_changed = on_peers_changed,
                                             .on_look = on_peer_look,
                                             .owner = server};
    server->peers = peer_watch_start(arena, &peers);
    server->host.elsewhere = peer_watch_elsewhere(server->peers);
    if (!options->surveys)
        return;
    server->survey_peers = (struct survey_peers){options->loop, options->ledger,
                                                 peer_watch_self(server->peers), server->host.elsewhere};
    call_surveys_know(options->surveys, &server->survey_peers);
    server->peer_answers = peer_answers_new(arena, options->surveys);
}

static void
on_peer_look(void *owner, const struct peer_look *look)
{
    struct ledger_server *server = owner;
    if (server->peer_answers)
        peer_answers_look(server->peer_answers, look);
}

static struct peer_gateway_list
list_gateways(void *owner, struct arena *arena)
{
    const struct ledger_server *server = owner;
    return ledger_stream_list_gateways(server->streams, arena);
}

static void
on_peers_changed(void *owner)
{
    struct ledger_server *server = owner;
    ledger_stream_tell_gateways(server->streams);
}

static void
tell_gateways(void *owner)
{
    struct ledger_server *server = owner;
    ledger_stream_tell_gateways(server->streams);
    if (server->peers)
        peer_watch_wake(server->peers);
}

static void
on_keys_changed(void *owner, const struct key_place *place)
{
    struct ledger_server *server = owner;
    if (server->host.audit)
        audit_writer_wake(server->host.audit);
    for (struct ledger_stream *stream = server->streams; stream; stream = ledger_stream_next(stream))
        if (ledger_stream_is_of(stream, place))
            ledger_stream_tell_keys(stream);
}

static void
on_open(void *owner, struct websocket_stream *stream)
{
    struct ledger_server *server = owner;
    websocket_stream_set_state(stream, ledger_stream_begin(&server->streams, &server->host, stream));
}

static void
on_message(void *owner, struct websocket_stream *stream, struct text message)
{
    (void)owner;
    struct ledger_stream *known = websocket_stream_state(stream);
    if (known)
        ledger_stream_take(known, message);
}

static void
on_close(void *owner, struct websocket_stream *stream)
{
    struct ledger_server *server = owner;
    struct ledger_stream *known = websocket_stream_state(stream);
    if (!known)
        return;
    ledger_stream_release(&server->streams, known);
    ledger_stream_gateways_changed(&server->host);
}
