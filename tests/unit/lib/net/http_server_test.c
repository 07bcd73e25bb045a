/* How requests become calls, over real sockets: framing, order, keep-alive, interim replies, refusals. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "tests/unit/lib/net/net_rig.h"

#define POST_ABC "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"

static struct call_owner owner;
static struct raw_peer *client;

static void
serve(void)
{
    rig_set_up();
    struct http_server_options options = rig_server_options();
    options.max_body_bytes = 100000;
    rig_serve(&owner, &options);
    client = rig_client_of(&owner);
}

TestSuite(http_server, .init = serve, .fini = rig_tear_down, .timeout = 60);

Test(http_server, answers_a_request_and_keeps_the_connection)
{
    raw_send(client, TEXT(POST_ABC));
    raw_wait_for(client, TEXT("POST /a [abc]"));
    raw_send(client, TEXT("GET /b HTTP/1.1\r\nHost: x\r\n\r\n"));
    raw_wait_for(client, TEXT("GET /b []"));

    cr_assert(text_starts_with(raw_received(client),
                               TEXT("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: ")));
    cr_assert(raw_has(client, TEXT("Content-Length: 13\r\n")));
    cr_assert_not(raw_has(client, TEXT("Connection:")));
    cr_assert_not(client->has_ended);
}

Test(http_server, answers_fifty_pipelined_posts_of_one_segment_in_order)
{
    struct buffer all;
    buffer_init(&all, rig_arena, 0);
    for (int i = 0; i < 50; i++)
        buffer_print(&all, "POST /n%02d HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nbod%02d", i, i);
    raw_send(client, buffer_text(&all));

    raw_wait_for_count(client, TEXT("HTTP/1.1 200"), 50);
    raw_wait_for(client, TEXT("[bod49]"));

    ptrdiff_t before = -1;
    for (int i = 0; i < 50; i++) {
        ptrdiff_t at = text_find(raw_received(client), text_format(rig_arena, "POST /n%02d [bod%02d]", i, i));
        cr_assert_gt(at, before);
        before = at;
    }
    rig_wait_for_dones(&owner, 50);
}

Test(http_server, looks_at_the_next_request_only_when_the_reply_before_is_finished)
{
    owner.mode = ANSWER_LATER;
    raw_send(client, TEXT(POST_ABC POST_ABC POST_ABC));
    rig_wait_for_requests(&owner, 1);
    rig_run_turns(5);
    cr_assert_eq(owner.requests, 1);

    rig_reply(owner.calls[0], 200, TEXT("first"));
    rig_wait_for_requests(&owner, 2);
    rig_reply(owner.calls[1], 200, TEXT("second"));
    rig_wait_for_requests(&owner, 3);
    rig_reply(owner.calls[2], 200, TEXT("third"));
    raw_wait_for(client, TEXT("third"));

    cr_assert_lt(text_find(raw_received(client), TEXT("first")),
                 text_find(raw_received(client), TEXT("second")));
}

Test(http_server, keeps_more_pipelined_bytes_than_fit_one_read)
{
    struct buffer all;
    buffer_init(&all, rig_arena, 0);
    owner.mode = ANSWER_LATER;
    for (int i = 0; i < 20; i++) {
        buffer_print(&all, "POST /n%02d HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n\r\n", i);
        memset(buffer_reserve(&all, 30000), 'a' + i, 30000);
        buffer_grew(&all, 30000);
    }
    raw_send(client, buffer_text(&all));

    for (int i = 0; i < 20; i++) {
        rig_wait_for_requests(&owner, i + 1);
        struct text body = http_call_body(owner.calls[i]);
        cr_assert_eq(body.length, 30000);
        cr_assert_eq(body.bytes[0], 'a' + i);
        cr_assert_eq(body.bytes[29999], 'a' + i);
        rig_reply(owner.calls[i], 200, TEXT("ok"));
    }
    raw_wait_for_count(client, TEXT("HTTP/1.1 200"), 20);
}

Test(http_server, takes_requests_byte_by_byte)
{
    client->send_at_most = 1;
    raw_send(client, TEXT(POST_ABC "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                                   "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n" POST_ABC));

    raw_wait_for_count(client, TEXT("POST /a [abc]"), 2);

    cr_assert(raw_has(client, TEXT("POST /c [abcdefg]")));
}

Test(http_server, decodes_chunked_bodies_that_come_whole)
{
    raw_send(client, TEXT("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                          "3\r\nabc\r\n0\r\n\r\n" POST_ABC));

    raw_wait_for(client, TEXT("POST /c [abc]"));
    raw_wait_for(client, TEXT("POST /a [abc]"));
}

Test(http_server, says_continue_to_a_client_that_waits_for_it)
{
    raw_send(client,
             TEXT("POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"));
    raw_wait_for(client, TEXT("HTTP/1.1 100 Continue\r\n\r\n"));
    raw_send(client, TEXT("wxyz"));

    raw_wait_for(client, TEXT("POST /e [wxyz]"));
}

Test(http_server, refuses_a_large_body_before_it_is_sent)
{
    raw_send(client,
             TEXT("POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\nExpect: 100-continue\r\n\r\n"));

    raw_wait_for_end(client);

    cr_assert(text_starts_with(raw_received(client), TEXT("HTTP/1.1 413 ")));
    cr_assert_eq(owner.last_refusal, 413);
    cr_assert_eq(owner.requests, 0);
}

Test(http_server, refuses_a_chunked_body_that_grows_too_large)
{
    struct buffer body;
    buffer_init(&body, rig_arena, 0);
    buffer_add_string(&body, "POST /e HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n186a1\r\n");
    memset(buffer_reserve(&body, 100001), 'a', 100001);
    buffer_grew(&body, 100001);
    raw_send(client, buffer_text(&body));

    raw_wait_for_end(client);

    cr_assert(text_starts_with(raw_received(client), TEXT("HTTP/1.1 413 ")));
}

Test(http_server, takes_a_body_of_exactly_the_bound)
{
    struct buffer body;
    buffer_init(&body, rig_arena, 0);
    buffer_add_string(&body, "POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
    memset(buffer_reserve(&body, 100000), 'a', 100000);
    buffer_grew(&body, 100000);
    raw_send(client, buffer_text(&body));

    raw_wait_for(client, TEXT("aaa]"));

    rig_wait_for_dones(&owner, 1);
    cr_assert_eq(owner.last_sent_bytes, raw_received(client).length);
}

struct bad_request {
    const char *bytes;
    const char *status_line;
};

Test(http_server, refuses_bad_framing_with_a_json_error_and_closes)
{
    static const struct bad_request cases[] = {
        {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
         "HTTP/1.1 400 "},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "HTTP/1.1 501 "},
        {"GET / HTTP/1.1\nHost: x\n\n", "HTTP/1.1 400 "},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 400 "},
        {"\x16\x03\x01\x02", "HTTP/1.1 400 "},
        {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", "HTTP/1.1 505 "},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct raw_peer *bad = rig_client_of(&owner);
        raw_send(bad, text_of(cases[i].bytes));
        raw_wait_for_end(bad);
        struct text seen = raw_received(bad);
        cr_expect(text_starts_with(seen, text_of(cases[i].status_line)), "%zu: %.*s", i, TEXT_ARG(seen));
        cr_expect(raw_has(bad, TEXT("Connection: close\r\n")));
        cr_expect(raw_has(bad, TEXT("\"code\":\"bad_request\"}}")));
        cr_expect_not(bad->was_reset);
    }
    cr_assert_eq(owner.requests, 0);
    cr_assert_eq(owner.refusals, (int)COUNT_OF(cases));
}

Test(http_server, refuses_a_head_that_never_ends)
{
    struct buffer head;
    buffer_init(&head, rig_arena, 0);
    buffer_add_string(&head, "GET / HTTP/1.1\r\nHost: x\r\nA: ");
    memset(buffer_reserve(&head, 40000), 'a', 40000);
    buffer_grew(&head, 40000);
    raw_send(client, buffer_text(&head));

    raw_wait_for_end(client);

    cr_assert(text_starts_with(raw_received(client), TEXT("HTTP/1.1 431 ")));
}

Test(http_server, answers_the_requests_before_a_bad_one)
{
    raw_send(client, TEXT(POST_ABC "GET / HTTP/1.1\r\nHost : x\r\n\r\n" POST_ABC));

    raw_wait_for_end(client);

    cr_assert_eq(text_count(raw_received(client), TEXT("HTTP/1.1 200")), 1);
    cr_assert_eq(text_count(raw_received(client), TEXT("HTTP/1.1 400")), 1);
    cr_assert_eq(owner.requests, 1);
}

Test(http_server, closes_when_the_client_asks_for_it)
{
    raw_send(client, TEXT("GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));

    raw_wait_for_end(client);

    cr_assert(raw_has(client, TEXT("Connection: close\r\n")));
    cr_assert(raw_has(client, TEXT("GET /b []")));
}

Test(http_server, speaks_http_1_0)
{
    raw_send(client, TEXT("GET /b HTTP/1.0\r\n\r\n"));

    raw_wait_for_end(client);

    cr_assert(raw_has(client, TEXT("GET /b []")));
    cr_assert(raw_has(client, TEXT("Connection: close\r\n")));
}

Test(http_server, sends_no_body_to_head_but_its_length)
{
    raw_send(client, TEXT("HEAD /b HTTP/1.1\r\nHost: x\r\n\r\nGET /c HTTP/1.1\r\nHost: x\r\n\r\n"));

    raw_wait_for(client, TEXT("GET /c []"));

    cr_assert_not(raw_has(client, TEXT("HEAD /b []")));
    cr_assert_eq(text_count(raw_received(client), TEXT("Content-Length: ")), 2);
}

Test(http_server, drops_reply_headers_that_would_split_the_reply)
{
    static const struct http_header headers[] = {{TEXT("X-Bad"), TEXT("a\r\nX-Injected: b")},
                                                 {TEXT("X-Good"), TEXT("c")}};
    const struct http_reply_head head = {.status = 204, .headers = headers, .header_count = 2};
    owner.mode = ANSWER_LATER;
    raw_send(client, TEXT(POST_ABC));
    rig_wait_for_requests(&owner, 1);

    http_call_reply(owner.calls[0], &head, TEXT(""));
    raw_wait_for(client, TEXT("\r\n\r\n"));

    cr_assert_not(raw_has(client, TEXT("X-Injected")));
    cr_assert(raw_has(client, TEXT("X-Good: c\r\n")));
    cr_assert_not(raw_has(client, TEXT("Content-Length")));
}

Test(http_server, knows_the_peer_and_when_the_request_began)
{
    owner.mode = ANSWER_LATER;
    raw_send(client, TEXT(POST_ABC));
    rig_wait_for_requests(&owner, 1);

    cr_assert(text_equals(http_call_peer(owner.calls[0]), TEXT("127.0.0.1")));
    cr_assert_gt(http_call_started_us(owner.calls[0]), 0);
}

Test(http_server, walks_the_calls_that_have_a_state)
{
    owner.mode = ANSWER_LATER;
    int mark = 0;
    cr_assert_null(http_server_next_call(owner.server, NULL));
    struct raw_peer *other = rig_client_of(&owner), *idle = rig_client_of(&owner);
    raw_send(client, TEXT(POST_ABC));
    raw_send(other, TEXT(POST_ABC));
    raw_send(idle, TEXT("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na"));
    rig_wait_for_requests(&owner, 2);
    for (size_t i = 0; i < 2; i++)
        http_call_set_state(owner.calls[i], &mark);
    struct http_call *first = http_server_next_call(owner.server, NULL);
    struct http_call *second = http_server_next_call(owner.server, first);
    cr_assert(first && second && first != second);
    cr_assert_null(http_server_next_call(owner.server, second));
    rig_reply(owner.calls[0], 200, TEXT("done"));
    rig_wait_for_dones(&owner, 1);
    first = http_server_next_call(owner.server, NULL);
    cr_assert(first == owner.calls[1] || first == owner.calls[0]);
    cr_assert_null(http_server_next_call(owner.server, first));
    raw_send(idle, TEXT("bc"));
    rig_wait_for_requests(&owner, 3);
}
