/* Both ends of a control stream over a real unix socket, on one loop. */
#include <criterion/criterion.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/net/loop.h"
#include "lib/net/websocket.h"

enum { LARGE_BYTES = 1024 * 1024, MAX_BYTES = 4 * 1024 * 1024 };

/* What one end saw. */
struct end {
    struct loop *loop;
    struct websocket_stream *stream; /* the one that is open */
    int opens, closes, messages;
    int stop_after_messages, stop_after_closes, stop_after_opens;
    bool echoes;
    struct text greeting; /* sent at each open */
    char *last;
    size_t last_length;
};

static struct arena *arena;
static struct loop *loop;
static char folder[32];
static char path[256];

static void
on_open(void *owner, struct websocket_stream *stream)
{
    struct end *end = owner;
    end->opens++;
    end->stream = stream;
    if (end->greeting.length > 0)
        websocket_stream_send(stream, end->greeting);
    if (end->opens == end->stop_after_opens)
        loop_stop(end->loop);
}

static void
on_message(void *owner, struct websocket_stream *stream, struct text message)
{
    struct end *end = owner;
    end->messages++;
    end->last = arena_copy(arena, message.bytes, message.length);
    end->last_length = message.length;
    if (end->echoes)
        websocket_stream_send(stream, message);
    if (end->messages == end->stop_after_messages)
        loop_stop(end->loop);
}

static void
on_close(void *owner, struct websocket_stream *stream)
{
    struct end *end = owner;
    (void)stream;
    end->closes++;
    end->stream = NULL;
    if (end->closes == end->stop_after_closes)
        loop_stop(end->loop);
}

static struct websocket_options
options_of(struct end *end)
{
    end->loop = loop;
    return (struct websocket_options){
        .loop = loop,
        .unix_path = path,
        .max_message_bytes = MAX_BYTES,
        .events = {.on_open = on_open, .on_message = on_message, .on_close = on_close, .owner = end}};
}

static struct websocket_server *
start_server(struct end *end)
{
    struct websocket_options options = options_of(end);
    struct websocket_server *server = NULL;
    struct error err = {0};
    cr_assert(websocket_server_start(arena, &options, &server, &err), "%s", err.message);
    return server;
}

static struct websocket_client *
start_client(struct end *end)
{
    struct websocket_options options = options_of(end);
    return websocket_client_start(arena, &options);
}

static struct text
large_message(char first)
{
    char *bytes = arena_alloc(arena, LARGE_BYTES);
    for (size_t i = 0; i < LARGE_BYTES; i++)
        bytes[i] = (char)('a' + (int)((i + (size_t)first) % 23));
    return (struct text){bytes, LARGE_BYTES};
}

static void
set_up(void)
{
    arena = arena_new(0);
    loop = loop_new(arena);
    memcpy(folder, "/tmp/weir-ws-XXXXXX", sizeof("/tmp/weir-ws-XXXXXX"));
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/control.sock", folder);
}

static void
tear_down(void)
{
    arena_free(arena);
    unlink(path);
    rmdir(folder);
}

TestSuite(websocket, .init = set_up, .fini = tear_down, .timeout = 60);

Test(websocket, carries_messages_of_a_megabyte_both_ways)
{
    struct end server_end = {.echoes = true};
    struct end client_end = {.greeting = large_message('x'), .stop_after_messages = 1};
    start_server(&server_end);
    start_client(&client_end);

    loop_run(loop);

    cr_assert_eq(client_end.last_length, LARGE_BYTES);
    cr_assert_eq(memcmp(client_end.last, client_end.greeting.bytes, LARGE_BYTES), 0);
}

Test(websocket, keeps_many_messages_in_order)
{
    struct end server_end = {.stop_after_messages = 201};
    struct end client_end = {.stop_after_opens = 1};
    start_server(&server_end);
    start_client(&client_end);
    loop_run(loop);

    for (int i = 0; i <= 200; i++)
        websocket_stream_send(client_end.stream, text_format(arena, "message %d", i));
    loop_run(loop);

    cr_assert_eq(server_end.messages, 201);
    cr_assert(text_equals((struct text){server_end.last, server_end.last_length}, TEXT("message 200")));
}

Test(websocket, the_socket_is_for_its_owner_only)
{
    struct end server_end = {0};
    struct stat status;
    start_server(&server_end);

    cr_assert_eq(stat(path, &status), 0);
    cr_assert_eq(status.st_mode & 0777, 0600);
}

Test(websocket, the_client_dials_until_somebody_listens)
{
    struct end server_end = {0};
    struct end client_end = {.stop_after_opens = 1};
    start_client(&client_end);
    loop_timer_start(loop_timer_new(loop, arena, (loop_timer_fn)loop_stop, loop), 120);
    loop_run(loop);
    cr_assert_eq(client_end.opens, 0);

    start_server(&server_end);
    loop_run(loop);

    cr_assert_eq(client_end.opens, 1);
}

Test(websocket, the_client_dials_until_a_socket_that_refuses_at_once_listens)
{
    struct end server_end = {0};
    struct end client_end = {.stop_after_opens = 1};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int refusing = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    memcpy(address.sun_path, path, strlen(path) + 1);
    cr_assert_eq(bind(refusing, (const struct sockaddr *)&address, sizeof(address)), 0);
    start_client(&client_end);
    loop_timer_start(loop_timer_new(loop, arena, (loop_timer_fn)loop_stop, loop), 300);
    loop_run(loop);
    cr_assert_eq(client_end.opens, 0);

    close(refusing);
    unlink(path);
    start_server(&server_end);
    loop_run(loop);

    cr_assert_eq(client_end.opens, 1);
}

