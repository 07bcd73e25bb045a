/* One message is out at a time. A stream that ends leaves it to the next; what the ledger refuses waits. */
#include "operator/control/sample_publisher.h"

#include "api/types/ledger_frames.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/net/loop.h"
#include "operator/control/sample_queue.h"

enum { AGAIN_MS = 30000, MESSAGE_BYTES = 4096 };

struct sample_publisher {
    struct sample_publisher_options options;
    struct websocket_client *client;
    struct websocket_stream *stream; /* NULL: none is open */
    struct loop_timer *again;        /* runs while a message that was refused waits */
    struct sample_queue *queue;
    bool is_out;
    struct error refusal; /* as it was told */
};

static void on_open(void *owner, struct websocket_stream *stream);
static void on_message(void *owner, struct websocket_stream *stream, struct text message);
static void on_close(void *owner, struct websocket_stream *stream);
static bool take_answer(struct sample_publisher *publisher, struct text message, struct error *err);
static void send_next(void *owner);

struct sample_publisher *
sample_publisher_start(struct arena *arena, const struct sample_publisher_options *options)
{
    struct sample_publisher *publisher = arena_alloc(arena, sizeof(*publisher));
    *publisher = (struct sample_publisher){.options = *options, .queue = sample_queue_new(arena)};
    publisher->again = loop_timer_new(options->loop, arena, send_next, publisher);
    const struct websocket_options stream = {
        .loop = options->loop,
        .unix_path = options->unix_path,
        .address = options->address,
        .max_message_bytes = LEDGER_MAX_FRAME_BYTES,
        .events = {.on_open = on_open, .on_message = on_message, .on_close = on_close, .owner = publisher}};
    publisher->client = websocket_client_start(arena, &stream);
    return publisher;
}

void
sample_publisher_close(struct sample_publisher *publisher)
{
    loop_timer_stop(publisher->again);
    websocket_client_close(publisher->client);
}

bool
sample_publisher_use_identity(struct sample_publisher *publisher,
                              const struct websocket_client_identity *identity, struct error *err)
{
    return websocket_client_use_identity(publisher->client, identity, err);
}

void
sample_publisher_add(struct sample_publisher *publisher, const struct runtime_sample *sample)
{
    sample_queue_add(publisher->queue, sample);
}

void
sample_publisher_send(struct sample_publisher *publisher)
{
    send_next(publisher);
}

int64_t
sample_publisher_lost(const struct sample_publisher *publisher)
{
    return sample_queue_lost(publisher->queue);
}

static void
on_open(void *owner, struct websocket_stream *stream)
{
    struct sample_publisher *publisher = owner;
    publisher->stream = stream;
    send_next(publisher);
}

static void
on_close(void *owner, struct websocket_stream *stream)
{
    struct sample_publisher *publisher = owner;
    (void)stream;
    publisher->stream = NULL;
    publisher->is_out = false;
}

static void
on_message(void *owner, struct websocket_stream *stream, struct text message)
{
    struct sample_publisher *publisher = owner;
    struct error why = {0};
    if (take_answer(publisher, message, &why)) {
        publisher->refusal = (struct error){0};
        send_next(publisher);
        return;
    }
    loop_timer_start(publisher->again, AGAIN_MS);
    bool is_told = text_equals(text_of(publisher->refusal.message), text_of(why.message));
    publisher->refusal = why;
    publisher->stream = NULL;
    publisher->is_out = false;
    if (!is_told && publisher->options.on_refused)
        publisher->options.on_refused(publisher->options.owner, text_of(publisher->refusal.message));
    websocket_stream_close(stream);
}

static bool
take_answer(struct sample_publisher *publisher, struct text message, struct error *err)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct ledger_frame frame;
    if (!ledger_frame_parse(arena, message, &frame, err))
        return false;
    if (frame.type == LEDGER_REFUSE)
        return error_set(err, ERROR_DENIED, "%.*s", TEXT_ARG(frame.refuse.reason));
    if (frame.type != LEDGER_SAMPLED)
        return error_set(err, ERROR_INVALID, "a %s is no answer to Samples",
                         ledger_frame_type_names[frame.type]);
    if (!sample_queue_hear(publisher->queue, frame.sampled.number))
        return error_set(err, ERROR_INVALID, "the ledger has samples %lld, which were not sent",
                         (long long)frame.sampled.number);
    publisher->is_out = false;
    return true;
}

static void
send_next(void *owner)
{
    struct sample_publisher *publisher = owner;
    struct ledger_frame frame = {.type = LEDGER_SAMPLES};
    if (!publisher->stream || publisher->is_out || loop_timer_is_running(publisher->again) ||
        !sample_queue_next(publisher->queue, &frame.samples))
        return;
    scoped_arena struct arena *scratch = arena_new(0);
    struct buffer message;
    buffer_init(&message, scratch, MESSAGE_BYTES);
    ledger_frame_print(scratch, &frame, &message);
    publisher->is_out = true;
    websocket_stream_send(publisher->stream, buffer_text(&message));
}
