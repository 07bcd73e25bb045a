/* The dialling side of the control stream: connects, and connects again after every close or failure, with a
 * delay that doubles from 50 ms to 5 s and is jittered so that many gateways do not dial in step. */
#include <libwebsockets.h>

#include "lib/base/arena.h"
#include "lib/base/id.h"
#include "lib/net/loop.h"
#include "lib/net/unix_socket.h"
#include "lib/net/websocket_private.h"

enum { FIRST_DELAY_MS = 50, LONGEST_DELAY_MS = 5000 };

struct websocket_client {
    struct loop *loop;
    struct lws_context *context;
    struct loop_timer *dial_again;
    struct loop_task *destroy;
    const char *unix_path;
    struct unix_socket_path opened;         /* while a connection is being made */
    char address[UNIX_SOCKET_MAX_PATH + 1]; /* "+/path": libwebsockets' form of it */
    size_t max_message_bytes;
    struct websocket_events events;
    struct websocket_stream *stream; /* NULL while there is none */
    struct lws *dialling;
    int64_t delay_ms;
    bool is_closed;
    int callback_depth; /* the context must not end inside its own callbacks */
};

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *bytes, size_t length);
static void dial(void *owner);
static void wait_and_dial(struct websocket_client *client);
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
    client->unix_path = text_c_string(arena, text_of(options->unix_path));
    client->opened.folder_fd = -1;
    client->dial_again = loop_timer_new(loop, arena, dial, client);
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
    if (client->callback_depth > 0)
        loop_task_post(client->destroy);
    else
        destroy(client);
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
    unix_socket_path_close(&client->opened);
}

static void
dial(void *owner)
{
    struct websocket_client *client = owner;
    if (!client->context)
        client->context = websocket_context_new(client->loop, client_protocols, client);
    if (!client->context || !unix_socket_path_open(client->unix_path, &client->opened, NULL)) {
        wait_and_dial(client);
        return;
    }
    snprintf(client->address, sizeof(client->address), "+%s", client->opened.path);
    struct lws_client_connect_info options = {
        .context = client->context,
        .address = client->address,
        .host = "localhost",
        .path = "/",
        .protocol = WEBSOCKET_PROTOCOL,
        .local_protocol_name = WEBSOCKET_PROTOCOL,
        .pwsi = &client->dialling,
    };
    client->callback_depth++;
    if (!lws_client_connect_via_info(&options))
        wait_and_dial(client); /* with or without CLIENT_CONNECTION_ERROR before */
    client->callback_depth--;
}

static void
wait_and_dial(struct websocket_client *client)
{
    if (client->is_closed || loop_timer_is_running(client->dial_again))
        return;
    unix_socket_path_close(&client->opened);
    int64_t jitter_ms = (int64_t)(id_random_u64() % (uint64_t)(client->delay_ms / 2 + 1));
    loop_timer_start(client->dial_again, client->delay_ms - jitter_ms);
    client->delay_ms = client->delay_ms * 2 < LONGEST_DELAY_MS ? client->delay_ms * 2 : LONGEST_DELAY_MS;
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
on_stream(struct websocket_client *client, struct lws *wsi, enum lws_callback_reasons reason,
          struct text bytes)
{
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        unix_socket_path_close(&client->opened);
        client->delay_ms = FIRST_DELAY_MS;
        client->stream = websocket_stream_open(wsi, &client->events, client->max_message_bytes);
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return websocket_stream_receive(client->stream, bytes.bytes, bytes.length);
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return client->stream ? websocket_stream_write(client->stream) : 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        wait_and_dial(client);
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        closed(client);
        return 0;
    default:
        return 0;
    }
}

static int
on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *bytes, size_t length)
{
    (void)user;
    struct lws_context *context = lws_get_context(wsi);
    struct websocket_client *client = context ? lws_context_user(context) : NULL;
    if (!client)
        return 0;
    client->callback_depth++;
    int result = on_stream(client, wsi, reason, (struct text){bytes, length});
    client->callback_depth--;
    return result;
}
