/* Requests on the loop against a server that plays a script. */
#include "tests/unit/lib/net/fetch_rig.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"

TestSuite(fetch_client, .init = fetch_set_up, .fini = fetch_tear_down);

static bool
got(size_t request, const char *wanted)
{
    return text_find(scripted_server_got(fetch_server, request), text_of(wanted)) >= 0;
}

static void
add_raw(const char *expect, const char *bytes, enum scripted_then then)
{
    scripted_server_add(fetch_server,
                        &(struct scripted_answer){.expect = expect, .bytes = text_of(bytes), .then = then});
}

Test(fetch_client, brings_status_headers_and_body)
{
    scripted_server_add_reply(fetch_server, "GET / HTTP/1.1\r\n", 429, "retry-after: 7\r\n",
                              TEXT("slow down"));
    struct fetched fetched = {0};
    fetch_get(&fetched);
    cr_assert_eq(fetched.end, FETCH_COMPLETE);
    cr_assert_eq(fetched.status, 429);
    cr_assert_eq(fetched.heads, 1);
    cr_assert_str_eq(fetched.retry_after, "7");
    cr_assert(text_equals(buffer_text(&fetched.body), TEXT("slow down")));
    cr_assert_not(got(0, "Accept-Encoding"));
}

Test(fetch_client, sends_a_body_with_its_length_and_the_headers_given)
{
    scripted_server_add_reply(fetch_server, "PATCH ", 200, "", TEXT("{}"));
    struct fetched fetched = {0};
    fetch_begin(&fetched, &(struct fetch_request){.method = TEXT("PATCH"),
                                                  .headers = TEXT("Content-Type: a/b\nX-One: 1\n"),
                                                  .body = TEXT("{\"a\":1}")});
    cr_assert_eq(scripted_server_requests(fetch_server), 0, "nothing happens inside fetch_start");
    fetch_until_end(&fetched);
    cr_assert_eq(fetched.status, 200);
    cr_assert(got(0, "Content-Length: 7\r\n") && got(0, "Content-Type: a/b\r\n") && got(0, "X-One: 1\r\n"));
    cr_assert(got(0, "\r\n\r\n{\"a\":1}") && !got(0, "Expect"));
}

Test(fetch_client, a_post_without_a_body_says_so_and_claims_no_type)
{
    scripted_server_add_reply(fetch_server, "POST ", 201, "", TEXT("{}"));
    struct fetched fetched = {0};
    fetch_begin(&fetched, &(struct fetch_request){.method = TEXT("POST")});
    fetch_until_end(&fetched);
    cr_assert(got(0, "Content-Length: 0\r\n") && !got(0, "Content-Type"));
}

Test(fetch_client, keeps_its_connection_and_opens_another_for_a_watch)
{
    for (int i = 0; i < 4; i++)
        scripted_server_add_reply(fetch_server, NULL, 200, "", TEXT("x"));
    struct fetched fetched = {0};
    fetch_get(&fetched);
    fetch_get(&fetched);
    cr_assert_eq(scripted_server_connections(fetch_server), 1);
    fetch_begin(&fetched, &(struct fetch_request){.wants_fresh_connection = true});
    fetch_until_end(&fetched);
    fetch_get(&fetched);
    cr_assert_eq(scripted_server_connections(fetch_server), 2);
}

Test(fetch_client, an_answer_in_single_bytes_is_the_same_answer)
{
    scripted_server_add(fetch_server, &(struct scripted_answer){
                                          .bytes = TEXT("HTTP/1.1 100 Continue\r\n\r\n"
                                                        "HTTP/1.1 200 OK\r\nRetry-After: 1\r\n"
                                                        "Transfer-Encoding: chunked\r\n\r\n"
                                                        "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n"),
                                          .piece_bytes = 1});
    struct fetched fetched = {0};
    fetch_get(&fetched);
    cr_assert_eq(fetched.end, FETCH_COMPLETE);
    cr_assert_eq(fetched.heads, 1);
    cr_assert_eq(fetched.status, 200);
    cr_assert(text_equals(buffer_text(&fetched.body), TEXT("abcde")));
}

Test(fetch_client, a_redirect_is_an_answer_like_others)
{
    scripted_server_add_reply(fetch_server, NULL, 302, "Location: http://127.0.0.1:1/\r\n", TEXT(""));
    struct fetched fetched = {0};
    fetch_get(&fetched);
    cr_assert_eq(fetched.status, 302);
    cr_assert_eq(scripted_server_requests(fetch_server), 1);
}

