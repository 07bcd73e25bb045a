/* Samples over a real socket, to a ledger that says what it is told. */
#include "operator/control/sample_publisher.h"

#include <criterion/criterion.h>

#include "api/types/ledger_frames.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/net/loop.h"

static struct {
    struct arena *arena;
    struct loop *loop;
    struct websocket_server *server;
    struct websocket_stream *stream;
    struct sample_publisher *publisher;
    const char *socket;
    struct ledger_samples heard; /* the last */
    int heard_count, refusal_count;
    struct text refusal;
} played;
static char folder[] = "/tmp/weir-test-XXXXXX";

static void
on_open(void *owner, struct websocket_stream *stream)
{
    (void)owner;
    played.stream = stream;
}

static void
on_message(void *owner, struct websocket_stream *stream, struct text message)
{
    (void)owner;
    (void)stream;
    struct error err = {0};
    struct ledger_frame frame;
    cr_assert(ledger_frame_parse(played.arena, text_copy(played.arena, message), &frame, &err), "%s",
              err.message);
    cr_assert_eq(frame.type, LEDGER_SAMPLES);
    played.heard = frame.samples;
    played.heard_count++;
    loop_stop(played.loop);
}

static void
on_close(void *owner, struct websocket_stream *stream)
{
    (void)owner;
    (void)stream;
}

static void
on_refused(void *owner, struct text reason)
{
    (void)owner;
    played.refusal = text_copy(played.arena, reason);
    played.refusal_count++;
    loop_stop(played.loop);
}

static void
given_publisher(void)
{
    struct error err = {0};
    played.arena = arena_new(0);
    played.loop = loop_new(played.arena);
    cr_assert_not_null(mkdtemp(folder));
    played.socket = text_c_string(played.arena, text_format(played.arena, "%s/ledger.sock", folder));
    const struct websocket_options streams = {
        .loop = played.loop,
        .unix_path = played.socket,
        .max_message_bytes = LEDGER_MAX_FRAME_BYTES,
        .events = {.on_open = on_open, .on_message = on_message, .on_close = on_close}};
    cr_assert(websocket_server_start(played.arena, &streams, &played.server, &err), "%s", err.message);
    const struct sample_publisher_options options = {
        .loop = played.loop, .unix_path = played.socket, .on_refused = on_refused};
    played.publisher = sample_publisher_start(played.arena, &options);
}

static void
end_publisher(void)
{
    sample_publisher_close(played.publisher);
    websocket_server_close(played.server);
    unlink(played.socket);
    rmdir(folder);
    arena_free(played.arena);
}

TestSuite(sample_publisher, .init = given_publisher, .fini = end_publisher, .timeout = 30);

static void
publish(int64_t from_ms)
{
    struct runtime_amount cpu = {.resource = TEXT("cpu"), .used = 5};
    const struct runtime_sample sample = {.pod = TEXT("a"),
                                          .uid = TEXT("a"),
                                          .from_ms = from_ms,
                                          .until_ms = from_ms + 10,
                                          .amounts = {&cpu, 1}};
    sample_publisher_add(played.publisher, &sample);
    sample_publisher_send(played.publisher);
}

static void
say(const struct ledger_frame *frame)
{
    struct buffer out;
    buffer_init(&out, played.arena, 256);
    ledger_frame_print(played.arena, frame, &out);
    websocket_stream_send(played.stream, buffer_text(&out));
}

static void
say_sampled(int64_t number)
{
    say(&(struct ledger_frame){.type = LEDGER_SAMPLED, .sampled = {.number = number}});
}

Test(sample_publisher, says_the_next_when_the_one_before_is_committed)
{
    publish(0);
    loop_run(played.loop);
    cr_assert_eq(played.heard.samples.items[0].from_ms, 0);
    publish(100);
    publish(200);
    say_sampled(0);
    loop_run(played.loop);
    cr_assert_eq(played.heard_count, 2);
    cr_assert_eq(played.heard.number, 1);
    cr_assert_eq(played.heard.samples.count, 2);
}

Test(sample_publisher, says_what_was_not_answered_again_on_the_next_stream)
{
    publish(0);
    loop_run(played.loop);
    websocket_stream_close(played.stream);
    loop_run(played.loop);
    cr_assert_eq(played.heard_count, 2);
    cr_assert_eq(played.heard.number, 0);
    cr_assert_eq(played.heard.samples.items[0].from_ms, 0);
}

Test(sample_publisher, tells_why_the_ledger_does_not_take_them)
{
    publish(0);
    loop_run(played.loop);
    say(&(struct ledger_frame){.type = LEDGER_REFUSE, .refuse = {.reason = TEXT("no room")}});
    loop_run(played.loop);
    cr_assert_eq(played.refusal_count, 1);
    cr_assert(text_equals(played.refusal, TEXT("no room")));
}

Test(sample_publisher, believes_no_answer_to_what_was_not_said)
{
    publish(0);
    loop_run(played.loop);
    say_sampled(4);
    loop_run(played.loop);
    cr_assert(text_equals(played.refusal, TEXT("the ledger has samples 4, which were not sent")), "%.*s",
              TEXT_ARG(played.refusal));
}
