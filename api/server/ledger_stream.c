/* One batch of a stream is with the database at a time; whoever sends more at once is not one of our
 * gateways. */
#include "api/server/ledger_stream_parts.h"
#include "api/types/control_frames.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/net/websocket.h"

static bool take_frame(struct ledger_stream *stream, struct text message, struct error *err);
static bool dispatch(struct ledger_stream *stream, struct arena *arena, const struct ledger_frame *frame,
                     struct error *err);
static bool is_expected(const struct ledger_stream *stream, enum ledger_frame_type type);
static bool take_in_turn(struct ledger_stream *stream, struct arena *arena, const struct ledger_frame *frame,
                         struct error *err);
static bool take_hello(struct ledger_stream *stream, const struct ledger_frame *frame, struct error *err);
static void ask_which_run(void *owner, int64_t number);
static void on_welcomed(void *owner, const struct ledger_outcome *outcome);

struct ledger_stream *
ledger_stream_begin(struct ledger_stream **list, const struct ledger_stream_host *host,
                    struct websocket_stream *stream)
{
    struct arena *arena = arena_new(0);
    struct ledger_stream *begun = arena_alloc(arena, sizeof(*begun));
    *begun =
        (struct ledger_stream){.next = *list, .list = list, .host = host, .arena = arena, .stream = stream};
    *list = begun;
    return begun;
}

void
ledger_stream_take(struct ledger_stream *stream, struct text message)
{
    struct error why = {0};
    if (!stream->is_refused && !take_frame(stream, message, &why))
        ledger_stream_refuse(stream, &why);
}

void
ledger_stream_release(struct ledger_stream **list, struct ledger_stream *stream)
{
    while (*list != stream)
        list = &(*list)->next;
    *list = stream->next;
    websocket_stream_set_state(stream->stream, NULL);
    if (stream->host->surveys)
        call_surveys_leave(stream->host->surveys, &stream->surveyed);
    call_recalls_leave(stream->host->recalls, &stream->recalled);
    ledger_question_forget_all(stream);
    ledger_listener_forget(stream);
    ledger_stream_end_work(stream);
    arena_free(stream->keys);
    arena_free(stream->arena);
}

struct ledger_stream *
ledger_stream_next(const struct ledger_stream *stream)
{
    return stream->next;
}

static bool
take_frame(struct ledger_stream *stream, struct text message, struct error *err)
{
    struct arena *arena = arena_new(message.length + 4096);
    struct ledger_frame frame;
    struct text kept = text_copy(arena, message); /* records are read where they are */
    if (ledger_frame_parse(arena, kept, &frame, err) && dispatch(stream, arena, &frame, err))
        return true;
    if (stream->work != arena)
        arena_free(arena);
    return false;
}

static bool
dispatch(struct ledger_stream *stream, struct arena *arena, const struct ledger_frame *frame,
         struct error *err)
{
    if (!is_expected(stream, frame->type))
        return error_set(err, ERROR_INVALID, "a %s is not expected now",
                         ledger_frame_type_names[frame->type]);
    if (frame->type == LEDGER_ASK || frame->type == LEDGER_GIVE_BACK)
        return ledger_question_begin(stream, arena, frame, err);
    if (frame->type == LEDGER_LISTEN)
        return ledger_listener_begin(stream, arena, &frame->listen, err);
    if (frame->type == LEDGER_RUNNING) {
        call_surveys_hear(stream->host->surveys, &stream->surveyed, arena, &frame->running);
        return true;
    }
    if (frame->type == LEDGER_RECALL || frame->type == LEDGER_RECALLED) {
        ledger_stream_take_recall(stream, frame);
        arena_free(arena);
        return true;
    }
    return take_in_turn(stream, arena, frame, err);
}

static bool
is_expected(const struct ledger_stream *stream, enum ledger_frame_type type)
{
    switch (type) {
    case LEDGER_HELLO:
        return !stream->is_welcome && !stream->is_operator;
    case LEDGER_USAGE:
    case LEDGER_ASK:
    case LEDGER_GIVE_BACK:
    case LEDGER_RECALL:
        return stream->is_welcome;
    case LEDGER_BOOK:
    case LEDGER_DECLARE:
    case LEDGER_SAMPLES:
        return text_is_empty(stream->origin.journal);
    case LEDGER_LISTEN:
        return stream->is_operator;
    case LEDGER_RUNNING:
        return stream->surveyed.place != NULL;
    case LEDGER_RECALLED:
        return stream->knows_recall && stream->is_welcome;
    case LEDGER_WELCOME:
    case LEDGER_ACK:
    case LEDGER_REFUSE:
    case LEDGER_LENT:
    case LEDGER_RETURNED:
    case LEDGER_BOOKED:
    case LEDGER_DECLARED:
    case LEDGER_GATEWAYS:
    case LEDGER_ALERTS:
    case LEDGER_LOOK:
    case LEDGER_KEYS:
    case LEDGER_SAMPLED:
        break;
    }
    return false;
}

