#include "tests/unit/operator/control/played_ledger.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/net/loop.h"

struct played_ledger played;
static char folder[] = "/tmp/weir-test-XXXXXX";
static const char *socket_path;

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
    cr_assert_lt(played.heard_count, MOST_HEARD);
    if (frame.type == LEDGER_LISTEN) {
        cr_assert_lt(played.listened_count, MOST_HEARD);
        played.listened[played.listened_count++] = text_join(played.arena, &frame.listen.told, TEXT(","));
        return;
    }
    played.declare = frame.declare;
    if (frame.type == LEDGER_DECLARE) {
        played.heard[played.heard_count++] = frame.declare.revision;
        loop_stop(played.loop);
        return;
    }
    cr_assert_eq(frame.type, LEDGER_BOOK);
    played.heard[played.heard_count++] = frame.book.revision;
    if (frame.book.budgets.count > 0)
        played.budget = frame.book.budgets.items[0];
    loop_stop(played.loop);
}

static void
on_close(void *owner, struct websocket_stream *stream)
{
    (void)owner;
    if (played.stream == stream)
        played.stream = NULL;
    if (played.stops_on_close)
        loop_stop(played.loop);
}

static void
on_booked(void *owner)
{
    cr_assert_eq(owner, &played);
    played.booked_count++;
    loop_stop(played.loop);
}

static void
on_refused(void *owner, struct text reason)
{
    cr_assert_eq(owner, &played);
    played.refusal = text_copy(played.arena, reason);
    played.refusal_count++;
    loop_stop(played.loop);
}

static void
on_declared(void *owner, struct text workspace, struct text why)
{
    cr_assert_eq(owner, &played);
    played.declared_of = text_copy(played.arena, workspace);
    played.undeclared = text_copy(played.arena, why);
    played.declared_count++;
    loop_stop(played.loop);
}

static void
on_wanted(void *owner, struct text workspace)
{
    cr_assert_eq(owner, &played);
    played.wanted = text_copy(played.arena, workspace);
    loop_stop(played.loop);
}

static void
on_alert(void *owner, const struct raised_alert *alert)
{
    cr_assert_eq(owner, &played);
    cr_assert_lt(played.alert_count, MOST_HEARD);
    played.alerts[played.alert_count++] = text_copy(played.arena, alert->id);
    loop_stop(played.loop);
}

void
given_played_ledger(void)
{
    struct error err = {0};
    played = (struct played_ledger){.arena = arena_new(0)};
    played.loop = loop_new(played.arena);
    cr_assert_not_null(mkdtemp(folder));
    socket_path = text_c_string(played.arena, text_format(played.arena, "%s/ledger.sock", folder));
    const struct websocket_options streams = {
        .loop = played.loop,
        .unix_path = socket_path,
        .max_message_bytes = LEDGER_MAX_FRAME_BYTES,
        .events = {.on_open = on_open, .on_message = on_message, .on_close = on_close}};
    cr_assert(websocket_server_start(played.arena, &streams, &played.server, &err), "%s", err.message);
    const struct book_publisher_options options = {.loop = played.loop,
                                                   .unix_path = socket_path,
                                                   .on_refused = on_refused,
                                                   .on_booked = on_booked,
                                                   .on_declared = on_declared,
                                                   .on_wanted = on_wanted,
                                                   .on_alert = on_alert,
                                                   .owner = &played};
    played.publisher = book_publisher_start(played.arena, &options);
}

void
end_played_ledger(void)
{
    book_publisher_close(played.publisher);
    websocket_server_close(played.server);
    unlink(socket_path);
    rmdir(folder);
    arena_free(played.arena);
}

void
expect_said(const char *revision)
{
    size_t before = played.heard_count;
    loop_run(played.loop);
    cr_assert_eq(played.heard_count, before + 1);
    cr_assert(text_equals(played.heard[before], text_of(revision)), "%.*s", TEXT_ARG(played.heard[before]));
}

void
say(const struct ledger_frame *frame)
{
    struct buffer out;
    buffer_init(&out, played.arena, 256);
    ledger_frame_print(played.arena, frame, &out);
    websocket_stream_send(played.stream, buffer_text(&out));
}

void
say_booked(const char *revision)
{
    say(&(struct ledger_frame){.type = LEDGER_BOOKED,
                               .booked = {.revision = text_of(revision)},
                               .beside = {.tells_alerts = !played.is_old}});
}

void
run_on(void)
{
    loop_run(played.loop);
}
