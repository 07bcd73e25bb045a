/* What bounds a server: deadlines, connections, descriptors, and its end. Deadlines are tiny and only events.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "tests/unit/lib/net/net_rig.h"

#define GET_A "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"

static struct call_owner owner;
static struct http_server_options options;
static int drained;

static void
prepare(void)
{
    rig_set_up();
    options = rig_server_options();
}

TestSuite(http_bounds, .init = prepare, .fini = rig_tear_down, .timeout = 60);

static void
on_drained(void *unused)
{
    (void)unused;
    drained++;
}

static bool
is_drained(void *unused)
{
    (void)unused;
    return drained > 0;
}

static bool
is_one_left(void *unused)
{
    (void)unused;
    return http_server_connection_count(owner.server) == 1;
}

Test(http_bounds, a_head_that_does_not_arrive_in_time_is_answered_408)
{
    options.head_timeout_ms = 20;
    rig_serve(&owner, &options);
    struct raw_peer *client = rig_client_of(&owner);
    raw_send(client, TEXT("GET /a HTTP/1.1\r\nHo"));

    raw_wait_for_end(client);

    cr_assert(text_starts_with(raw_received(client), TEXT("HTTP/1.1 408 ")));
    cr_assert(raw_has(client, TEXT("\"code\":\"request_timeout\"")));
    cr_assert_eq(owner.requests, 0);
}

Test(http_bounds, a_body_that_does_not_arrive_in_time_is_answered_408)
{
    options.body_timeout_ms = 20;
    rig_serve(&owner, &options);
    struct raw_peer *client = rig_client_of(&owner);
    raw_send(client, TEXT("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"));

    raw_wait_for_end(client);

    cr_assert(text_starts_with(raw_received(client), TEXT("HTTP/1.1 408 ")));
}

static struct raw_peer *dribbling;
static struct loop_timer *dribble;

static void
on_dribble(void *unused)
{
    (void)unused;
    raw_send(dribbling, TEXT("x"));
    loop_timer_start(dribble, 5);
}

Test(http_bounds, a_body_that_dribbles_for_ever_is_answered_408)
{
    options.body_timeout_ms = 50;
    rig_serve(&owner, &options);
    dribbling = rig_client_of(&owner);
    dribble = loop_timer_new(rig_loop, rig_arena, on_dribble, NULL);
    raw_send(dribbling, TEXT("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n\r\n"));
    loop_timer_start(dribble, 5);

    raw_wait_for_end(dribbling);
    loop_timer_stop(dribble);

    cr_assert(text_starts_with(raw_received(dribbling), TEXT("HTTP/1.1 408 ")));
}

Test(http_bounds, a_silent_connection_is_closed_without_a_word)
{
    options.idle_timeout_ms = 20;
    rig_serve(&owner, &options);
    struct raw_peer *fresh = rig_client_of(&owner);
    struct raw_peer *used = rig_client_of(&owner);
    raw_send(used, TEXT(GET_A));

    raw_wait_for_end(fresh);
    raw_wait_for_end(used);

    cr_assert_eq(raw_received(fresh).length, 0);
    cr_assert_eq(text_count(raw_received(used), TEXT("HTTP/1.1")), 1);
}

Test(http_bounds, a_client_that_takes_nothing_is_cut)
{
    options.write_timeout_ms = 20;
    owner.mode = ANSWER_LATER;
    owner.abandons_when_gone = true;
    rig_serve(&owner, &options);
    struct raw_peer *client = rig_client_of(&owner);
    raw_read(client, false);
    raw_send(client, TEXT(GET_A));
    rig_wait_for_requests(&owner, 1);

    size_t length = 16 * 1024 * 1024;
    rig_reply(owner.calls[0], 200, (struct text){arena_alloc(rig_arena, length), length});
    rig_wait_for_dones(&owner, 1);

    cr_assert_lt(owner.last_sent_bytes, length);
}

Test(http_bounds, one_connection_too_many_is_answered_503)
{
    options.max_connections = 2;
    rig_serve(&owner, &options);
    struct raw_peer *first = rig_client_of(&owner);
    struct raw_peer *second = rig_client_of(&owner);
    struct raw_peer *third = rig_client_of(&owner);
    raw_send(third, TEXT(GET_A));
    raw_wait_for_end(third);
    raw_send(first, TEXT(GET_A));
    raw_send(second, TEXT(GET_A));
    raw_wait_for(first, TEXT("GET /a []"));
    raw_wait_for(second, TEXT("GET /a []"));

    cr_assert(text_starts_with(raw_received(third), TEXT("HTTP/1.1 503 ")));
    cr_assert(raw_has(third, TEXT("\"code\":\"overloaded\"")));

    raw_close(first);
    raw_close(third);
    rig_run_until(is_one_left, NULL);
    struct raw_peer *fourth = rig_client_of(&owner);
    raw_send(fourth, TEXT(GET_A));
    raw_wait_for(fourth, TEXT("GET /a []"));
}

Test(http_bounds, fewer_connections_keep_those_that_are_there_and_more_let_others_in)
{
    rig_serve(&owner, &options);
    struct raw_peer *first = rig_client_of(&owner);
    struct raw_peer *second = rig_client_of(&owner);
    raw_send(first, TEXT(GET_A));
    raw_send(second, TEXT(GET_A));
    raw_wait_for(first, TEXT("GET /a []"));
    raw_wait_for(second, TEXT("GET /a []"));

    http_server_set_limits(owner.server, options.max_body_bytes, 1);
    struct raw_peer *third = rig_client_of(&owner);
    raw_send(third, TEXT(GET_A));
    raw_wait_for_end(third);
    raw_send(second, TEXT(GET_A));
    raw_wait_for_count(second, TEXT("GET /a []"), 2);
    http_server_set_limits(owner.server, options.max_body_bytes, 4);
    struct raw_peer *fourth = rig_client_of(&owner);
    raw_send(fourth, TEXT(GET_A));
    raw_wait_for(fourth, TEXT("GET /a []"));

    cr_assert(text_starts_with(raw_received(third), TEXT("HTTP/1.1 503 ")));
}

Test(http_bounds, the_longest_body_follows_the_limits_also_while_one_arrives)
{
    rig_serve(&owner, &options);
    struct raw_peer *arriving = rig_client_of(&owner);
    raw_send(arriving, TEXT("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nab"));
    rig_run_turns(4);

    http_server_set_limits(owner.server, 4, options.max_connections);
    raw_send(arriving, TEXT("cdef"));
    raw_wait_for_end(arriving);
    struct raw_peer *fitting = rig_client_of(&owner);
    raw_send(fitting, TEXT("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd"));
    raw_wait_for(fitting, TEXT("POST /a [abcd]"));
    http_server_set_limits(owner.server, 6, options.max_connections);
    raw_send(fitting, TEXT("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabcdef"));
    raw_wait_for(fitting, TEXT("POST /a [abcdef]"));

    cr_assert(text_starts_with(raw_received(arriving), TEXT("HTTP/1.1 413 ")));
}

Test(http_bounds, without_descriptors_clients_hear_503_and_later_ones_are_served)
{
    rig_serve(&owner, &options);
    struct raw_peer *client = rig_client_of(&owner);
    struct raw_peer *earlier = rig_client_of(&owner);
    raw_send(earlier, TEXT(GET_A));
    raw_wait_for(earlier, TEXT("GET /a []"));
    struct raw_peer *queued = rig_client_of(&owner);
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    struct rlimit small = {.rlim_cur = (rlim_t)queued->fd + 1, .rlim_max = limit.rlim_max};
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &small), 0);

    raw_wait_for_end(queued);
    raw_send(client, TEXT(GET_A));
    raw_wait_for(client, TEXT("GET /a []"));
    setrlimit(RLIMIT_NOFILE, &limit);
    struct raw_peer *later = rig_client_of(&owner);
    raw_send(later, TEXT(GET_A));
    raw_wait_for(later, TEXT("GET /a []"));

    cr_assert(text_starts_with(raw_received(queued), TEXT("HTTP/1.1 503 ")));
}

Test(http_bounds, draining_closes_idle_connections_and_finishes_calls)
{
    owner.mode = ANSWER_LATER;
    rig_serve(&owner, &options);
    struct raw_peer *idle = rig_client_of(&owner);
    struct raw_peer *busy = rig_client_of(&owner);
    raw_send(busy, TEXT(GET_A GET_A));
    rig_wait_for_requests(&owner, 1);

    http_server_drain(owner.server, 15000, on_drained, NULL);
    raw_wait_for_end(idle);
    cr_assert_eq(drained, 0);
    rig_reply(owner.calls[0], 200, TEXT("finished"));
    raw_wait_for_end(busy);
    raw_close(busy);
    rig_run_until(is_drained, NULL);

    cr_assert(raw_has(busy, TEXT("finished")));
    cr_assert(raw_has(busy, TEXT("Connection: close\r\n")));
    cr_assert_eq(owner.requests, 1);
    cr_assert_eq(drained, 1);
}

Test(http_bounds, draining_without_connections_is_done_soon)
{
    rig_serve(&owner, &options);

    http_server_drain(owner.server, 15000, on_drained, NULL);
    cr_assert_eq(drained, 0);
    rig_run_until(is_drained, NULL);
}

Test(http_bounds, draining_cuts_what_is_left_at_its_deadline)
{
    owner.mode = ANSWER_LATER;
    owner.abandons_when_gone = true;
    rig_serve(&owner, &options);
    struct raw_peer *busy = rig_client_of(&owner);
    raw_send(busy, TEXT(GET_A));
    rig_wait_for_requests(&owner, 1);

    http_server_drain(owner.server, 20, on_drained, NULL);
    rig_run_until(is_drained, NULL);

    cr_assert_eq(owner.gones, 1);
    cr_assert_eq(owner.dones, 1);
}

Test(http_bounds, serves_a_unix_socket_for_its_owner_only)
{
    char path[64];
    struct stat status;
    snprintf(path, sizeof(path), "/tmp/weir-http-%d.sock", getpid());
    options.address = path;
    rig_serve(&owner, &options);

    cr_assert_eq(stat(path, &status), 0);
    cr_assert_eq(status.st_mode & 0777, 0600);
    http_server_drain(owner.server, 1000, on_drained, NULL);
    rig_run_until(is_drained, NULL);
    cr_assert_neq(stat(path, &status), 0);
}

Test(http_bounds, a_port_in_use_and_a_wrong_address_are_errors_with_the_address)
{
    struct error err = {0};
    struct http_server *second = NULL;
    const struct http_server_events none = {0};
    rig_serve(&owner, &options);
    options.port = http_server_port(owner.server);

    cr_assert_not(http_server_start(rig_arena, &options, &none, &second, &err));
    cr_assert_str_eq(
        err.message,
        text_c_string(rig_arena,
                      text_format(rig_arena, "cannot listen on 127.0.0.1 port %d: Address already in use",
                                  options.port)));
    options.address = "localhost";
    cr_assert_not(http_server_start(rig_arena, &options, &none, &second, &err));
    cr_assert_eq(err.kind, ERROR_INVALID);
}

Test(http_bounds, several_servers_may_share_a_port)
{
    struct call_owner other = {0};
    options.reuse_port = true;
    rig_serve(&owner, &options);
    options.port = http_server_port(owner.server);

    rig_serve(&other, &options);

    cr_assert_eq(http_server_port(other.server), http_server_port(owner.server));
}

Test(http_bounds, serves_ipv6_and_ipv4_on_the_same_port)
{
    options.address = "::";
    owner.mode = ANSWER_LATER;
    rig_serve(&owner, &options);
    struct raw_peer *client = rig_client_of(&owner);
    raw_send(client, TEXT(GET_A));
    rig_wait_for_requests(&owner, 1);

    cr_assert(text_equals(http_call_peer(owner.calls[0]), TEXT("127.0.0.1")));
    rig_reply(owner.calls[0], 200, TEXT("done"));
    raw_wait_for(client, TEXT("done"));
}
