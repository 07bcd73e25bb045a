/* A bad snapshot changes nothing but the answer: the config that is live stays live. */
#include "gateway/control.h"

#include "api/types/control_frames.h"
#include "gateway/config_store.h"
#include "gateway/credentials.h"
#include "gateway/gateway.h"
#include "gateway/live_config.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/log.h"

enum { MESSAGE_BYTES = 65536 };

struct control {
    struct gateway *gateway;
    struct control_options options;
    struct websocket_client *client;
    int64_t highest_epoch;
    struct error refusal; /* of the last dial: told once, not at each */
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
    control->refusal = (struct error){0};
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
    log_info("control_connected", LOG_STRING("operator", control->options.address));
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
    const char *credentials = control->options.credentials_folder;
    if (!credentials && snapshot->secrets.count > 0)
        return error_set(err, ERROR_INVALID, "%zu secrets came, and this gateway has no --credentials folder",
                         snapshot->secrets.count);
    if (credentials && !credentials_write(credentials, &snapshot->secrets, err))
        return false;
    if (credentials)
        credentials_prune(credentials, &snapshot->secrets);
    if (!config_store_load_snapshot(control->options.site, arena, snapshot, &config, err))
        return false;
    if (!is_ours(control, config, err))
        return false;

    control->highest_epoch = snapshot->epoch;
    gateway_use_config(control->gateway, config);
    return true;
}

/* Without its secrets: what is kept is on a disk. */
static void
keep(struct control *control, const struct control_snapshot *snapshot)
{
    scoped_arena struct arena *scratch = arena_new(0);
    struct control_frame frame = {.type = CONTROL_SNAPSHOT, .snapshot = *snapshot};
    struct buffer message;
    struct error why;
    frame.snapshot.secrets = (struct control_secret_list){0};
    buffer_init(&message, scratch, MESSAGE_BYTES);
    control_frame_print(scratch, &frame, &message);
    if (!config_store_keep(control->options.state_folder, buffer_text(&message), &why))
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
    bool is_taken = take_snapshot(control, arena, &frame.snapshot, &why);
    credentials_forget(&frame.snapshot.secrets);
    if (is_taken) {
        keep(control, &frame.snapshot);
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
    log_warn("control_lost", LOG_STRING("operator", control->options.address));
}

static void
on_refused(void *owner, struct text reason)
{
    struct control *control = owner;
    if (text_equals(text_of(control->refusal.message), reason))
        return;
    error_set(&control->refusal, ERROR_UNAVAILABLE, "%.*s", TEXT_ARG(reason));
    log_warn("control_refused", LOG_STRING("operator", control->options.address),
             LOG_STRING("reason", control->refusal.message));
}

struct control *
control_start(struct arena *arena, struct gateway *gateway, const struct control_options *options)
{
    struct control *control = arena_alloc(arena, sizeof(*control));
    control->gateway = gateway;
    control->options = *options;
    control->highest_epoch = gateway->config ? gateway->config->epoch : 0;
    bool is_tcp = text_starts_with(text_of(options->address), TEXT("wss://"));
    const struct websocket_options stream = {.loop = gateway->site.loop,
                                             .unix_path = is_tcp ? NULL : options->address,
                                             .address = options->address,
                                             .files = options->files,
                                             .max_message_bytes = CONTROL_MAX_FRAME_BYTES,
                                             .events = {.on_open = on_open,
                                                        .on_message = on_message,
                                                        .on_close = on_close,
                                                        .on_refused = is_tcp ? on_refused : NULL,
                                                        .owner = control}};
    control->client = websocket_client_start(arena, &stream);
    return control;
}

void
control_close(struct control *control)
{
    websocket_client_close(control->client);
}
