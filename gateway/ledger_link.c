/* One WebSocket, dialled again for ever; the frames' table of who hears them. */
#include "gateway/ledger_link.h"

#include "api/types/ledger_frames.h"
#include "gateway/gateway.h"
#include "gateway/usage_log.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/log.h"

enum { HEAD_BYTES = 512 /* of a Usage's head, which is two numbers, the most */ };

struct ledger_link {
    struct gateway *gateway;
    struct ledger_link_options options;
    struct ledger_link_events parts[LEDGER_LINK_PARTS]; /* on_frame NULL: nobody is there */
    struct websocket_client *client;
    struct websocket_stream *stream; /* NULL: not connected, or not welcome yet */
    bool knows_recall;               /* who is at its other end */
    struct error refusal;            /* of the last dial: told once, not at each */
};

static void on_open(void *owner, struct websocket_stream *stream);
static void on_message(void *owner, struct websocket_stream *stream, struct text message);
static void on_close(void *owner, struct websocket_stream *stream);
static void on_refused(void *owner, struct text reason);
static struct text print_head(struct arena *arena, const struct ledger_frame *frame);
static void send_frame(struct websocket_stream *stream, const struct ledger_frame *frame);
static bool take_welcome(struct ledger_link *link, struct websocket_stream *stream,
                         const struct ledger_frame *frame, struct error *err);
static bool take_frame(struct ledger_link *link, const struct ledger_frame *frame, struct error *err);

struct ledger_link *
ledger_link_start(struct arena *arena, struct gateway *gateway, const struct ledger_link_options *options)
{
    struct ledger_link *link = arena_alloc(arena, sizeof(*link));
    *link = (struct ledger_link){.gateway = gateway, .options = *options};
    bool is_tcp = text_starts_with(text_of(options->address), TEXT("wss://"));
    const struct websocket_options stream = {.loop = gateway->site.loop,
                                             .unix_path = is_tcp ? NULL : options->address,
                                             .address = options->address,
                                             .files = options->files,
                                             .max_message_bytes = LEDGER_MAX_FRAME_BYTES,
                                             .events = {.on_open = on_open,
                                                        .on_message = on_message,
                                                        .on_close = on_close,
                                                        .on_refused = on_refused,
                                                        .owner = link}};
    link->client = websocket_client_start(arena, &stream);
    return link;
}

void
ledger_link_serve(struct ledger_link *link, enum ledger_link_part part,
                  const struct ledger_link_events *events)
{
    link->parts[part] = *events;
}

bool
ledger_link_is_up(const struct ledger_link *link)
{
    return link->stream != NULL;
}

bool
ledger_link_knows_recall(const struct ledger_link *link)
{
    return link->stream && link->knows_recall;
}

bool
ledger_link_send(struct ledger_link *link, const struct ledger_frame *frame)
{
    if (!link->stream)
        return false;
    send_frame(link->stream, frame);
    return true;
}

struct buffer *
ledger_link_begin_records(struct ledger_link *link)
{
    return link->stream ? websocket_stream_begin(link->stream, HEAD_BYTES) : NULL;
}

void
ledger_link_send_records(struct ledger_link *link, const struct ledger_frame *head)
{
    scoped_arena struct arena *arena = arena_new(0);
    websocket_stream_end(link->stream, print_head(arena, head));
}

void
ledger_link_drop_records(struct ledger_link *link)
{
    websocket_stream_drop(link->stream);
}

void
ledger_link_close(struct ledger_link *link)
{
    link->stream = NULL;
    websocket_client_close(link->client);
}

static void
send_frame(struct websocket_stream *stream, const struct ledger_frame *frame)
{
    scoped_arena struct arena *arena = arena_new(0);
    websocket_stream_send(stream, print_head(arena, frame));
}

static struct text
print_head(struct arena *arena, const struct ledger_frame *frame)
{
    struct buffer head;
    buffer_init(&head, arena, HEAD_BYTES);
    ledger_frame_print_head(arena, frame, &head);
    return buffer_text(&head);
}

