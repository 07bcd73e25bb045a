/* Replies as they leave: streams, back-pressure, clients that leave or only end their sending. */
#include <criterion/criterion.h>
#include <sys/socket.h>

#include "lib/base/arena.h"
#include "tests/unit/lib/net/net_rig.h"

enum { TEN_MEGABYTES = 10 * 1024 * 1024, PIECE_BYTES = 50000 };

static struct call_owner owner;
static struct raw_peer *client;
static struct http_call *call;

static const struct http_header event_stream = {.name = TEXT("Content-Type"),
                                                .value = TEXT("text/event-stream")};
static const struct http_reply_head stream_head = {
    .status = 200, .headers = &event_stream, .header_count = 1};

static void
serve_one_call(void)
{
    rig_set_up();
    struct http_server_options options = rig_server_options();
    owner.mode = ANSWER_LATER;
    rig_serve(&owner, &options);
    client = rig_client_of(&owner);
    raw_send(client, TEXT("POST /s HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"));
    rig_wait_for_requests(&owner, 1);
    call = owner.calls[0];
}

TestSuite(http_stream, .init = serve_one_call, .fini = rig_tear_down, .timeout = 120);

static bool
was_told_gone(void *unused)
{
    (void)unused;
    return owner.gones > 0;
}

static bool
may_write(void *unused)
{
    (void)unused;
    return owner.writables > 0;
}

static struct text
pattern(size_t length)
{
    char *bytes = arena_alloc(rig_arena, length);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)('a' + (int)(i % 26));
    return (struct text){bytes, length};
}

Test(http_stream, sends_pieces_as_chunks_and_ends_them)
{
    http_call_start_reply(call, &stream_head);
    cr_assert(http_call_send(call, TEXT("data: 1\n\n")));
    raw_wait_for(client, TEXT("9\r\ndata: 1\n\n\r\n"));
    cr_assert(http_call_send(call, TEXT("data: 2\n\n")));
    http_call_end_reply(call);
    rig_wait_for_dones(&owner, 1);
    raw_wait_for(client, TEXT("9\r\ndata: 2\n\n\r\n0\r\n\r\n"));

    cr_assert(raw_has(client, TEXT("Transfer-Encoding: chunked\r\n")));
    cr_assert_not(raw_has(client, TEXT("Content-Length")));
}

Test(http_stream, leaves_in_one_segment_what_was_said_in_one_turn)
{
    http_call_start_reply(call, &stream_head);
    cr_assert(http_call_send(call, TEXT("one")));
    cr_assert(http_call_send(call, TEXT("two")));
    http_call_end_reply(call);

    cr_assert_eq(http_call_sent_bytes(call), 0);
    raw_wait_for(client, TEXT("3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"));
}

Test(http_stream, goes_on_with_the_connection_after_a_stream)
{
    http_call_start_reply(call, &stream_head);
    http_call_end_reply(call);
    raw_send(client, TEXT("GET /next HTTP/1.1\r\nHost: x\r\n\r\n"));
    rig_wait_for_requests(&owner, 2);
    rig_reply(owner.calls[1], 200, TEXT("next reply"));

    raw_wait_for(client, TEXT("next reply"));
}

Test(http_stream, says_stop_to_a_slow_reader_and_go_on_when_it_read)
{
    struct text piece = pattern(PIECE_BYTES);
    int pieces = 0;
    raw_read(client, false);
    http_call_start_reply(call, &stream_head);
    bool goes_on = true;
    while (goes_on) {
        goes_on = http_call_send(call, piece);
        pieces++;
        rig_run_turns(1);
    }
    cr_assert_eq(owner.writables, 0);

    raw_read(client, true);
    rig_run_until(may_write, NULL);
    http_call_end_reply(call);
    rig_wait_for_dones(&owner, 1);
    raw_wait_for(client, TEXT("\r\n0\r\n\r\n"));

    cr_assert_eq(owner.writables, 1);
    cr_assert_eq(text_count(raw_received(client), TEXT("c350\r\nabc")), (size_t)pieces);
    cr_assert_eq(text_count(raw_received(client), piece), (size_t)pieces);
}

Test(http_stream, delivers_ten_megabytes_to_a_reader_that_dawdles)
{
    struct text body = pattern(TEN_MEGABYTES);
    raw_read(client, false);
    rig_reply(call, 200, body);
    rig_run_turns(3);
    cr_assert_eq(owner.dones, 0);

    raw_read(client, true);
    rig_wait_for_dones(&owner, 1);
    raw_wait_for_length(client, owner.last_sent_bytes);

    cr_assert_eq(text_count(raw_received(client), body), 1);
}

Test(http_stream, an_abandoned_reply_is_visibly_not_whole)
{
    http_call_start_reply(call, &stream_head);
    cr_assert(http_call_send(call, TEXT("half")));
    http_call_abandon(call);

    rig_wait_for_dones(&owner, 1);
    raw_wait_for_end(client);

    cr_assert(raw_has(client, TEXT("half")));
    cr_assert_not(raw_has(client, TEXT("0\r\n\r\n")));
    cr_assert_eq(owner.gones, 0);
}

Test(http_stream, tells_that_the_client_left_before_the_reply_began)
{
    raw_close(client);
    rig_run_until(was_told_gone, NULL);
    cr_assert_eq(owner.dones, 0);

    http_call_abandon(call);
    rig_wait_for_dones(&owner, 1);

    cr_assert_eq(owner.gones, 1);
}

