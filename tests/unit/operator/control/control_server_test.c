/* Hello, snapshot, ack, nack, over a real socket. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/document/document_build.h"
#include "lib/net/loop.h"
#include "lib/net/websocket.h"
#include "operator/control/control_server.h"

/* A server, one gateway that dials it, and what each heard. */
struct bench {
    struct arena *arena;
    struct loop *loop;
    struct control_server *server;
    struct websocket_client *client;
    struct websocket_stream *stream;
    char folder[64], socket[80];
    bool stays_silent;   /* does not answer snapshots */
    const char *refuses; /* answers them with a nack for this reason */
    int64_t seen;        /* the epoch in the gateway's hello */
    int64_t raises_to;   /* at a hello; 0: does not */
    int64_t epoch;       /* of the last snapshot */
    int hellos, verdicts, gone, snapshots;
    struct text reason, revision;
};

static struct bench *bench;

static void
send_frame(struct websocket_stream *stream, const struct control_frame *frame)
{
    struct buffer out;
    buffer_init(&out, bench->arena, 256);
    control_frame_print(bench->arena, frame, &out);
    websocket_stream_send(stream, buffer_text(&out));
}

static void
on_client_open(void *owner, struct websocket_stream *stream)
{
    (void)owner;
    bench->stream = stream;
    struct control_frame hello = {.type = CONTROL_HELLO,
                                  .hello = {.workspace = TEXT("demo"),
                                            .environment = TEXT("dev"),
                                            .gateway = TEXT("demo-dev-0"),
                                            .pid = 7,
                                            .port = 8080,
                                            .epoch = bench->seen}};
    send_frame(stream, &hello);
}

static void
on_client_message(void *owner, struct websocket_stream *stream, struct text message)
{
    (void)owner;
    struct control_frame frame;
    struct error err = {0};
    cr_assert(control_frame_parse(bench->arena, message, &frame, &err), "%s", err.message);
    cr_assert_eq(frame.type, CONTROL_SNAPSHOT);
    bench->snapshots++;
    bench->epoch = frame.snapshot.epoch;
    bench->revision = text_copy(bench->arena, frame.snapshot.revision);
    if (bench->stays_silent) {
        loop_stop(bench->loop);
        return;
    }
    struct control_frame answer = {.type = bench->refuses ? CONTROL_NACK : CONTROL_ACK,
                                   .verdict = {.epoch = frame.snapshot.epoch,
                                               .revision = frame.snapshot.revision,
                                               .reason = text_of(bench->refuses)}};
    send_frame(stream, &answer);
}

static void
on_client_close(void *owner, struct websocket_stream *stream)
{
    (void)owner;
    (void)stream;
    bench->stream = NULL;
}

static void
on_hello(void *owner, const struct control_hello *gateway)
{
    (void)owner;
    cr_assert_eq(gateway->pid, 7);
    cr_assert_eq(gateway->epoch, bench->seen);
    bench->hellos++;
    if (bench->raises_to > 0)
        control_server_raise_epoch(bench->server, bench->raises_to);
    loop_stop(bench->loop);
}

static void
on_verdict(void *owner, const struct control_hello *gateway, struct text reason)
{
    (void)owner;
    (void)gateway;
    bench->verdicts++;
    bench->reason = text_copy(bench->arena, reason);
    loop_stop(bench->loop);
}

static void
on_gone(void *owner, const struct control_hello *gateway)
{
    (void)owner;
    (void)gateway;
    bench->gone++;
    loop_stop(bench->loop);
}

static void
given_server(void)
{
    struct arena *arena = arena_new(0);
    bench = arena_alloc(arena, sizeof(*bench));
    bench->arena = arena;
    bench->loop = loop_new(arena);
    snprintf(bench->folder, sizeof(bench->folder), "/tmp/weir-test-XXXXXX");
    cr_assert(mkdtemp(bench->folder));
    snprintf(bench->socket, sizeof(bench->socket), "%s/control.sock", bench->folder);
    struct control_options options = {
        .loop = bench->loop,
        .unix_path = bench->socket,
        .epoch = 3,
        .events = {.on_hello = on_hello, .on_verdict = on_verdict, .on_gone = on_gone},
    };
    struct error err = {0};
    cr_assert(control_server_start(arena, &options, &bench->server, &err), "%s", err.message);
}

static void
given_gateway(void)
{
    struct websocket_options stream = {
        .loop = bench->loop,
        .unix_path = bench->socket,
        .max_message_bytes = CONTROL_MAX_FRAME_BYTES,
        .events = {.on_open = on_client_open, .on_message = on_client_message, .on_close = on_client_close}};
    bench->client = websocket_client_start(bench->arena, &stream);
}

static void
end_server(void)
{
    if (bench->client)
        websocket_client_close(bench->client);
    control_server_close(bench->server);
    unlink(bench->socket);
    rmdir(bench->folder);
    arena_free(bench->arena);
}

