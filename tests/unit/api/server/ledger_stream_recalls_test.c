/* Gateways of an environment ask each other about keys. One is the rig's, another dials beside it. */
#include "lib/base/buffer.h"
#include "tests/unit/api/server/stream_rig.h"

TestSuite(ledger_stream_recalls, .init = given_server, .fini = end_server, .timeout = 120);

#define DIGEST "98483c6eb40b6c31a448c22a66ded3b5e5e8d5119cac8327b655c8b5c4836489"

/* Unlike the rig's it notes only what it heard last, and how much. */
static struct {
    const char *environment, *journal;
    struct websocket_client *client;
    struct websocket_stream *stream;
    struct ledger_frame last;
    int heard_count;
} other;

static void
say(struct websocket_stream *stream, const struct ledger_frame *frame)
{
    struct buffer out;
    buffer_init(&out, rig.arena, 256);
    ledger_frame_print(rig.arena, frame, &out);
    websocket_stream_send(stream, buffer_text(&out));
}

static void
greet(struct websocket_stream *stream, const char *environment, const char *journal)
{
    say(stream, &(struct ledger_frame){.type = LEDGER_HELLO,
                                       .hello = {.workspace = TEXT("demo"),
                                                 .environment = text_of(environment),
                                                 .gateway = TEXT("g"),
                                                 .journal = text_of(journal)},
                                       .knows = {.recall = true}});
}

static void
on_open(void *owner, struct websocket_stream *stream)
{
    (void)owner;
    other.stream = stream;
    greet(stream, other.environment, other.journal);
}

static void
on_message(void *owner, struct websocket_stream *stream, struct text message)
{
    struct error err = {0};
    (void)owner;
    (void)stream;
    cr_assert(ledger_frame_parse(rig.arena, text_copy(rig.arena, message), &other.last, &err), "%s",
              err.message);
    other.heard_count++;
    if (bench.counter == &other.heard_count)
        bench.is_there = *bench.counter >= bench.wanted;
}

static void
on_close(void *owner, struct websocket_stream *stream)
{
    (void)owner;
    (void)stream;
}

static void
dial(const char *environment, const char *journal)
{
    const struct websocket_options stream = {
        .loop = rig.loop,
        .unix_path = bench.socket,
        .max_message_bytes = LEDGER_MAX_FRAME_BYTES,
        .events = {.on_open = on_open, .on_message = on_message, .on_close = on_close}};
    other.environment = environment;
    other.journal = journal;
    other.client = websocket_client_start(rig.arena, &stream);
    until(&other.heard_count, 1);
    cr_assert(other.last.type == LEDGER_WELCOME && other.last.knows.recall);
}

static void
ask(struct websocket_stream *stream, int64_t number)
{
    say(stream,
        &(struct ledger_frame){
            .type = LEDGER_RECALL,
            .recall = {.number = number, .caller = TEXT("ada"), .key = TEXT("k"), .digest = TEXT(DIGEST)}});
}

static void
given_two(const char *environment, const char *journal)
{
    greet(bench.stream, "dev", JOURNAL_A);
    cr_assert(next_frame(LEDGER_WELCOME)->knows.recall);
    dial(environment, journal);
}

Test(ledger_stream_recalls, are_brought_to_the_other_and_its_answer_back)
{
    given_two("dev", JOURNAL_B);
    ask(bench.stream, 7);
    until(&other.heard_count, 2);
    cr_assert_eq(other.last.type, LEDGER_RECALL);
    cr_assert(text_equals(other.last.recall.key, TEXT("k")) &&
              text_equals(other.last.recall.digest, TEXT(DIGEST)));
    say(other.stream, &(struct ledger_frame){.type = LEDGER_RECALLED,
                                             .recalled = {.number = other.last.recall.number,
                                                          .verdict = RECALL_ANSWERED,
                                                          .call = TEXT("01A"),
                                                          .content_type = TEXT("text/plain"),
                                                          .body = TEXT("aGVsbG8=")}});
    const struct ledger_recalled *told = &next_frame(LEDGER_RECALLED)->recalled;
    cr_assert(told->number == 7 && told->verdict == RECALL_ANSWERED);
    cr_assert(text_equals(told->call, TEXT("01A")) && text_equals(told->body, TEXT("aGVsbG8=")));
    expect_metric("weir_ledger_recalls_total 1\n");
    websocket_client_close(other.client);
}

Test(ledger_stream_recalls, do_not_leave_their_environment)
{
    given_two("prod", JOURNAL_B);
    ask(bench.stream, 7);
    cr_assert_eq(next_frame(LEDGER_RECALLED)->recalled.verdict, RECALL_UNKNOWN);
    cr_assert_eq(other.heard_count, 1);
    websocket_client_close(other.client);
}

Test(ledger_stream_recalls, of_a_gateway_that_dialled_again_are_those_of_its_last_stream)
{
    given_two("dev", JOURNAL_A);
    ask(bench.stream, 7);
    ask(other.stream, 8);
    until(&other.heard_count, 2);
    cr_assert(other.last.type == LEDGER_RECALLED && other.last.recalled.number == 8);
    cr_assert_eq(other.last.recalled.verdict, RECALL_UNKNOWN);
    websocket_stream_close(bench.stream);
    until(&bench.close_count, 1);
    ask(other.stream, 9);
    until(&other.heard_count, 3);
    cr_assert_eq(other.last.recalled.number, 9);
    websocket_client_close(other.client);
}

Test(ledger_stream_recalls, come_after_a_hello_and_are_answered_by_who_knows_them)
{
    ask(bench.stream, 7);
    expect_refusal("a Recall is not expected now");
}

Test(ledger_stream_recalls, are_not_answered_by_who_was_built_before)
{
    send_hello("dev");
    next_frame(LEDGER_WELCOME);
    send_frame(&(struct ledger_frame){.type = LEDGER_RECALLED, .recalled = {.number = 7}});
    expect_refusal("a Recalled is not expected now");
}
