/* Accepts, reads whole requests, chooses answers. How an answer is played is scripted_connection.c's. */
#include "tests/support/scripted_server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "lib/base/arena.h"
#include "lib/net/loop.h"
#include "tests/support/scripted_connection.h"

enum { MOST_ANSWERS = 256, MOST_REQUESTS = 1024, PATIENCE_SECONDS = 20 };

struct scripted_server {
    struct arena *arena;
    struct loop *loop;
    struct loop_io *io;
    struct loop_timer *turn;
    struct tls_context *tls;
    int fd, port;
    struct scripted_answer answers[MOST_ANSWERS];
    bool was_played[MOST_ANSWERS];
    size_t answer_count;
    struct text requests[MOST_REQUESTS];
    struct scripted_connection *came_by[MOST_REQUESTS];
    size_t request_count;
    size_t connection_count;
    bool (*awaited)(void *owner);
    void *awaited_owner;
    int turns_left;
};

static void
close_listener(void *owner)
{
    close(*(int *)owner);
}

/* NULL when there is none. */
static const struct scripted_answer *
take_answer(struct scripted_server *server, enum scripted_moment moment, struct text request)
{
    for (size_t i = 0; i < server->answer_count; i++) {
        const struct scripted_answer *answer = &server->answers[i];
        if (server->was_played[i])
            continue;
        bool is_now = moment == SCRIPTED_ACCEPTED  ? answer->is_at_accept
                      : moment == SCRIPTED_STARTED ? answer->is_early
                                                   : !answer->is_at_accept && !answer->is_early;
        if (moment != SCRIPTED_WHOLE && !is_now)
            return NULL; /* only when it is the next */
        if (!is_now || (answer->expect && !text_starts_with(request, text_of(answer->expect))))
            continue;
        server->was_played[i] = true;
        return answer;
    }
    return NULL;
}

static const struct scripted_answer *
on_moment(void *owner, struct scripted_connection *connection, enum scripted_moment moment,
          struct text request)
{
    struct scripted_server *server = owner;
    if (moment == SCRIPTED_WHOLE) {
        assert(server->request_count < MOST_REQUESTS);
        server->came_by[server->request_count] = connection;
        server->requests[server->request_count++] = text_copy(server->arena, request);
    }
    return take_answer(server, moment, request);
}

static void
on_accept(void *owner, int events)
{
    (void)events;
    struct scripted_server *server = owner;
    int fd = accept4(server->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    server->connection_count++;
    struct scripted_connection_options options = {
        .loop = server->loop, .tls = server->tls, .fd = fd, .on_moment = on_moment, .owner = server};
    scripted_connection_new(server->arena, &options);
}

static void
on_turn_end(void *owner)
{
    struct scripted_server *server = owner;
    if (server->awaited && server->awaited(server->awaited_owner))
        loop_stop(server->loop);
    if (server->turns_left == 0)
        return;
    if (--server->turns_left == 0)
        loop_stop(server->loop);
    else
        loop_timer_start(server->turn, 0);
}

static void
on_turn(void *owner)
{
    (void)owner; /* it only keeps the loop from sleeping */
}

struct scripted_server *
scripted_server_start(struct arena *arena, struct loop *loop, struct tls_context *tls)
{
    struct scripted_server *server = arena_alloc(arena, sizeof(*server));
    server->arena = arena;
    server->loop = loop;
    server->tls = tls;
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    bool is_open = server->fd >= 0 && bind(server->fd, (void *)&address, length) == 0 &&
                   listen(server->fd, 64) == 0 && getsockname(server->fd, (void *)&address, &length) == 0;
    assert(is_open);
    arena_defer(arena, close_listener, &server->fd);
    server->port = ntohs(address.sin_port);
    server->turn = loop_timer_new(loop, arena, on_turn, NULL);
    loop_on_turn_end(loop, on_turn_end, server);
    server->io = loop_io_new(loop, arena, on_accept, server);
    loop_io_watch(server->io, server->fd, LOOP_READ);
    return server;
}

int
scripted_server_port(const struct scripted_server *server)
{
    return server->port;
}

void
scripted_server_set_tls(struct scripted_server *server, struct tls_context *tls)
{
    server->tls = tls;
}

void
scripted_server_add(struct scripted_server *server, const struct scripted_answer *answer)
{
    assert(server->answer_count < MOST_ANSWERS);
    server->answers[server->answer_count++] = *answer;
}

void
scripted_server_add_reply(struct scripted_server *server, const char *expect, int status, const char *headers,
                          struct text body)
{
    struct text head =
        text_format(server->arena,
                    "HTTP/1.1 %d Scripted\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n",
                    status, headers, body.length);
    char *bytes = arena_alloc(server->arena, head.length + body.length);
    memcpy(bytes, head.bytes, head.length);
    if (body.length > 0)
        memcpy(bytes + head.length, body.bytes, body.length);
    scripted_server_add(
        server, &(struct scripted_answer){.expect = expect, .bytes = {bytes, head.length + body.length}});
}

size_t
scripted_server_requests(const struct scripted_server *server)
{
    return server->request_count;
}

struct text
scripted_server_got(const struct scripted_server *server, size_t index)
{
    assert(index < server->request_count);
    return server->requests[index];
}

size_t
scripted_server_connections(const struct scripted_server *server)
{
    return server->connection_count;
}

size_t
scripted_server_left(const struct scripted_server *server)
{
    size_t left = 0;
    for (size_t i = 0; i < server->answer_count; i++)
        left += !server->was_played[i];
    return left;
}

void
scripted_server_send(struct scripted_server *server, size_t request, struct text bytes)
{
    assert(request < server->request_count);
    scripted_connection_send(server->came_by[request], bytes);
}

void
scripted_server_end(struct scripted_server *server, size_t request, enum scripted_then then)
{
    assert(request < server->request_count);
    scripted_connection_end(server->came_by[request], then);
}

bool
scripted_server_was_left(const struct scripted_server *server, size_t request)
{
    return request < server->request_count && scripted_connection_was_left(server->came_by[request]);
}

void
scripted_run_until(struct scripted_server *server, bool (*condition)(void *owner), void *owner)
{
    if (condition(owner))
        return;
    server->awaited = condition;
    server->awaited_owner = owner;
    alarm(PATIENCE_SECONDS); /* not the loop's: tests may stop its clock */
    loop_run(server->loop);
    alarm(0);
    server->awaited = NULL;
}

struct awaited_requests {
    struct scripted_server *server;
    size_t count;
};

static bool
requests_came(void *owner)
{
    struct awaited_requests *awaited = owner;
    return awaited->server->request_count >= awaited->count;
}

void
scripted_run_until_requests(struct scripted_server *server, size_t count)
{
    struct awaited_requests awaited = {server, count};
    scripted_run_until(server, requests_came, &awaited);
}

void
scripted_run_turns(struct scripted_server *server, int count)
{
    server->turns_left = count + 1; /* the first end of a turn comes before the first look at the sockets */
    loop_timer_start(server->turn, 0);
    loop_run(server->loop);
    loop_timer_stop(server->turn);
}