TestSuite(control_server, .init = given_server, .fini = end_server, .timeout = 30);

static void
publish(const char *revision)
{
    struct document *config = document_new_map(bench->arena);
    document_set_int(config, "version", 1);
    struct control_snapshot snapshot = {.revision = text_of(revision), .hash = TEXT("abc"), .config = config};
    control_server_publish(bench->server, TEXT("demo"), TEXT("dev"), &snapshot);
}

static struct control_count
count(void)
{
    return control_server_count(bench->server, TEXT("demo"), TEXT("dev"));
}

static void
run_until(const int *counter, int wanted)
{
    while (*counter < wanted)
        loop_run(bench->loop);
}

Test(control_server, a_hello_is_answered_with_the_current_snapshot)
{
    publish("1-aaaaaa");
    given_gateway();

    run_until(&bench->verdicts, 1);

    cr_assert(text_equals(bench->revision, TEXT("1-aaaaaa")));
    cr_assert_eq(bench->reason.length, 0);
    cr_assert_eq(count().connected, 1);
    cr_assert_eq(count().acked, 1);
}

Test(control_server, a_change_is_pushed_and_the_old_ack_no_longer_counts)
{
    publish("1-aaaaaa");
    given_gateway();
    run_until(&bench->verdicts, 1);
    bench->stays_silent = true;

    publish("2-bbbbbb");
    run_until(&bench->snapshots, 2);

    cr_assert(text_equals(bench->revision, TEXT("2-bbbbbb")));
    cr_assert_eq(count().connected, 1);
    cr_assert_eq(count().acked, 0);
}

Test(control_server, the_same_revision_is_not_pushed_twice)
{
    publish("1-aaaaaa");
    given_gateway();
    run_until(&bench->verdicts, 1);

    publish("1-aaaaaa");
    publish("2-bbbbbb");
    run_until(&bench->verdicts, 2);

    cr_assert_eq(bench->snapshots, 2);
}

Test(control_server, a_nack_is_kept_with_its_reason)
{
    bench->refuses = "version 9 is not known";
    publish("1-aaaaaa");
    given_gateway();

    run_until(&bench->verdicts, 1);

    cr_assert(text_equals(bench->reason, TEXT("version 9 is not known")));
    cr_assert_eq(count().acked, 0);
    cr_assert(text_equals(count().nack_reason, TEXT("version 9 is not known")));
}

Test(control_server, a_gateway_without_a_snapshot_waits_for_one)
{
    given_gateway();
    run_until(&bench->hellos, 1);
    cr_assert_eq(bench->snapshots, 0);

    publish("1-aaaaaa");
    run_until(&bench->verdicts, 1);

    cr_assert_eq(count().acked, 1);
}

Test(control_server, a_hello_from_a_higher_epoch_can_be_answered_from_above_it)
{
    bench->seen = 9;
    bench->raises_to = 10;
    publish("1-aaaaaa");
    given_gateway();

    run_until(&bench->verdicts, 1);

    cr_assert_eq(bench->epoch, 10);
    cr_assert_eq(bench->snapshots, 1, "never one that the gateway would refuse");
    cr_assert_eq(count().acked, 1);
}

Test(control_server, a_raised_epoch_sends_again_what_was_sent)
{
    publish("1-aaaaaa");
    given_gateway();
    run_until(&bench->verdicts, 1);
    cr_assert_eq(bench->epoch, 3);

    control_server_raise_epoch(bench->server, 8);
    run_until(&bench->verdicts, 2);

    cr_assert_eq(bench->epoch, 8);
    cr_assert(text_equals(bench->revision, TEXT("1-aaaaaa")));
    cr_assert_eq(count().acked, 1);
    publish("2-bbbbbb");
    run_until(&bench->verdicts, 3);
    cr_assert_eq(bench->epoch, 8);
}

Test(control_server, nothing_is_pushed_to_a_withdrawn_environment)
{
    publish("1-aaaaaa");
    control_server_withdraw(bench->server, TEXT("demo"), TEXT("dev"));
    given_gateway();

    run_until(&bench->hellos, 1);

    cr_assert_eq(bench->snapshots, 0);
    cr_assert_eq(count().connected, 1);
    cr_assert_eq(count().acked, 0);
}

Test(control_server, a_gateway_that_leaves_is_told_once)
{
    publish("1-aaaaaa");
    given_gateway();
    run_until(&bench->verdicts, 1);

    websocket_client_close(bench->client);
    bench->client = NULL;
    run_until(&bench->gone, 1);

    cr_assert_eq(bench->gone, 1);
    cr_assert_eq(count().connected, 0);
}

Test(control_server, what_does_not_belong_there_ends_the_stream)
{
    given_gateway();
    run_until(&bench->hellos, 1);

    websocket_stream_send(bench->stream, TEXT("{\"type\":\"Hello\"}"));
    run_until(&bench->gone, 1);

    cr_assert_eq(bench->gone, 1);
}