Test(fetch_client, proxies_of_the_environment_are_not_used)
{
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    scripted_server_add_reply(fetch_server, NULL, 200, "", TEXT(""));
    struct fetched fetched = {0};
    fetch_get(&fetched);
    cr_assert_eq(fetched.status, 200);
}

Test(fetch_client, a_proxy_that_was_asked_for_is_used)
{
    fetch_client_set_identity(fetch_client,
                              &(struct fetch_identity){.proxy_url = fetch_url("http://127.0.0.1", "")});
    scripted_server_add_reply(fetch_server, "GET http://cluster.invalid/ HTTP/1.1", 200, "", TEXT(""));
    struct fetched fetched = {0};
    fetch_begin(&fetched, &(struct fetch_request){.url = TEXT("http://cluster.invalid/")});
    fetch_until_end(&fetched);
    cr_assert_eq(fetched.status, 200);
}

Test(fetch_client, nobody_listening_means_that_nothing_was_sent)
{
    struct fetched fetched = {0};
    fetch_begin(&fetched,
                &(struct fetch_request){.url = TEXT("http://127.0.0.1:1/"), .method = TEXT("PATCH")});
    fetch_until_end(&fetched);
    cr_assert_eq(fetched.end, FETCH_NOT_SENT);
    cr_assert_eq(fetched.why.kind, ERROR_UNAVAILABLE);
    cr_assert(strstr(fetched.why.message, "127.0.0.1:1"), "%s", fetched.why.message);
}

Test(fetch_client, what_is_no_address_is_told_from_the_loop)
{
    struct fetched fetched = {0};
    fetch_begin(&fetched, &(struct fetch_request){.url = TEXT("no address at all")});
    cr_assert_eq(fetched.ends, 0);
    fetch_until_end(&fetched);
    cr_assert_eq(fetched.end, FETCH_NOT_SENT);
    cr_assert_eq(fetched.why.kind, ERROR_INVALID);
}

Test(fetch_client, a_reset_after_the_request_leaves_its_outcome_unknown)
{
    add_raw("PATCH", "", SCRIPTED_RESET);
    struct fetched fetched = {0};
    fetch_begin(&fetched, &(struct fetch_request){.method = TEXT("PATCH"), .body = TEXT("{}")});
    fetch_until_end(&fetched);
    cr_assert_eq(fetched.end, FETCH_UNKNOWN);
    cr_assert_eq(scripted_server_requests(fetch_server), 1);
}

Test(fetch_client, a_write_is_not_sent_again_when_a_kept_connection_dies)
{
    scripted_server_add_reply(fetch_server, NULL, 200, "", TEXT("x"));
    add_raw("PATCH", "", SCRIPTED_CLOSE);
    struct fetched fetched = {0};
    fetch_get(&fetched);
    fetch_begin(&fetched, &(struct fetch_request){.method = TEXT("PATCH"), .body = TEXT("{}")});
    fetch_until_end(&fetched);
    cr_assert_eq(fetched.end, FETCH_UNKNOWN, "%s", fetched.why.message);
    cr_assert_eq(scripted_server_requests(fetch_server), 2);
}

Test(fetch_client, a_read_is_sent_again_when_a_kept_connection_dies)
{
    scripted_server_add_reply(fetch_server, NULL, 200, "", TEXT("x"));
    add_raw("GET", "", SCRIPTED_CLOSE);
    scripted_server_add_reply(fetch_server, NULL, 200, "", TEXT("y"));
    struct fetched fetched = {0};
    fetch_get(&fetched);
    fetch_get(&fetched);
    cr_assert_eq(fetched.end, FETCH_COMPLETE, "%s", fetched.why.message);
    cr_assert_eq(scripted_server_requests(fetch_server), 3);
}

