/* See the header. */
#include "tests/support/played_ledger.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/net/websocket.h"

static void
on_open(void *owner, struct websocket_stream *stream)
{
    struct played_ledger *ledger = owner;
    ledger->stream = stream;
}

static void
lend(struct played_ledger *ledger, const struct ledger_ask *ask)
{
    int64_t granted = ask->wanted < ledger->left ? ask->wanted : ledger->left;
    if (granted < ask->at_least || !text_is_empty(ledger->refusal))
        granted = 0;
    ledger->left -= granted;
    const struct ledger_frame lent = {
        .type = LEDGER_LENT,
        .lent = {.number = ask->number,
                 .lease =
                     granted > 0 ? text_format(ledger->arena, "lease-%d", ++ledger->lease_count) : TEXT(""),
                 .amount = granted,
                 .length_ms = LEASE_LENGTH_MS,
                 .left = ledger->left,
                 .used = ledger->spent,
                 .replicas = 1,
                 .reason = ledger->refusal}};
    played_ledger_say(ledger, &lent);
}

static void
answer(struct played_ledger *ledger, const struct ledger_frame *frame)
{
    if (frame->type == LEDGER_HELLO) {
        played_ledger_say(ledger, &(struct ledger_frame){.type = LEDGER_WELCOME,
                                                         .knows = {.recall = ledger->knows_recall}});
        if (ledger->gateways > 0)
            played_ledger_say(ledger, &(struct ledger_frame){.type = LEDGER_GATEWAYS,
                                                             .gateways = {.count = ledger->gateways}});
    } else if (frame->type == LEDGER_RECALL && ledger->recalled) {
        struct ledger_frame said = {.type = LEDGER_RECALLED, .recalled = *ledger->recalled};
        said.recalled.number = frame->recall.number;
        played_ledger_say(ledger, &said);
    } else if (frame->type == LEDGER_ASK)
        lend(ledger, &frame->ask);
    else if (frame->type == LEDGER_GIVE_BACK)
        played_ledger_say(ledger, &(struct ledger_frame){.type = LEDGER_RETURNED,
                                                         .returned = {.number = frame->give_back.number}});
}

static void
on_message(void *owner, struct websocket_stream *stream, struct text message)
{
    struct played_ledger *ledger = owner;
    struct error err = {0};
    (void)stream;
    if (ledger->counts_only) {
        struct ledger_frame frame;
        cr_assert(ledger_frame_parse(ledger->arena, text_copy(ledger->arena, message), &frame, &err));
        ledger->counted += frame.type == LEDGER_ASK;
        ledger->last_asked = frame.type == LEDGER_ASK ? frame.ask.number : ledger->last_asked;
        return;
    }
    cr_assert_lt(ledger->heard_count, PLAYED_LEDGER_MOST_HEARD);
    cr_assert(ledger_frame_parse(ledger->arena, text_copy(ledger->arena, message),
                                 &ledger->heard[ledger->heard_count], &err),
              "%s", err.message);
    ledger->heard_count++;
    if (ledger->lends)
        answer(ledger, &ledger->heard[ledger->heard_count - 1]);
}

static void
on_close(void *owner, struct websocket_stream *stream)
{
    struct played_ledger *ledger = owner;
    if (ledger->stream == stream)
        ledger->stream = NULL;
    ledger->close_count++;
}

void
played_ledger_start(struct played_ledger *ledger, struct arena *arena, struct loop *loop,
                    const char *socket_path)
{
    struct error err = {0};
    ledger->arena = arena;
    const struct websocket_options options = {
        .loop = loop,
        .unix_path = socket_path,
        .max_message_bytes = LEDGER_MAX_FRAME_BYTES,
        .events = {.on_open = on_open, .on_message = on_message, .on_close = on_close, .owner = ledger}};
    cr_assert(websocket_server_start(arena, &options, &ledger->server, &err), "%s", err.message);
}

void
played_ledger_lend(struct played_ledger *ledger, int64_t amount)
{
    ledger->lends = true;
    ledger->left = amount;
}

void
played_ledger_say(struct played_ledger *ledger, const struct ledger_frame *frame)
{
    struct buffer out;
    buffer_init(&out, ledger->arena, 256);
    ledger_frame_print(ledger->arena, frame, &out);
    websocket_stream_send(ledger->stream, buffer_text(&out));
}

void
played_ledger_hang_up(struct played_ledger *ledger)
{
    websocket_stream_close(ledger->stream);
}

void
played_ledger_end(struct played_ledger *ledger)
{
    websocket_server_close(ledger->server);
}
