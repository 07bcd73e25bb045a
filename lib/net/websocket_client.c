/* The dialling side of the control stream: connects, and connects again after every close or failure, with a
 * delay that doubles from 50 ms to 5 s and is jittered so that many gateways do not dial in step. Where a
 * dial goes (a path; a name, its addresses and certificates) is websocket_dial.c's. */
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/id.h"
#include "lib/net/loop.h"
#include "lib/net/tls_mutual.h"
#include "lib/net/websocket_dial.h"

enum { FIRST_DELAY_MS = 50, LONGEST_DELAY_MS = 5000, ANSWER_MS = 10000 };

struct websocket_client {
    struct loop *loop;
    struct lws_context *context;
    struct loop_timer *dial_again;
    struct loop_timer *unanswered; /* runs from a dial to its stream or its end */
    struct loop_task *destroy;
    struct websocket_dial dial;
    size_t max_message_bytes;
    struct websocket_events events;
    struct websocket_stream *stream; /* NULL while there is none */
    struct lws *dialling;            /* until it is a stream */
    struct lws_retry_bo idle;
    struct text doubt; /* about the server's certificate, of this dial; a static text */
    int64_t delay_ms;
    bool is_closed;
    int callback_depth; /* the context must not end inside its own callbacks */
};

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *bytes, size_t length);
static void dial(void *owner);
static void give_up(void *owner);
static void on_found(void *owner, const struct error *why);
static void wait_and_dial(struct websocket_client *client);
static void refused(struct websocket_client *client, struct text reason);
static void destroy(void *owner);
static void client_release(void *owner);

static const struct lws_protocols client_protocols[] = {
    {.name = WEBSOCKET_PROTOCOL, .callback = on_lws},
    {0},
};

struct websocket_client *
websocket_client_start(struct arena *arena, const struct websocket_options *options)
{
    struct loop *loop = options->loop;
    struct websocket_client *client = arena_alloc(arena, sizeof(*client));
    client->loop = loop;
    client->max_message_bytes = options->max_message_bytes;
    client->events = options->events;
    client->delay_ms = FIRST_DELAY_MS;
    client->idle = websocket_idle_policy(options->ping_seconds);
    websocket_dial_init(&client->dial, arena, options, on_found, client);
    client->dial_again = loop_timer_new(loop, arena, dial, client);
    client->unanswered = loop_timer_new(loop, arena, give_up, client);
    client->destroy = loop_task_new(loop, arena, destroy, client);
    arena_defer(arena, client_release, client);
    loop_timer_start(client->dial_again, 0);
    return client;
}

void
websocket_client_close(struct websocket_client *client)
{
    client->is_closed = true;
    loop_timer_stop(client->dial_again);
    loop_timer_stop(client->unanswered);
    websocket_dial_close(&client->dial);
    if (client->callback_depth > 0)
        loop_task_post(client->destroy);
    else
        destroy(client);
}

bool
websocket_client_use_identity(struct websocket_client *client,
                              const struct websocket_client_identity *identity, struct error *err)
{
    const struct tls_mutual_texts texts = {identity->certificate, identity->key, identity->server_ca};
    if (!tls_mutual_use(client->dial.tls, &texts, err))
        return error_context(err, "the certificate for the control stream");
    client->dial.has_identity = true;
    return true;
}

static void
tell_nobody(void *owner, struct websocket_stream *stream)
{
    (void)owner;
    (void)stream;
}

/* The arena ends, and with it perhaps the owner: nobody is told. */
static void
client_release(void *owner)
{
    struct websocket_client *client = owner;
    client->events.on_close = tell_nobody;
    client->events.on_refused = NULL;
    websocket_client_close(client);
}

static void
destroy(void *owner)
{
    struct websocket_client *client = owner;
    struct lws_context *context = client->context;
    client->context = NULL;
    if (context)
        lws_context_destroy(context);
}

static void
start_context(struct websocket_client *client)
{
    bool is_tls = client->dial.tls != NULL;
    const struct websocket_context_options options = {
        .side = is_tls ? WEBSOCKET_TLS_CLIENT : WEBSOCKET_UNIX,
        .protocols = client_protocols,
        .owner = client,
        .client_tls = client->dial.tls,
        .idle = is_tls ? &client->idle : NULL,
    };
    client->context = websocket_context_new(client->loop, &options);
}

static void
dial(void *owner)
{
    struct websocket_client *client = owner;
    if (!client->context)
        start_context(client);
    if (client->context)
        websocket_dial_find(&client->dial);
    else
        refused(client, TEXT("libwebsockets does not start"));
}

