/* From the HTTP server's events to the pipeline's, and from the live config to the server's bounds. */
#include "gateway/callers_server.h"

#include "gateway/exchange.h"
#include "gateway/gateway_options.h"
#include "gateway/live_config.h"
#include "gateway/metrics/call_metrics.h"
#include "gateway/pipeline.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/net/http_server.h"
#include "lib/net/tls.h"

enum {
    MAX_BODY_BYTES = 20 * 1024 * 1024, /* before the first config says otherwise */
    MAX_CONNECTIONS = 20000,
    HEAD_TIMEOUT_MS = 10000,
    BODY_TIMEOUT_MS = 30000,
    IDLE_TIMEOUT_MS = 300000,
    WRITE_TIMEOUT_MS = 60000,
};

static void
on_request(void *owner, struct http_call *call)
{
    exchange_begin(owner, call);
}

static void
on_writable(void *owner, struct http_call *call)
{
    (void)owner;
    exchange_writable(http_call_state(call));
}

static void
on_client_gone(void *owner, struct http_call *call)
{
    (void)owner;
    exchange_client_gone(http_call_state(call));
}

static void
on_done(void *owner, struct http_call *call)
{
    (void)owner;
    (void)call; /* everything of the exchange is in the call's arena */
}

static void
on_refused(void *owner, const struct http_refusal *refusal)
{
    const struct gateway *gateway = owner;
    call_metrics_count_refused_message(gateway->call_metrics, refusal->status);
}

static bool
listen_at(struct arena *arena, struct gateway *gateway, const struct http_server_options *options,
          struct http_server **out_server, struct error *err)
{
    const struct http_server_events events = {on_request, on_writable, on_client_gone,
                                              on_done,    on_refused,  gateway};
    return http_server_start(arena, options, &events, out_server, err);
}

bool
callers_server_start(struct arena *arena, struct gateway *gateway, const struct gateway_options *options,
                     struct error *err)
{
    struct http_server_options server = {.loop = gateway->site.loop,
                                         .address = options->listen.host,
                                         .port = options->listen.port,
                                         .reuse_port = false,
                                         .max_body_bytes = MAX_BODY_BYTES,
                                         .max_connections = MAX_CONNECTIONS,
                                         .head_timeout_ms = HEAD_TIMEOUT_MS,
                                         .body_timeout_ms = BODY_TIMEOUT_MS,
                                         .idle_timeout_ms = IDLE_TIMEOUT_MS,
                                         .write_timeout_ms = WRITE_TIMEOUT_MS};
    struct http_server_options tls_server = server;
    tls_server.address = options->tls_listen.host;
    tls_server.port = options->tls_listen.port;
    const struct tls_server_files files = {.certificates = options->tls_certificate, .key = options->tls_key};
    struct tls_context **tls = tls_server.address ? &tls_server.tls : &server.tls;
    if (files.certificates && !tls_server_context(arena, &files, tls, err))
        return error_context(err, "TLS for callers");
    if (!listen_at(arena, gateway, &server, &gateway->callers, err))
        return error_context(err, "--listen");
    if (tls_server.address && !listen_at(arena, gateway, &tls_server, &gateway->tls_callers, err))
        return error_context(err, "--tls-listen");
    callers_server_apply(gateway);
    return true;
}

/* How many of the two ports still have calls. */
struct drain {
    int left;
    void (*on_drained)(void *owner);
    void *owner;
};

static void
on_one_drained(void *owner)
{
    struct drain *drain = owner;
    if (--drain->left == 0)
        drain->on_drained(drain->owner);
}

void
callers_server_drain(struct arena *arena, struct gateway *gateway, int64_t deadline_ms,
                     void (*on_drained)(void *owner), void *owner)
{
    struct drain *drain = arena_alloc(arena, sizeof(*drain));
    *drain = (struct drain){gateway->tls_callers ? 2 : 1, on_drained, owner};
    http_server_drain(gateway->callers, deadline_ms, on_one_drained, drain);
    if (gateway->tls_callers)
        http_server_drain(gateway->tls_callers, deadline_ms, on_one_drained, drain);
}

int
callers_server_connection_count(const struct gateway *gateway)
{
    return http_server_connection_count(gateway->callers) +
           (gateway->tls_callers ? http_server_connection_count(gateway->tls_callers) : 0);
}

void
callers_server_apply(const struct gateway *gateway)
{
    if (!gateway->callers || !gateway->config)
        return;
    const struct gateway_config *config = &gateway->config->config;
    http_server_set_limits(gateway->callers, (size_t)config->max_body_bytes, (int)config->max_connections);
    if (gateway->tls_callers)
        http_server_set_limits(gateway->tls_callers, (size_t)config->max_body_bytes,
                               (int)config->max_connections);
}
