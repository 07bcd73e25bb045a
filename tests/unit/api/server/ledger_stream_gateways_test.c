/* Gateways of an environment hear how many they are. One is the rig's, others dial beside it. */
#include "lib/base/buffer.h"
#include "tests/unit/api/server/stream_rig.h"

TestSuite(ledger_stream_gateways, .init = given_server, .fini = end_server, .timeout = 120);

#define JOURNAL_C "01KB7D0000ABCDEFGHJKMNPQRC"

struct another {
    const char *environment, *journal;
    struct websocket_client *client;
    int heard_count;
};

static int seen; /* of what the rig's gateway heard */

static void
say_hello(struct websocket_stream *stream, const char *environment, const char *journal)
{
    struct buffer out;
    const struct ledger_frame hello = {.type = LEDGER_HELLO,
                                       .hello = {.workspace = TEXT("demo"),
                                                 .environment = text_of(environment),
                                                 .gateway = TEXT("g"),
                                                 .journal = text_of(journal)},
                                       .beside = {.hears_gateways = true}};
    buffer_init(&out, rig.arena, 256);
    ledger_frame_print(rig.arena, &hello, &out);
    websocket_stream_send(stream, buffer_text(&out));
}

static const struct ledger_frame *
next(enum ledger_frame_type type)
{
    until(&bench.heard_count, seen + 1);
    const struct ledger_frame *frame = &bench.heard[seen++];
    cr_assert_eq(frame->type, type, "%s came", ledger_frame_type_names[frame->type]);
    return frame;
}

static void
expect_gateways(int64_t count)
{
    cr_assert_eq(next(LEDGER_GATEWAYS)->gateways.count, count);
}

static void
given_told_gateway(void)
{
    say_hello(bench.stream, "dev", JOURNAL_A);
    next(LEDGER_WELCOME);
    expect_gateways(1);
}

static void
on_open(void *owner, struct websocket_stream *stream)
{
    const struct another *another = owner;
    say_hello(stream, another->environment, another->journal);
}

static void
on_message(void *owner, struct websocket_stream *stream, struct text message)
{
    struct another *another = owner;
    (void)stream;
    (void)message;
    another->heard_count++;
    if (bench.counter == &another->heard_count)
        bench.is_there = *bench.counter >= bench.wanted;
}

static void
on_close(void *owner, struct websocket_stream *stream)
{
    (void)owner;
    (void)stream;
}

static void
dial(struct another *another)
{
    const struct websocket_options stream = {
        .loop = rig.loop,
        .unix_path = bench.socket,
        .max_message_bytes = LEDGER_MAX_FRAME_BYTES,
        .events = {.on_open = on_open, .on_message = on_message, .on_close = on_close, .owner = another}};
    another->client = websocket_client_start(rig.arena, &stream);
    until(&another->heard_count, 2); /* its Welcome, and how many there are */
}

Test(ledger_stream_gateways, are_told_with_the_welcome_and_of_who_comes_and_goes)
{
    struct another other = {.environment = "dev", .journal = JOURNAL_B};
    given_told_gateway();
    dial(&other);
    expect_gateways(2);
    websocket_client_close(other.client);
    expect_gateways(1);
}

Test(ledger_stream_gateways, count_once_who_dials_again_before_its_last_stream_ended)
{
    struct another again = {.environment = "dev", .journal = JOURNAL_A},
                   other = {.environment = "dev", .journal = JOURNAL_B};
    given_told_gateway();
    dial(&other);
    expect_gateways(2);
    dial(&again);
    websocket_client_close(other.client);
    until(&again.heard_count, 3);
    cr_assert_eq(bench.heard_count, seen, "the stream of before hears nothing more");
    websocket_client_close(again.client);
}

Test(ledger_stream_gateways, hear_nothing_of_other_environments)
{
    struct another elsewhere = {.environment = "prod", .journal = JOURNAL_B},
                   other = {.environment = "dev", .journal = JOURNAL_C};
    given_told_gateway();
    dial(&elsewhere);
    dial(&other);
    expect_gateways(2);
    websocket_client_close(other.client);
    expect_gateways(1);
    websocket_client_close(elsewhere.client);
}

/* A frame that they do not know would end their stream. */
Test(ledger_stream_gateways, of_before_are_counted_and_told_nothing)
{
    struct another other = {.environment = "dev", .journal = JOURNAL_B};
    send_hello("dev");
    next(LEDGER_WELCOME);
    dial(&other);
    send_usage(0, TEXT(RECORD("01A", "") "\n"));
    next(LEDGER_ACK);
    websocket_stream_close(bench.stream);
    until(&other.heard_count, 3);
    websocket_client_close(other.client);
}