static void
on_open(void *owner, struct websocket_stream *stream)
{
    struct ledger_link *link = owner;
    const struct gateway *gateway = link->gateway;
    link->refusal = (struct error){0};
    const struct ledger_frame hello = {
        .type = LEDGER_HELLO,
        .hello = {.workspace = gateway->workspace,
                  .environment = gateway->environment,
                  .gateway = gateway->name,
                  .journal = usage_log_id(gateway->usage_log),
                  .program_version = TEXT(WEIR_VERSION)},
        .beside = {.hears_gateways = true, .answers_look = true, .hears_keys = true},
        .knows = {.recall = true}};
    log_info("ledger_connected", LOG_STRING("ledger", link->options.address));
    send_frame(stream, &hello);
}

static void
on_message(void *owner, struct websocket_stream *stream, struct text message)
{
    struct ledger_link *link = owner;
    scoped_arena struct arena *arena = arena_new(0);
    struct ledger_frame frame;
    struct error why = {0};
    bool is_good = ledger_frame_parse(arena, message, &frame, &why);
    if (is_good && frame.type == LEDGER_WELCOME)
        is_good = take_welcome(link, stream, &frame, &why);
    else if (is_good && frame.type == LEDGER_REFUSE)
        is_good = error_set(&why, ERROR_DENIED, "%.*s", TEXT_ARG(frame.refuse.reason));
    else if (is_good)
        is_good = take_frame(link, &frame, &why);
    if (is_good)
        return;
    log_error("ledger_stream_ended", LOG_STRING("reason", why.message));
    link->stream = NULL;
    websocket_stream_close(stream);
}

static void
on_close(void *owner, struct websocket_stream *stream)
{
    struct ledger_link *link = owner;
    (void)stream;
    log_warn("ledger_lost", LOG_STRING("ledger", link->options.address));
    link->stream = NULL;
    for (size_t i = 0; i < LEDGER_LINK_PARTS; i++)
        if (link->parts[i].on_lost)
            link->parts[i].on_lost(link->parts[i].owner);
}

static void
on_refused(void *owner, struct text reason)
{
    struct ledger_link *link = owner;
    if (text_equals(text_of(link->refusal.message), reason))
        return;
    error_set(&link->refusal, ERROR_UNAVAILABLE, "%.*s", TEXT_ARG(reason));
    log_warn("ledger_refused", LOG_STRING("ledger", link->options.address),
             LOG_STRING("reason", link->refusal.message));
}

static bool
take_welcome(struct ledger_link *link, struct websocket_stream *stream, const struct ledger_frame *frame,
             struct error *err)
{
    link->stream = stream;
    link->knows_recall = frame->knows.recall;
    for (size_t i = 0; i < LEDGER_LINK_PARTS; i++)
        if (link->parts[i].on_welcome &&
            !link->parts[i].on_welcome(link->parts[i].owner, frame->welcome.next, err))
            return false;
    return true;
}

static bool
take_frame(struct ledger_link *link, const struct ledger_frame *frame, struct error *err)
{
    const struct ledger_link_events *part = NULL;
    if (frame->type == LEDGER_ACK)
        part = &link->parts[LEDGER_LINK_USAGE];
    else if (frame->type == LEDGER_LENT || frame->type == LEDGER_RETURNED || frame->type == LEDGER_GATEWAYS)
        part = &link->parts[LEDGER_LINK_LEASES];
    else if (frame->type == LEDGER_LOOK)
        part = &link->parts[LEDGER_LINK_CALLS];
    else if (frame->type == LEDGER_KEYS)
        part = &link->parts[LEDGER_LINK_KEYS];
    else if (frame->type == LEDGER_RECALL || frame->type == LEDGER_RECALLED)
        part = &link->parts[LEDGER_LINK_RECALL];
    if (!link->stream || !part || !part->on_frame)
        return error_set(err, ERROR_INVALID, "a %s is not expected from the ledger",
                         ledger_frame_type_names[frame->type]);
    return part->on_frame(part->owner, frame, err);
}
