/* A bad snapshot changes nothing but the answer: the config that is live stays live. */
#include "gateway/control.h"

#include "api/types/control_frames.h"
#include "gateway/config_store.h"
#include "gateway/gateway.h"
#include "gateway/live_config.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/net/websocket.h"

struct control {
    struct gateway *gateway;
    struct control_options options;
    struct websocket_client *client;
    int64_t highest_epoch;
};

static void
send_frame(struct websocket_stream *stream, const struct control_frame *frame)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct buffer message;
    buffer_init(&message, arena, 512);
    control_frame_print(arena, frame, &message);
    websocket_stream_send(stream, buffer_text(&message));
}

static void
on_open(void *owner, struct websocket_stream *stream)
{
    struct control *control = owner;
    const struct gateway *gateway = control->gateway;
    const struct control_frame frame = {
        .type = CONTROL_HELLO,
        .hello = {.workspace = gateway->workspace,
                  .environment = gateway->environment,
                  .gateway = gateway->name,
                  .pid = getpid(),
                  .port = control->options.port,
                  .admin_port = control->options.admin_port,
                  .epoch = control->highest_epoch,
                  .revision = gateway->config ? gateway->config->revision : TEXT(""),
                  .program_version = TEXT(WEIR_VERSION)},
    };
    log_info("control_connected", LOG_STRING("socket", control->options.socket_path));
    send_frame(stream, &frame);
}

static bool
is_ours(const struct control *control, const struct live_config *config, struct error *err)
{
    const struct gateway_config *said = &config->config;
    const struct gateway *gateway = control->gateway;
    if (text_equals(said->workspace, gateway->workspace) &&
        text_equals(said->environment, gateway->environment))
        return true;
    return error_set(err, ERROR_INVALID, "the config is for %.*s/%.*s, this gateway serves %.*s/%.*s",
                     TEXT_ARG(said->workspace), TEXT_ARG(said->environment), TEXT_ARG(gateway->workspace),
                     TEXT_ARG(gateway->environment));
}

/* On success the config has become live and owns the arena. */
static bool
take_snapshot(struct control *control, struct arena *arena, const struct control_snapshot *snapshot,
              struct error *err)
{
    struct live_config *config;
    if (snapshot->epoch < control->highest_epoch)
        return error_set(err, ERROR_INVALID, "epoch %lld is behind %lld, which this gateway has seen",
                         (long long)snapshot->epoch, (long long)control->highest_epoch);
    if (!config_store_load_snapshot(control->options.site, arena, snapshot, &config, err))
        return false;
    if (!is_ours(control, config, err))
        return false;

    control->highest_epoch = snapshot->epoch;
    gateway_use_config(control->gateway, config);
    for (size_t i = 0; i < config->target_problems.count; i++)
        log_warn("target_unusable", LOG_TEXT("reason", config->target_problems.items[i]));
    return true;
}

static void
keep(struct control *control, struct text message)
{
    struct error why;
    if (!config_store_keep(control->options.state_folder, message, &why))
        log_error("config_not_kept", LOG_STRING("reason", why.message));
}

static void
answer(struct websocket_stream *stream, const struct control_snapshot *snapshot, const struct error *why)
{
    const struct control_frame frame = {
        .type = why ? CONTROL_NACK : CONTROL_ACK,
        .verdict = {.epoch = snapshot->epoch,
                    .revision = snapshot->revision,
                    .reason = why ? text_of(why->message) : TEXT("")},
    };
    if (why)
        log_error("config_refused", LOG_TEXT("revision", snapshot->revision),
                  LOG_STRING("reason", why->message));
    else
        log_info("config_live", LOG_TEXT("revision", snapshot->revision), LOG_INT("epoch", snapshot->epoch));
    send_frame(stream, &frame);
}

static void
on_message(void *owner, struct websocket_stream *stream, struct text message)
{
    struct control *control = owner;
    struct arena *arena = arena_new(message.length < 4096 ? 4096 : message.length);
    struct control_frame frame;
    struct error why;
    if (!control_frame_parse(arena, message, &frame, &why)) {
        log_error("control_message_refused", LOG_STRING("reason", why.message));
        arena_free(arena);
        return;
    }
    if (frame.type != CONTROL_SNAPSHOT) {
        arena_free(arena);
        return;
    }
    if (take_snapshot(control, arena, &frame.snapshot, &why)) {
        keep(control, message);
        answer(stream, &frame.snapshot, NULL);
        return;
    }
    answer(stream, &frame.snapshot, &why);
    arena_free(arena);
}

static void
on_close(void *owner, struct websocket_stream *stream)
{
    (void)stream;
    const struct control *control = owner;
    log_warn("control_lost", LOG_STRING("socket", control->options.socket_path));
}

struct control *
control_start(struct arena *arena, struct gateway *gateway, const struct control_options *options)
{
    struct control *control = arena_alloc(arena, sizeof(*control));
    control->gateway = gateway;
    control->options = *options;
    control->highest_epoch = gateway->config ? gateway->config->epoch : 0;
    const struct websocket_options stream = {.loop = gateway->site.loop,
                                             .unix_path = options->socket_path,
                                             .max_message_bytes = CONTROL_MAX_FRAME_BYTES,
                                             .events = {on_open, on_message, on_close, control}};
    control->client = websocket_client_start(arena, &stream);
    return control;
}

void
control_close(struct control *control)
{
    websocket_client_close(control->client);
}