/* As an operator that is busy for long. */
Test(websocket, the_client_dials_again_when_whoever_took_its_connection_never_answers)
{
    struct end server_end = {0};
    struct end client_end = {.stop_after_opens = 1};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int silent = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    memcpy(address.sun_path, path, strlen(path) + 1);
    cr_assert_eq(bind(silent, (const struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(listen(silent, 1), 0);
    start_client(&client_end);
    loop_timer_start(loop_timer_new(loop, arena, (loop_timer_fn)loop_stop, loop), 300);
    loop_run(loop);
    int taken = accept(silent, NULL, NULL);
    cr_assert_geq(taken, 0);

    unlink(path);
    start_server(&server_end);
    loop_timer_start(loop_timer_new(loop, arena, (loop_timer_fn)loop_stop, loop), 60000);
    loop_run(loop);

    cr_assert_eq(client_end.opens, 1);
    close(taken);
    close(silent);
}

Test(websocket, the_client_comes_back_after_a_restart_of_the_server)
{
    struct end first_end = {0}, second_end = {.echoes = true};
    struct end client_end = {
        .greeting = TEXT("hello"), .stop_after_opens = 1, .stop_after_closes = 1, .stop_after_messages = 1};
    struct websocket_server *first = start_server(&first_end);
    start_client(&client_end);
    loop_run(loop);

    websocket_server_close(first);
    loop_run(loop);
    start_server(&second_end);
    loop_run(loop);

    cr_assert_eq(first_end.opens, 1);
    cr_assert_eq(first_end.closes, 1);
    cr_assert_eq(client_end.opens, 2);
    cr_assert_eq(second_end.messages, 1);
    cr_assert(text_equals((struct text){client_end.last, client_end.last_length}, TEXT("hello")));
}

Test(websocket, closing_a_stream_sends_what_is_queued_first)
{
    struct end server_end = {.stop_after_closes = 1};
    struct end client_end = {.stop_after_opens = 1};
    start_server(&server_end);
    start_client(&client_end);
    loop_run(loop);

    websocket_stream_send(client_end.stream, large_message('q'));
    websocket_stream_send(client_end.stream, TEXT("last words"));
    websocket_stream_close(client_end.stream);
    loop_run(loop);

    cr_assert_eq(server_end.messages, 2);
    cr_assert(text_equals((struct text){server_end.last, server_end.last_length}, TEXT("last words")));
}

/* Begun behind one that waits; what was dropped is nowhere, and the room that a head leaves is not sent. */
Test(websocket, a_message_written_where_it_is_sent_from_comes_whole)
{
    struct end server_end = {.stop_after_messages = 2};
    struct end client_end = {.stop_after_opens = 1};
    start_server(&server_end);
    start_client(&client_end);
    loop_run(loop);

    struct text large = large_message('w');
    websocket_stream_send(client_end.stream, TEXT("before"));
    buffer_add_text(websocket_stream_begin(client_end.stream, 64), TEXT("never"));
    websocket_stream_drop(client_end.stream);
    buffer_add_text(websocket_stream_begin(client_end.stream, 64), large);
    websocket_stream_end(client_end.stream, TEXT("head:"));
    websocket_stream_send(client_end.stream, TEXT("after"));
    loop_run(loop);
    cr_assert_eq(server_end.last_length, 5 + large.length);
    cr_assert(memcmp(server_end.last, "head:", 5) == 0);
    cr_assert(memcmp(server_end.last + 5, large.bytes, large.length) == 0);

    server_end.stop_after_messages = 3;
    if (server_end.messages < 3)
        loop_run(loop);
    cr_assert(text_equals((struct text){server_end.last, server_end.last_length}, TEXT("after")));
    websocket_stream_close(client_end.stream);
    cr_assert_null(websocket_stream_begin(client_end.stream, 64));
}

Test(websocket, a_message_over_the_bound_ends_the_stream)
{
    struct end server_end = {.stop_after_closes = 1};
    struct end client_end = {.stop_after_opens = 1};
    start_server(&server_end);
    start_client(&client_end);
    loop_run(loop);

    struct text too_long = {arena_alloc(arena, MAX_BYTES + 1), MAX_BYTES + 1};
    memset((char *)(uintptr_t)too_long.bytes, 'a', too_long.length);
    websocket_stream_send(client_end.stream, too_long);
    loop_run(loop);

    cr_assert_eq(server_end.messages, 0);
    cr_assert_eq(server_end.closes, 1);
}

Test(websocket, an_address_that_is_no_socket_is_an_error_and_stays)
{
    struct end server_end = {0};
    struct websocket_options options = options_of(&server_end);
    struct websocket_server *server = NULL;
    struct error err = {0};
    struct stat status;
    FILE *file = fopen(path, "w");
    fclose(file);

    cr_assert_not(websocket_server_start(arena, &options, &server, &err));

    cr_assert(text_find(text_of(err.message), text_of(path)) >= 0);
    cr_assert_eq(stat(path, &status), 0);
}

Test(websocket, works_at_a_path_that_is_longer_than_the_kernel_takes)
{
    struct end server_end = {.echoes = true};
    struct end client_end = {.greeting = TEXT("hello"), .stop_after_messages = 1};
    char deep[200];
    snprintf(deep, sizeof(deep), "%s/%0120d", folder, 7);
    cr_assert_eq(mkdir(deep, 0700), 0);
    snprintf(path, sizeof(path), "%s/control.sock", deep);
    struct websocket_server *server = start_server(&server_end);
    struct websocket_client *client = start_client(&client_end);

    loop_run(loop);

    cr_assert_eq(client_end.messages, 1);
    websocket_client_close(client);
    websocket_server_close(server);
    cr_assert_eq(rmdir(deep), 0);
}
