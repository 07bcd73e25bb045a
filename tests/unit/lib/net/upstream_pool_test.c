/* Exchanges with servers behind us: reuse, replay, the queue, deadlines, cancelling anywhere. Exchanges are
 * static: they outlive a test's body, since the arena of the rig ends them. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "tests/unit/lib/net/upstream_rig.h"

static struct raw_server *server;
static struct exchange first, second, third;

static void
prepare(void)
{
    struct upstream_pool_options options = rig_pool_options();
    rig_set_up();
    server = rig_upstream(&options);
}

TestSuite(upstream, .init = prepare, .fini = rig_tear_down, .timeout = 60);

static void
complete_one(struct exchange *exchange, size_t peer)
{
    rig_get(exchange);
    raw_wait_for_peers(server, peer + 1);
    raw_wait_for(server->peers[peer], TEXT(GET_U));
    raw_send(server->peers[peer], TEXT(OK_ABC));
    rig_wait_for_end(exchange);
    cr_assert_eq(exchange->end, UPSTREAM_COMPLETE);
}

Test(upstream, completes_an_exchange_and_reuses_the_connection)
{
    complete_one(&first, 0);
    rig_get(&second);
    raw_wait_for_count(server->peers[0], TEXT(GET_U), 2);
    raw_send(
        server->peers[0],
        TEXT("HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n3\r\npe!\r\n0\r\n\r\n"));
    rig_wait_for_end(&second);

    cr_assert_eq(second.status, 404);
    cr_assert(text_equals(buffer_text(&second.body), TEXT("nope!")));
    cr_assert_eq(server->peer_count, 1);
    cr_assert_eq(second.heads, 1);
}

Test(upstream, callbacks_never_come_from_inside_start)
{
    complete_one(&first, 0);
    raw_close(server->peers[0]);
    rig_get(&second);

    cr_assert_eq(second.ends, 0);
}

Test(upstream, skips_interim_answers)
{
    rig_get(&first);
    raw_wait_for_peers(server, 1);
    raw_send(server->peers[0],
             TEXT("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" OK_ABC));
    rig_wait_for_end(&first);

    cr_assert_eq(first.heads, 1);
    cr_assert_eq(first.status, 200);
    cr_assert(text_equals(buffer_text(&first.body), TEXT("abc")));
}

Test(upstream, reads_an_answer_that_comes_byte_by_byte)
{
    rig_get(&first);
    raw_wait_for_peers(server, 1);
    server->peers[0]->send_at_most = 1;
    raw_send(server->peers[0], TEXT("HTTP/1.1 100 Continue\r\n\r\n" OK_ABC));
    rig_wait_for_end(&first);

    cr_assert_eq(first.end, UPSTREAM_COMPLETE);
    cr_assert(text_equals(buffer_text(&first.body), TEXT("abc")));
}

Test(upstream, an_answer_without_length_ends_with_the_connection)
{
    rig_get(&first);
    raw_wait_for_peers(server, 1);
    raw_send(server->peers[0], TEXT("HTTP/1.1 200 OK\r\n\r\nuntil the end"));
    raw_wait_for(server->peers[0], TEXT(GET_U));
    rig_run_turns(3);
    raw_close(server->peers[0]);
    rig_wait_for_end(&first);

    cr_assert_eq(first.end, UPSTREAM_COMPLETE);
    cr_assert(text_equals(buffer_text(&first.body), TEXT("until the end")));
}

Test(upstream, a_204_has_no_body_and_keeps_the_connection)
{
    rig_get(&first);
    raw_wait_for_peers(server, 1);
    raw_send(server->peers[0], TEXT("HTTP/1.1 204 No Content\r\n\r\n"));
    rig_wait_for_end(&first);
    cr_assert_eq(first.end, UPSTREAM_COMPLETE);

    rig_get(&second);
    raw_wait_for_count(server->peers[0], TEXT(GET_U), 2);
}

Test(upstream, sends_once_more_when_a_reused_connection_turns_out_dead)
{
    complete_one(&first, 0);
    rig_get(&second);
    raw_wait_for_count(server->peers[0], TEXT(GET_U), 2);
    raw_close(server->peers[0]);
    raw_wait_for_peers(server, 2);
    raw_wait_for(server->peers[1], TEXT(GET_U));
    raw_send(server->peers[1], TEXT(OK_ABC));
    rig_wait_for_end(&second);

    cr_assert_eq(second.end, UPSTREAM_COMPLETE);
    cr_assert_eq(second.heads, 1);
}

Test(upstream, sends_only_once_more)
{
    complete_one(&first, 0);
    rig_get(&second);
    raw_wait_for_count(server->peers[0], TEXT(GET_U), 2);
    raw_close(server->peers[0]);
    raw_wait_for_peers(server, 2);
    raw_wait_for(server->peers[1], TEXT(GET_U));
    raw_close(server->peers[1]);
    rig_wait_for_end(&second);

    cr_assert_eq(second.end, UPSTREAM_CUT);
    cr_assert_eq(server->peer_count, 2);
}

Test(upstream, does_not_send_again_after_a_byte_of_the_answer)
{
    complete_one(&first, 0);
    rig_get(&second);
    raw_wait_for_count(server->peers[0], TEXT(GET_U), 2);
    raw_send(server->peers[0], TEXT("H"));
    rig_run_turns(3);
    raw_close(server->peers[0]);
    rig_wait_for_end(&second);

    cr_assert_eq(second.end, UPSTREAM_CUT);
    cr_assert_eq(server->peer_count, 1);
}

Test(upstream, a_fresh_connection_that_ends_unanswered_is_a_cut)
{
    rig_get(&first);
    raw_wait_for_peers(server, 1);
    raw_wait_for(server->peers[0], TEXT(GET_U));
    raw_close(server->peers[0]);
    rig_wait_for_end(&first);

    cr_assert_eq(first.end, UPSTREAM_CUT);
    cr_assert_eq(server->peer_count, 1);
}

Test(upstream, a_body_that_ends_early_is_a_cut)
{
    rig_get(&first);
    raw_wait_for_peers(server, 1);
    raw_send(server->peers[0], TEXT("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"));
    raw_wait_for(server->peers[0], TEXT(GET_U));
    rig_run_turns(3);
    raw_close(server->peers[0]);
    rig_wait_for_end(&first);

    cr_assert_eq(first.end, UPSTREAM_CUT);
    cr_assert(text_equals(buffer_text(&first.body), TEXT("abc")));
    cr_assert(text_find(text_of(first.why.message), TEXT("inside its answer")) >= 0);
}

Test(upstream, what_is_not_http_is_broken)
{
    rig_get(&first);
    raw_wait_for_peers(server, 1);
    raw_send(server->peers[0], TEXT("SSH-2.0-OpenSSH_9.2\r\n\r\n"));
    rig_wait_for_end(&first);

    cr_assert_eq(first.end, UPSTREAM_BROKEN);
}

Test(upstream, bytes_on_an_idle_connection_close_it)
{
    complete_one(&first, 0);
    raw_send(server->peers[0], TEXT("HTTP/1.1 408 Request Timeout\r\n\r\n"));
    raw_wait_for_end(server->peers[0]);
    complete_one(&second, 1);

    cr_assert_eq(server->peer_count, 2);
}

Test(upstream, bytes_after_an_answer_end_the_connection)
{
    rig_get(&first);
    raw_wait_for_peers(server, 1);
    raw_send(server->peers[0], TEXT(OK_ABC "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"));
    rig_wait_for_end(&first);
    cr_assert_eq(first.end, UPSTREAM_COMPLETE);

    raw_wait_for_end(server->peers[0]);
}

Test(upstream, an_idle_connection_is_closed_after_its_time)
{
    struct upstream_pool_options options = rig_pool_options();
    options.idle_timeout_ms = 20;
    server = rig_upstream(&options);
    complete_one(&first, 0);

    raw_wait_for_end(server->peers[0]);
}

Test(upstream, calls_beyond_the_bound_wait_their_turn)
{
    struct upstream_pool_options options = rig_pool_options();
    options.max_connections_per_origin = 1;
    server = rig_upstream(&options);
    rig_get(&first);
    rig_get(&second);
    rig_get(&third);
    raw_wait_for_peers(server, 1);
    raw_wait_for_count(server->peers[0], TEXT(GET_U), 1);
    raw_send(server->peers[0], TEXT(OK_ABC));
    rig_wait_for_end(&first);
    raw_wait_for_count(server->peers[0], TEXT(GET_U), 2);
    cr_assert_eq(third.ends, 0);

    raw_send(server->peers[0], TEXT("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
    rig_wait_for_end(&second);
    raw_wait_for_peers(server, 2);
    raw_wait_for_count(server->peers[1], TEXT(GET_U), 1);
    raw_send(server->peers[1], TEXT(OK_ABC));
    rig_wait_for_end(&third);

    cr_assert_eq(third.end, UPSTREAM_COMPLETE);
}

Test(upstream, waiting_in_the_queue_counts_as_connecting)
{
    struct upstream_pool_options options = rig_pool_options();
    options.max_connections_per_origin = 1;
    server = rig_upstream(&options);
    rig_get(&first);
    rig_start(&second, TEXT(GET_U), &(struct upstream_deadlines){.connect_ms = 20});
    rig_get(&third);
    rig_wait_for_end(&second);

    cr_assert_eq(second.end, UPSTREAM_CONNECT_FAILED);
    cr_assert_eq(first.ends, 0);
    cr_assert_eq(third.ends, 0);
}

Test(upstream, a_call_that_is_cancelled_in_the_queue_leaves_it)
{
    struct upstream_pool_options options = rig_pool_options();
    options.max_connections_per_origin = 1;
    server = rig_upstream(&options);
    rig_get(&first);
    rig_get(&second);
    rig_get(&third);
    upstream_call_cancel(second.call);
    raw_wait_for_peers(server, 1);
    raw_send(server->peers[0], TEXT(OK_ABC));
    rig_wait_for_end(&first);
    raw_wait_for_count(server->peers[0], TEXT(GET_U), 2);
    raw_send(server->peers[0], TEXT(OK_ABC));
    rig_wait_for_end(&third);

    cr_assert_eq(second.ends, 0);
}

Test(upstream, nobody_listening_is_a_failed_connect)
{
    loop_io_stop(server->io);
    close(server->fd);
    server->fd = -1;
    rig_get(&first);
    cr_assert_eq(first.ends, 0);
    rig_wait_for_end(&first);

    cr_assert_eq(first.end, UPSTREAM_CONNECT_FAILED);
    cr_assert(text_find(text_of(first.why.message), TEXT("Connection refused")) >= 0, "%s",
              first.why.message);
}

Test(upstream, the_next_call_may_be_started_from_inside_the_end)
{
    first.starts_next = &second;
    complete_one(&first, 0);
    raw_wait_for_count(server->peers[0], TEXT(GET_U), 2);
    raw_send(server->peers[0], TEXT(OK_ABC));
    rig_wait_for_end(&second);

    cr_assert_eq(second.end, UPSTREAM_COMPLETE);
    cr_assert_eq(server->peer_count, 1);
}

Test(upstream, closing_the_pool_tells_nobody)
{
    rig_get(&first);
    complete_one(&second, 1);
    upstream_pool_close(rig_pool);
    first.call = NULL;
    raw_wait_for_end(server->peers[0]);
    raw_wait_for_end(server->peers[1]);

    cr_assert_eq(first.ends, 0);
}
