/* One exchange: deadlines as events, pausing, cancelling inside and between callbacks, large requests and
 * answers. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "tests/unit/lib/net/upstream_rig.h"

enum { LARGE_BYTES = 8 * 1024 * 1024 };

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

static struct raw_server *server;
static struct exchange first, second;

static void
prepare(void)
{
    struct upstream_pool_options options = rig_pool_options();
    rig_set_up();
    server = rig_upstream(&options);
}

TestSuite(upstream_call, .init = prepare, .fini = rig_tear_down, .timeout = 60);

static bool
is_cancelled(void *owner)
{
    return ((struct exchange *)owner)->call == NULL;
}

Test(upstream_call, no_first_byte_in_time_is_a_timeout)
{
    rig_start(&first, TEXT(GET_U), &(struct upstream_deadlines){.first_byte_ms = 20});
    rig_wait_for_end(&first);

    cr_assert_eq(first.end, UPSTREAM_TIMEOUT);
    cr_assert(text_find(text_of(first.why.message), TEXT("no byte of an answer within 20 ms")) >= 0);
    raw_wait_for_peers(server, 1);
    raw_wait_for_end(server->peers[0]);
}

Test(upstream_call, a_gap_inside_the_answer_is_a_timeout)
{
    rig_start(&first, TEXT(GET_U), &(struct upstream_deadlines){.first_byte_ms = 15000, .gap_ms = 20});
    raw_wait_for_peers(server, 1);
    raw_send(server->peers[0], TEXT(CHUNKED "3\r\nabc\r\n"));
    rig_wait_for_end(&first);

    cr_assert_eq(first.end, UPSTREAM_TIMEOUT);
    cr_assert_eq(first.status, 200);
    cr_assert(text_equals(buffer_text(&first.body), TEXT("abc")));
}

Test(upstream_call, the_total_deadline_holds_whatever_arrives)
{
    rig_start(&first, TEXT(GET_U),
              &(struct upstream_deadlines){.first_byte_ms = 15000, .gap_ms = 15000, .total_ms = 30});
    raw_wait_for_peers(server, 1);
    raw_send(server->peers[0], TEXT(CHUNKED "3\r\nabc\r\n"));
    rig_wait_for_end(&first);

    cr_assert_eq(first.end, UPSTREAM_TIMEOUT);
    cr_assert(text_find(text_of(first.why.message), TEXT("within 30 ms")) >= 0);
}

Test(upstream_call, cancelling_inside_on_head_ends_all_callbacks)
{
    first.cancel_at = CANCEL_AT_HEAD;
    rig_get(&first);
    raw_wait_for_peers(server, 1);
    raw_send(server->peers[0], TEXT(OK_ABC));
    rig_run_until(is_cancelled, &first);
    raw_wait_for_end(server->peers[0]);

    cr_assert_eq(first.heads, 1);
    cr_assert_eq(first.body.length, 0);
    cr_assert_eq(first.ends, 0);
}

Test(upstream_call, cancelling_inside_on_body_ends_all_callbacks)
{
    first.cancel_at = CANCEL_AT_BODY;
    rig_get(&first);
    raw_wait_for_peers(server, 1);
    raw_send(server->peers[0], TEXT(CHUNKED "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"));
    rig_run_until(is_cancelled, &first);
    raw_wait_for_end(server->peers[0]);

    cr_assert(text_equals(buffer_text(&first.body), TEXT("abc")));
    cr_assert_eq(first.ends, 0);
}

Test(upstream_call, cancelling_inside_on_end_is_harmless)
{
    first.cancel_at = CANCEL_AT_END;
    rig_get(&first);
    raw_wait_for_peers(server, 1);
    raw_send(server->peers[0], TEXT(OK_ABC));
    rig_wait_for_end(&first);
    rig_get(&second);
    raw_wait_for_count(server->peers[0], TEXT(GET_U), 2);

    cr_assert_eq(first.end, UPSTREAM_COMPLETE);
}

Test(upstream_call, cancelling_inside_a_failed_end_is_harmless)
{
    first.cancel_at = CANCEL_AT_END;
    rig_get(&first);
    raw_wait_for_peers(server, 1);
    raw_send(server->peers[0], TEXT("nonsense\r\n\r\n"));
    rig_wait_for_end(&first);

    cr_assert_eq(first.end, UPSTREAM_BROKEN);
}

Test(upstream_call, cancelling_before_anything_happened_is_silent)
{
    rig_get(&first);
    upstream_call_cancel(first.call);
    rig_run_turns(5);

    cr_assert_eq(first.ends, 0);
}

Test(upstream_call, cancelling_while_the_answer_is_awaited_closes_the_connection)
{
    rig_get(&first);
    raw_wait_for_peers(server, 1);
    raw_wait_for(server->peers[0], TEXT(GET_U));
    upstream_call_cancel(first.call);
    raw_wait_for_end(server->peers[0]);

    cr_assert_eq(first.ends, 0);
}

Test(upstream_call, sends_a_large_request_to_a_server_that_reads_slowly)
{
    struct buffer request;
    buffer_init(&request, rig_arena, LARGE_BYTES + 200);
    buffer_print(&request, "POST /u HTTP/1.1\r\nHost: u\r\nContent-Length: %d\r\n\r\n", LARGE_BYTES);
    memset(buffer_reserve(&request, LARGE_BYTES), 'q', LARGE_BYTES);
    buffer_grew(&request, LARGE_BYTES);
    rig_start(&first, buffer_text(&request), &(struct upstream_deadlines){0});
    raw_wait_for_peers(server, 1);
    raw_read(server->peers[0], false);
    rig_run_turns(5);
    raw_read(server->peers[0], true);
    raw_wait_for_length(server->peers[0], request.length);
    raw_send(server->peers[0], TEXT(OK_ABC));
    rig_wait_for_end(&first);

    cr_assert_eq(first.end, UPSTREAM_COMPLETE);
    cr_assert(text_equals(raw_received(server->peers[0]), buffer_text(&request)));
}

Test(upstream_call, an_answer_before_the_request_is_whole_ends_the_connection)
{
    struct buffer request;
    buffer_init(&request, rig_arena, LARGE_BYTES + 200);
    buffer_print(&request, "POST /u HTTP/1.1\r\nHost: u\r\nContent-Length: %d\r\n\r\n", LARGE_BYTES);
    memset(buffer_reserve(&request, LARGE_BYTES), 'q', LARGE_BYTES);
    buffer_grew(&request, LARGE_BYTES);
    rig_start(&first, buffer_text(&request), &(struct upstream_deadlines){0});
    raw_wait_for_peers(server, 1);
    raw_read(server->peers[0], false);
    rig_run_turns(3);
    raw_send(server->peers[0], TEXT("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig"));
    rig_wait_for_end(&first);
    rig_get(&second);
    raw_wait_for_peers(server, 2);

    cr_assert_eq(first.end, UPSTREAM_COMPLETE);
    cr_assert_eq(first.status, 413);
}

static bool
has_a_body(void *owner)
{
    return ((struct exchange *)owner)->body.length > 0;
}

Test(upstream_call, a_paused_call_reads_nothing_and_its_gap_stands_still)
{
    struct buffer answer;
    buffer_init(&answer, rig_arena, LARGE_BYTES + 200);
    buffer_print(&answer, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", LARGE_BYTES);
    memset(buffer_reserve(&answer, LARGE_BYTES), 'q', LARGE_BYTES);
    buffer_grew(&answer, LARGE_BYTES);
    first.pauses_at_body = true;
    rig_start(&first, TEXT(GET_U), &(struct upstream_deadlines){.gap_ms = 50});
    raw_wait_for_peers(server, 1);
    raw_send(server->peers[0], buffer_text(&answer));
    rig_run_until(has_a_body, &first);
    size_t before = first.body.length;
    loop_timer_start(loop_timer_new(rig_loop, rig_arena, (loop_timer_fn)loop_stop, rig_loop), 120);
    loop_run(rig_loop);
    cr_assert_eq(first.body.length, before);
    cr_assert_eq(first.ends, 0);

    first.pauses_at_body = false;
    upstream_call_pause(first.call, false);
    rig_wait_for_end(&first);

    cr_assert_eq(first.end, UPSTREAM_COMPLETE);
    cr_assert_eq(first.body.length, LARGE_BYTES);
}

struct url_case {
    const char *url;
    const char *host;
    const char *path;
};

Test(upstream_call, origins_are_found_again_and_know_their_host_header)
{
    static const struct url_case cases[] = {
        {"http://127.0.0.1:9000/v1/", "127.0.0.1:9000", "/v1"},
        {"http://example.com", "example.com", ""},
        {"http://example.com:80/", "example.com", ""},
        {"http://[::1]:8080/a/b", "[::1]:8080", "/a/b"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct upstream_origin *once = NULL, *again = NULL;
        struct error err = {0};
        cr_assert(upstream_origin_get(rig_pool, text_of(cases[i].url), NULL, &once, &err), "%s", err.message);
        cr_assert(upstream_origin_get(rig_pool, text_of(cases[i].url), NULL, &again, &err));
        cr_expect_eq(once, again);
        cr_expect(text_equals(upstream_origin_host_header(once), text_of(cases[i].host)));
        cr_expect(text_equals(upstream_url_path(text_of(cases[i].url)), text_of(cases[i].path)));
    }
}

Test(upstream_call, bad_base_urls_are_refused)
{
    static const char *const cases[] = {
        "ftp://a",       "a.example",      "http://",     "http://a:0/",  "http://a:99999",
        "http://u:p@a/", "http://a/?q",    "http://a/#f", "http://a b/",  "https://needs-a-tls-context",
        "http://[::1",   "http://[::1]x/", "http://a:",   "http://a%41/", "",
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct upstream_origin *origin = NULL;
        struct error err = {0};
        cr_expect_not(upstream_origin_get(rig_pool, text_of(cases[i]), NULL, &origin, &err), "%s", cases[i]);
        cr_expect_eq(err.kind, ERROR_INVALID);
    }
}
