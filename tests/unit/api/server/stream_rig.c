#include "tests/unit/api/server/stream_rig.h"

#include "api/server/ledger/ledger_connections.h"
#include "lib/base/buffer.h"
#include "lib/base/metrics.h"

struct bench bench;

static void
note(void)
{
    bench.is_there = bench.counter && *bench.counter >= bench.wanted;
}

void
until(const int *counter, int wanted)
{
    bench.counter = counter;
    bench.wanted = wanted;
    note();
    rig_until(&bench.is_there);
}

static void
on_open(void *owner, struct websocket_stream *stream)
{
    (void)owner;
    bench.stream = stream;
    bench.open_count++;
    note();
}

static void
on_message(void *owner, struct websocket_stream *stream, struct text message)
{
    (void)owner;
    (void)stream;
    struct error err = {0};
    cr_assert_lt(bench.heard_count, MOST_HEARD);
    cr_assert(
        ledger_frame_parse(rig.arena, text_copy(rig.arena, message), &bench.heard[bench.heard_count], &err),
        "%s", err.message);
    if (bench.heard[bench.heard_count].type == LEDGER_KEYS) {
        bench.keys = bench.heard[bench.heard_count].keys;
        bench.keys_count++;
    } else {
        bench.heard_count++;
    }
    note();
}

static void
on_close(void *owner, struct websocket_stream *stream)
{
    (void)owner;
    (void)stream;
    bench.stream = NULL;
    bench.close_count++;
    note();
}

static void
on_ledger(void *owner, const struct ledger_outcome *outcome)
{
    cr_assert_eq(outcome->end, LEDGER_DONE, "%s", outcome->why.message);
    *(bool *)owner = true;
}

static void
given_gateway(void)
{
    const struct websocket_options stream = {
        .loop = rig.loop,
        .unix_path = bench.socket,
        .max_message_bytes = LEDGER_MAX_FRAME_BYTES,
        .events = {.on_open = on_open, .on_message = on_message, .on_close = on_close}};
    bench.client = websocket_client_start(rig.arena, &stream);
    until(&bench.open_count, bench.open_count + 1);
}

void
given_server(void)
{
    bool is_open = false;
    struct error err = {0};
    rig_given_sqlite();
    const struct ledger_connections connections = {rig.db, rig.db, rig.db, rig_open_reader()};
    bench.ledger = ledger_open(rig.arena, rig.loop, &connections, on_ledger, &is_open);
    rig_until(&is_open);
    memcpy(bench.folder, "/tmp/weir-test-XXXXXX", sizeof("/tmp/weir-test-XXXXXX"));
    cr_assert(mkdtemp(bench.folder));
    bench.socket = text_c_string(rig.arena, text_format(rig.arena, "%s/ledger.sock", bench.folder));
    bench.metrics = metrics_new(rig.arena);
    const struct ledger_server_options options = {
        .loop = rig.loop, .ledger = bench.ledger, .metrics = bench.metrics, .unix_path = bench.socket};
    cr_assert(ledger_server_start(rig.arena, &options, &bench.server, &err), "%s", err.message);
    given_gateway();
}

void
end_server(void)
{
    if (bench.client)
        websocket_client_close(bench.client);
    ledger_server_close(bench.server);
    unlink(bench.socket);
    rmdir(bench.folder);
    rig_end();
}

void
send_hello(const char *environment)
{
    struct buffer out;
    const struct ledger_frame hello = {.type = LEDGER_HELLO,
                                       .hello = {.workspace = TEXT("demo"),
                                                 .environment = text_of(environment),
                                                 .gateway = TEXT("demo-dev-0"),
                                                 .journal = TEXT(JOURNAL_A)}};
    buffer_init(&out, rig.arena, 256);
    ledger_frame_print(rig.arena, &hello, &out);
    websocket_stream_send(bench.stream, buffer_text(&out));
}

void
send_usage(int64_t first, struct text records)
{
    struct buffer out;
    struct ledger_frame usage = {.type = LEDGER_USAGE, .usage = {.first = first}, .records = records};
    struct text rest = records, record;
    while (ledger_next_record(&rest, &record))
        usage.usage.count++;
    buffer_init(&out, rig.arena, 256);
    ledger_frame_print(rig.arena, &usage, &out);
    websocket_stream_send(bench.stream, buffer_text(&out));
}

struct text
many_records(int count)
{
    struct buffer lines;
    buffer_init(&lines, rig.arena, 1 << 16);
    for (int i = 0; i < count; i++)
        buffer_print(&lines,
                     "{\"id\":\"01KB7D%020d\",\"time\":1764000000000,\"workspace\":\"demo\",\"environment\":"
                     "\"dev\",\"outcome\":\"Completed\"}\n",
                     i);
    return buffer_text(&lines);
}

const struct ledger_frame *
next_frame(enum ledger_frame_type type)
{
    until(&bench.heard_count, bench.heard_count + 1);
    const struct ledger_frame *frame = &bench.heard[bench.heard_count - 1];
    cr_assert_eq(frame->type, type, "%s came: %.*s", ledger_frame_type_names[frame->type],
                 TEXT_ARG(frame->refuse.reason));
    return frame;
}

void
expect_welcome(int64_t next)
{
    cr_assert_eq(next_frame(LEDGER_WELCOME)->welcome.next, next);
}

void
expect_ack(int64_t next)
{
    cr_assert_eq(next_frame(LEDGER_ACK)->ack.next, next);
}

/* And then the stream ends. */
void
expect_refusal(const char *words)
{
    int closed = bench.close_count, heard = bench.heard_count + 1;
    const struct ledger_frame *frame = next_frame(LEDGER_REFUSE);
    cr_assert(text_find(frame->refuse.reason, text_of(words)) >= 0, "%.*s", TEXT_ARG(frame->refuse.reason));
    until(&bench.close_count, closed + 1);
    cr_assert_eq(bench.heard_count, heard, "something came after the refusal");
}

void
expect_metric(const char *line)
{
    struct buffer out;
    buffer_init(&out, rig.arena, 1024);
    metrics_print(bench.metrics, &out);
    cr_assert(text_find(buffer_text(&out), text_of(line)) >= 0, "%.*s", TEXT_ARG(buffer_text(&out)));
}

void
send_frame(const struct ledger_frame *frame)
{
    struct buffer out;
    buffer_init(&out, rig.arena, 256);
    ledger_frame_print(rig.arena, frame, &out);
    websocket_stream_send(bench.stream, buffer_text(&out));
}

/* Another program's write lock: what is to be kept waits until it is let go. */
sqlite3 *
given_a_locked_database(void)
{
    sqlite3 *other;
    const char *path = text_c_string(rig.arena, text_format(rig.arena, "%s/ledger.db", rig.folder));
    cr_assert_eq(sqlite3_open(path, &other), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    return other;
}

void
let_go(sqlite3 *other)
{
    cr_assert_eq(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_close(other), SQLITE_OK);
}