static bool
take_in_turn(struct ledger_stream *stream, struct arena *arena, const struct ledger_frame *frame,
             struct error *err)
{
    if (stream->work)
        return error_set(err, ERROR_INVALID, "a message came before the one before it was answered");
    stream->work = arena;
    if (frame->type == LEDGER_HELLO)
        return take_hello(stream, frame, err);
    if (frame->type == LEDGER_BOOK || frame->type == LEDGER_DECLARE || frame->type == LEDGER_SAMPLES)
        return ledger_stream_take_published(stream, frame, err);
    return ledger_stream_take_usage(stream, frame, err);
}

static bool
take_hello(struct ledger_stream *stream, const struct ledger_frame *frame, struct error *err)
{
    const struct ledger_hello *hello = &frame->hello;
    struct text peer = websocket_stream_peer(stream->stream);
    struct text wanted = control_gateway_subject(stream->work, hello->workspace, hello->environment);
    if (peer.length > 0 && !text_equals(peer, wanted))
        return error_set(err, ERROR_DENIED, "a certificate for %.*s says it is %.*s", TEXT_ARG(peer),
                         TEXT_ARG(wanted));
    stream->hello = (struct ledger_hello){.workspace = text_copy(stream->arena, hello->workspace),
                                          .environment = text_copy(stream->arena, hello->environment),
                                          .gateway = text_copy(stream->arena, hello->gateway),
                                          .journal = text_copy(stream->arena, hello->journal)};
    stream->origin =
        (struct usage_origin){stream->hello.journal, stream->hello.workspace, stream->hello.environment};
    stream->hears_gateways = frame->beside.hears_gateways;
    stream->hears_keys = frame->beside.hears_keys;
    stream->knows_recall = frame->knows.recall;
    stream->surveyed = (struct surveyed_gateway){.journal = stream->hello.journal,
                                                 .workspace = stream->hello.workspace,
                                                 .environment = stream->hello.environment,
                                                 .name = stream->hello.gateway,
                                                 .can_answer = frame->beside.answers_look,
                                                 .ask = ask_which_run,
                                                 .owner = stream};
    ledger_stream_ask_where_it_stands(stream);
    return true;
}

static void
ask_which_run(void *owner, int64_t number)
{
    const struct ledger_frame frame = {.type = LEDGER_LOOK, .look = {.number = number}};
    ledger_stream_send(owner, &frame);
}

void
ledger_stream_ask_where_it_stands(struct ledger_stream *stream)
{
    ledger_welcome(stream->host->ledger, stream->work, &stream->hello, on_welcomed, stream);
}

static void
on_welcomed(void *owner, const struct ledger_outcome *outcome)
{
    struct ledger_stream *stream = owner;
    if (outcome->end != LEDGER_DONE) {
        ledger_stream_refuse(stream, &outcome->why);
        return;
    }
    if (!stream->is_welcome)
        log_info("gateway_connected", LOG_TEXT("workspace", stream->origin.workspace),
                 LOG_TEXT("environment", stream->origin.environment),
                 LOG_TEXT("gateway", stream->hello.gateway), LOG_INT("next", outcome->next));
    bool is_new = !stream->is_welcome;
    if (!stream->is_welcome && stream->host->surveys)
        call_surveys_join(stream->host->surveys, &stream->surveyed);
    if (!stream->is_welcome)
        ledger_stream_join_recalls(stream);
    stream->is_welcome = true;
    const struct ledger_frame frame = {
        .type = LEDGER_WELCOME, .welcome = {.next = outcome->next}, .knows = {.recall = true}};
    ledger_stream_end_work(stream);
    ledger_stream_send(stream, &frame);
    if (is_new) {
        ledger_stream_add_gateway(stream);
        ledger_stream_tell_keys(stream);
    }
}

void
ledger_stream_send(struct ledger_stream *stream, const struct ledger_frame *frame)
{
    if (stream->is_refused)
        return;
    scoped_arena struct arena *arena = arena_new(0);
    struct buffer message;
    buffer_init(&message, arena, 512);
    ledger_frame_print(arena, frame, &message);
    websocket_stream_send(stream->stream, buffer_text(&message));
}

void
ledger_stream_refuse(struct ledger_stream *stream, const struct error *why)
{
    if (stream->is_refused)
        return;
    log_warn(stream->is_operator ? "book_refused" : "gateway_refused",
             LOG_TEXT("workspace", stream->origin.workspace),
             LOG_TEXT("environment", stream->origin.environment), LOG_TEXT("gateway", stream->hello.gateway),
             LOG_STRING("reason", why->message));
    ledger_stream_count(stream, LEDGER_STREAMS_REFUSED, 1);
    const struct ledger_frame frame = {.type = LEDGER_REFUSE, .refuse = {.reason = text_of(why->message)}};
    ledger_stream_send(stream, &frame);
    stream->is_refused = true;
    websocket_stream_close(stream->stream);
}

void
ledger_stream_count(const struct ledger_stream *stream, enum ledger_counter counter, int64_t by)
{
    metric_increase(stream->host->counters[counter], by);
}

void
ledger_stream_end_work(struct ledger_stream *stream)
{
    ledger_stream_forget_usage(stream);
    arena_free(stream->work);
    stream->work = NULL;
    stream->published = (struct ledger_frame){0};
}