Test(fetch_client, a_body_that_breaks_off_is_not_a_whole_answer)
{
    add_raw(NULL, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", SCRIPTED_CLOSE);
    struct fetched fetched = {0};
    fetch_get(&fetched);
    cr_assert_eq(fetched.end, FETCH_UNKNOWN);
    cr_assert_eq(fetched.status, 200);
}

Test(fetch_client, a_body_over_its_bound_ends_it)
{
    scripted_server_add_reply(fetch_server, NULL, 200, "", TEXT("12345678901"));
    struct fetched fetched = {0};
    fetch_begin(&fetched, &(struct fetch_request){.max_body_bytes = 10});
    fetch_until_end(&fetched);
    cr_assert_eq(fetched.end, FETCH_TOO_LONG);
    cr_assert(strstr(fetched.why.message, "10 bytes"), "%s", fetched.why.message);
}

Test(fetch_client, a_head_without_end_ends_it)
{
    struct buffer bytes;
    buffer_init(&bytes, fetch_arena, 0);
    buffer_add_string(&bytes, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 3000; i++)
        buffer_print(&bytes, "X-%d: and so on, and so on\r\n", i);
    scripted_server_add(fetch_server, &(struct scripted_answer){.bytes = buffer_text(&bytes)});
    struct fetched fetched = {0};
    fetch_get(&fetched);
    cr_assert_eq(fetched.end, FETCH_TOO_LONG);
}

Test(fetch_client, slow_headers_meet_the_time_limit)
{
    add_raw(NULL, "HTTP/1.1 200 OK\r\nContent-", SCRIPTED_KEEP);
    struct fetched fetched = {0};
    fetch_begin(&fetched, &(struct fetch_request){.method = TEXT("PATCH"), .total_ms = 60});
    fetch_until_end(&fetched);
    cr_assert_eq(fetched.end, FETCH_UNKNOWN);
}

Test(fetch_client, silence_in_a_stream_ends_it)
{
    add_raw(NULL, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", SCRIPTED_KEEP);
    struct fetched fetched = {0};
    fetch_begin(&fetched, &(struct fetch_request){.idle_ms = 60, .wants_fresh_connection = true});
    fetch_until_end(&fetched);
    cr_assert_eq(fetched.end, FETCH_UNKNOWN);
    cr_assert(text_equals(buffer_text(&fetched.body), TEXT("abc")));
}

Test(fetch_client, asks_before_it_sends_and_sends_nothing_when_told_not_to)
{
    struct fetched fetched = {.is_refused_to_send = true};
    fetch_begin(&fetched, &(struct fetch_request){.method = TEXT("DELETE")});
    fetch_until_end(&fetched);
    cr_assert_eq(fetched.end, FETCH_NOT_SENT);
    cr_assert_eq(scripted_server_requests(fetch_server), 0);
}

static bool
request_was_left(void *owner)
{
    (void)owner;
    return scripted_server_was_left(fetch_server, 0);
}

Test(fetch_client, cancelling_from_a_callback_ends_it_without_another)
{
    add_raw(NULL, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", SCRIPTED_KEEP);
    struct fetched fetched = {.cancels_at_head = true};
    fetch_begin(&fetched, &(struct fetch_request){0});
    scripted_run_until(fetch_server, request_was_left, NULL);
    cr_assert_eq(fetched.ends, 0);
    cr_assert_eq(fetched.body.length, 0);
    fetch_cancel(fetched.call);
    arena_free(fetched.arena);
}

Test(fetch_client, the_end_of_a_calls_arena_from_a_callback_cancels_it)
{
    add_raw(NULL, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", SCRIPTED_KEEP);
    struct fetched fetched = {.ends_arena_at_body = true};
    fetch_begin(&fetched, &(struct fetch_request){0});
    scripted_run_until_requests(fetch_server, 1);
    scripted_run_turns(fetch_server, 20);
    cr_assert_null(fetched.arena);
    cr_assert_eq(fetched.ends, 0);
}

Test(fetch_client, a_calls_arena_may_end_when_the_call_does)
{
    scripted_server_add_reply(fetch_server, NULL, 200, "", TEXT("x"));
    struct fetched fetched = {.ends_arena_at_end = true};
    fetch_get(&fetched);
    cr_assert_null(fetched.arena);
}

Test(fetch_client, what_is_open_when_the_client_ends_just_ends)
{
    struct fetched *fetched = arena_alloc(fetch_arena, sizeof(*fetched));
    fetch_begin(fetched, &(struct fetch_request){0});
    scripted_run_until_requests(fetch_server, 1);
    arena_free(fetched->arena);
    fetch_begin(fetched, &(struct fetch_request){0});
    struct arena *calls = fetched->arena;
    fetch_tear_down();
    arena_free(calls);
    fetch_set_up();
}

Test(fetch_client, a_new_identity_gets_new_connections)
{
    scripted_server_add_reply(fetch_server, NULL, 200, "", TEXT("x"));
    scripted_server_add_reply(fetch_server, NULL, 200, "", TEXT("x"));
    scripted_server_add_reply(fetch_server, NULL, 200, "", TEXT("x"));
    struct fetched fetched = {0};
    fetch_get(&fetched);
    fetch_client_set_identity(fetch_client, &(struct fetch_identity){.server_name = TEXT("api")});
    fetch_get(&fetched);
    fetch_client_set_identity(fetch_client, &(struct fetch_identity){.server_name = TEXT("api")});
    fetch_get(&fetched);
    cr_assert_eq(scripted_server_connections(fetch_server), 2);
    cr_assert(scripted_server_was_left(fetch_server, 0));
}