static void
on_found(void *owner, const struct error *why)
{
    struct websocket_client *client = owner;
    if (why) {
        refused(client, text_of(why->message));
        return;
    }
    struct lws_client_connect_info options = {
        .context = client->context,
        .address = client->dial.address,
        .port = client->dial.port,
        .host = client->dial.server_name,
        .path = "/",
        .protocol = WEBSOCKET_PROTOCOL,
        .local_protocol_name = WEBSOCKET_PROTOCOL,
        .ssl_connection = client->dial.tls ? LCCSCF_USE_SSL : 0,
        .alpn = client->dial.tls ? "http/1.1" : NULL,
        .pwsi = &client->dialling,
    };
    client->doubt = (struct text){0};
    client->callback_depth++;
    if (!lws_client_connect_via_info(&options))
        wait_and_dial(client); /* with or without CLIENT_CONNECTION_ERROR before */
    else if (client->dialling)
        loop_timer_start(client->unanswered, ANSWER_MS);
    client->callback_depth--;
}

/* libwebsockets' own limit for this may come late or, while nothing else happens, not at all. */
static void
give_up(void *owner)
{
    struct websocket_client *client = owner;
    if (client->dialling)
        lws_set_timeout(client->dialling, PENDING_TIMEOUT_AWAITING_SERVER_RESPONSE, LWS_TO_KILL_SYNC);
}

static void
wait_and_dial(struct websocket_client *client)
{
    loop_timer_stop(client->unanswered);
    if (client->is_closed || loop_timer_is_running(client->dial_again))
        return;
    websocket_dial_over(&client->dial);
    int64_t jitter_ms = (int64_t)(id_random_u64() % (uint64_t)(client->delay_ms / 2 + 1));
    loop_timer_start(client->dial_again, client->delay_ms - jitter_ms);
    client->delay_ms = client->delay_ms * 2 < LONGEST_DELAY_MS ? client->delay_ms * 2 : LONGEST_DELAY_MS;
}

static void
refused(struct websocket_client *client, struct text reason)
{
    bool is_told = loop_timer_is_running(client->dial_again); /* libwebsockets says a thing twice */
    if (client->events.on_refused && !client->is_closed && !is_told)
        client->events.on_refused(client->events.owner, reason);
    wait_and_dial(client);
}

/* libwebsockets' own words say little of TLS. */
static struct text
reason_of(const struct websocket_client *client, struct text said)
{
    if (!text_is_empty(client->doubt))
        return client->doubt;
    if (client->dial.tls &&
        (text_equals(said, TEXT("Closed before conn")) || text_equals(said, TEXT("read failed"))))
        return TEXT("closed by the other side before the stream was open: perhaps it does not believe our "
                    "certificate");
    return text_is_empty(said) ? TEXT("the connection was refused") : said;
}

static void
closed(struct websocket_client *client)
{
    struct websocket_stream *stream = client->stream;
    client->stream = NULL;
    websocket_stream_closed(stream);
    wait_and_dial(client);
}

static int
opened(struct websocket_client *client, struct lws *wsi)
{
    websocket_dial_over(&client->dial);
    loop_timer_stop(client->unanswered);
    client->dialling = NULL;
    client->delay_ms = FIRST_DELAY_MS;
    const struct websocket_stream_options options = {.events = &client->events,
                                                     .max_message_bytes = client->max_message_bytes,
                                                     .is_client = true,
                                                     .is_verified = client->dial.tls != NULL};
    client->stream = websocket_stream_open(wsi, &options);
    return client->stream ? 0 : -1;
}

/* libwebsockets 4.1.6 says nothing else of a dial that was connected and then got no answer in time. */
static void
ended(struct websocket_client *client, const struct lws *wsi)
{
    if (wsi != client->dialling)
        return;
    client->dialling = NULL;
    refused(client, TEXT("it took the connection and did not answer"));
}

static int
on_stream(struct websocket_client *client, struct lws *wsi, enum lws_callback_reasons reason, void *user,
          struct text bytes)
{
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        return opened(client, wsi);
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return websocket_stream_receive(client->stream, bytes.bytes, bytes.length);
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return client->stream ? websocket_stream_write(client->stream) : 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        refused(client, reason_of(client, bytes));
        return 0;
    case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION: /* bytes.length: whether it is believed */
        if (bytes.length == 0)
            client->doubt = tls_mutual_doubt(user);
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        closed(client);
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        ended(client, wsi);
        return 0;
    default:
        return 0;
    }
}

static bool
is_of_stream(enum lws_callback_reasons reason)
{
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
    case LWS_CALLBACK_CLIENT_RECEIVE:
    case LWS_CALLBACK_CLIENT_WRITEABLE:
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
    case LWS_CALLBACK_CLIENT_CLOSED:
    case LWS_CALLBACK_WSI_DESTROY:
        return true;
    default:
        return false;
    }
}

/* The reason is looked at first: when a dial fails at once, libwebsockets 4.1.6 frees it and then still tells
 * of it (that a protocol was bound to it): that wsi is not to be touched. */
static int
on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *bytes, size_t length)
{
    if (!is_of_stream(reason))
        return 0;
    struct lws_context *context = lws_get_context(wsi);
    struct websocket_client *client = context ? lws_context_user(context) : NULL;
    if (!client)
        return 0;
    client->callback_depth++;
    int result = on_stream(client, wsi, reason, user, (struct text){bytes, length});
    client->callback_depth--;
    return result;
}