Test(http_stream, tells_that_the_client_left_inside_the_reply)
{
    owner.abandons_when_gone = true;
    http_call_start_reply(call, &stream_head);
    (void)http_call_send(call, TEXT("half"));
    raw_wait_for(client, TEXT("half"));
    raw_close(client);
    while (owner.dones == 0) {
        if (owner.gones == 0)
            (void)http_call_send(call, TEXT("more"));
        rig_run_turns(1);
    }

    cr_assert_eq(owner.gones, 1);
    cr_assert_eq(owner.dones, 1);
}

Test(http_stream, tells_that_the_client_left_a_stream_that_stands_still)
{
    owner.abandons_when_gone = true;
    http_call_start_reply(call, &stream_head);
    (void)http_call_send(call, TEXT("half"));
    raw_wait_for(client, TEXT("half"));
    raw_close(client);

    rig_wait_for_dones(&owner, 1);

    cr_assert_eq(owner.gones, 1);
}

Test(http_stream, tells_that_a_client_with_a_full_window_was_reset)
{
    struct linger at_once = {.l_onoff = 1};
    owner.abandons_when_gone = true;
    raw_read(client, false);
    rig_reply(call, 200, pattern(TEN_MEGABYTES));
    rig_run_turns(2);
    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    raw_close(client);

    rig_wait_for_dones(&owner, 1);
}

Test(http_stream, an_owner_may_finish_for_itself_after_the_client_left)
{
    raw_close(client);
    rig_run_until(was_told_gone, NULL);

    http_call_start_reply(call, &stream_head);
    cr_assert(http_call_send(call, pattern(PIECE_BYTES)));
    http_call_end_reply(call);
    rig_wait_for_dones(&owner, 1);

    cr_assert_eq(http_server_connection_count(owner.server), 0);
}

Test(http_stream, a_client_that_only_ended_its_sending_gets_its_reply)
{
    raw_half_close(client);
    raw_wait_for(client, TEXT("HTTP/1.1 100 Continue\r\n\r\n"));
    rig_run_turns(3);
    rig_reply(call, 200, TEXT("the reply"));

    raw_wait_for_end(client);

    cr_assert(raw_has(client, TEXT("the reply")));
    cr_assert_eq(owner.gones, 0);
}

Test(http_stream, a_stream_to_a_client_that_only_ended_its_sending_is_whole)
{
    http_call_start_reply(call, &stream_head);
    (void)http_call_send(call, TEXT("first"));
    raw_wait_for(client, TEXT("first"));
    raw_half_close(client);
    rig_run_turns(3);
    (void)http_call_send(call, TEXT("second"));
    http_call_end_reply(call);

    raw_wait_for_end(client);

    cr_assert(raw_has(client, TEXT("6\r\nsecond\r\n0\r\n\r\n")));
    cr_assert_eq(owner.gones, 0);
}

Test(http_stream, requests_pipelined_before_the_client_ended_its_sending_are_answered)
{
    raw_send(client,
             TEXT("GET /two HTTP/1.1\r\nHost: x\r\n\r\nGET /three HTTP/1.1\r\nHost: x\r\n\r\nGET /ha"));
    rig_run_turns(3);
    raw_half_close(client);
    rig_run_turns(3);
    rig_reply(call, 200, TEXT("one"));
    rig_wait_for_requests(&owner, 2);
    rig_reply(owner.calls[1], 200, TEXT("two"));
    rig_wait_for_requests(&owner, 3);
    rig_reply(owner.calls[2], 200, TEXT("three"));

    raw_wait_for_end(client);

    cr_assert_eq(owner.requests, 3);
    cr_assert_eq(text_count(raw_received(client), TEXT("HTTP/1.1 200 OK")), 3);
}

Test(http_stream, a_bad_request_pipelined_before_the_client_ended_its_sending_is_refused)
{
    raw_send(client, TEXT("GET /two HTTP/9.9\r\n\r\n"));
    rig_run_turns(3);
    raw_half_close(client);
    rig_run_turns(3);
    rig_reply(call, 200, TEXT("one"));

    raw_wait_for_end(client);

    cr_assert(raw_has(client, TEXT("HTTP/1.1 505 ")));
    cr_assert_eq(owner.dones, 1);
    cr_assert_eq(owner.gones, 0);
}

Test(http_stream, a_refusal_to_a_client_that_reads_nothing_ends_with_the_client)
{
    struct linger at_once = {.l_onoff = 1};
    raw_read(client, false);
    raw_send(client, TEXT("nonsense\r\n\r\n"));
    rig_reply(call, 200, pattern(TEN_MEGABYTES));
    rig_run_turns(3);
    raw_read(client, true);
    raw_wait_for_length(client, TEN_MEGABYTES - 1000000);
    raw_read(client, false);
    rig_run_turns(3);
    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    raw_close(client);
    rig_wait_for_dones(&owner, 1);

    while (http_server_connection_count(owner.server) > 0)
        rig_run_turns(1);
    cr_assert_eq(owner.requests, 1);
}

Test(http_stream, an_http_1_0_client_gets_the_stream_until_close)
{
    struct raw_peer *old = rig_client_of(&owner);
    raw_send(old, TEXT("GET /old HTTP/1.0\r\n\r\n"));
    rig_wait_for_requests(&owner, 2);
    http_call_start_reply(owner.calls[1], &stream_head);
    (void)http_call_send(owner.calls[1], TEXT("plain "));
    (void)http_call_send(owner.calls[1], TEXT("bytes"));
    http_call_end_reply(owner.calls[1]);

    raw_wait_for_end(old);

    cr_assert(text_ends_with(raw_received(old), TEXT("Connection: close\r\n\r\nplain bytes")));
}
