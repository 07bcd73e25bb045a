/* Streams: pieces as they come, ends in order or not, on connections of their own. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/net/fetch_client.h"
#include "tests/unit/operator/kube/kube_rig.h"

TestSuite(kube_stream, .init = kube_set_up, .fini = kube_tear_down);

struct heard {
    struct arena *arena;
    struct fetch_call *call;
    int status, ends;
    int64_t retry_after_ms;
    struct error why;
    struct buffer body;
    bool cancels_at_piece;
};

static void
on_head(void *owner, int status, int64_t retry_after_ms)
{
    struct heard *heard = owner;
    heard->status = status;
    heard->retry_after_ms = retry_after_ms;
}

static void
on_piece(void *owner, struct text piece)
{
    struct heard *heard = owner;
    buffer_add_text(&heard->body, piece);
    if (heard->cancels_at_piece)
        fetch_cancel(heard->call);
}

static void
on_end(void *owner, const struct error *why)
{
    struct heard *heard = owner;
    heard->ends++;
    heard->why = *why;
}

static void
begin(struct heard *heard, int64_t hard_stop_ms)
{
    struct kube_path_request request = {.path = TEXT("/api/v1/pods?watch=1")};
    struct kube_stream_events events = {on_head, on_piece, on_end, heard};
    heard->arena = arena_new(0);
    buffer_init(&heard->body, kube_arena, 0);
    heard->call = kube_stream_start(heard->arena, kube_client, &request, hard_stop_ms, &events);
}

static bool
has_ended(void *owner)
{
    return ((struct heard *)owner)->ends > 0;
}

static void
until_end(struct heard *heard)
{
    scripted_run_until(kube_server, has_ended, heard);
    arena_free(heard->arena);
}

#define EVENTS "{\"type\":\"ADDED\"}\n{\"type\":\"BOOKMARK\"}\n"

Test(kube_stream, brings_the_same_wherever_the_bytes_are_cut)
{
    struct text whole = TEXT("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "14\r\n{\"type\":\"ADDED\"}\n{\"t\r\n11\r\nype\":\"BOOKMARK\"}\n\r\n0\r\n\r\n");
    for (size_t at = 1; at < whole.length; at++) {
        size_t splits[] = {at};
        scripted_server_add(kube_server,
                            &(struct scripted_answer){.bytes = whole, .splits = splits, .split_count = 1});
        struct heard heard = {0};
        begin(&heard, 10000);
        until_end(&heard);
        cr_assert_eq(heard.why.kind, ERROR_NONE, "cut at %zu: %s", at, heard.why.message);
        cr_assert(text_equals(buffer_text(&heard.body), TEXT(EVENTS)), "cut at %zu", at);
        cr_assert_eq(scripted_server_connections(kube_server), at, "each has its own connection");
    }
}

Test(kube_stream, a_status_with_its_time_is_told_at_once)
{
    scripted_server_add_reply(kube_server, NULL, 429, "Retry-After: 3\r\n", TEXT("{}"));
    struct heard heard = {0};
    begin(&heard, 10000);
    until_end(&heard);
    cr_assert_eq(heard.status, 429);
    cr_assert_eq(heard.retry_after_ms, 3000);
    cr_assert_eq(heard.why.kind, ERROR_NONE);
}

Test(kube_stream, a_reset_in_the_middle_is_an_end_with_a_reason)
{
    scripted_server_add(kube_server,
                        &(struct scripted_answer){
                            .bytes = TEXT("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n{\"ty"),
                            .then = SCRIPTED_RESET});
    struct heard heard = {0};
    begin(&heard, 10000);
    until_end(&heard);
    cr_assert_eq(heard.why.kind, ERROR_UNAVAILABLE);
}

Test(kube_stream, a_silent_one_meets_its_hard_stop)
{
    scripted_server_add(kube_server, &(struct scripted_answer){.bytes = TEXT("HTTP/1.1 200 OK\r\n\r\n")});
    struct heard heard = {0};
    begin(&heard, 80);
    until_end(&heard);
    cr_assert_eq(heard.status, 200);
    cr_assert_eq(heard.why.kind, ERROR_UNAVAILABLE);
}

Test(kube_stream, after_a_401_the_next_one_comes_with_new_credentials)
{
    kube_write_file("token", "second");
    for (int i = 0; i < 2; i++) {
        scripted_server_add_reply(kube_server, NULL, i == 0 ? 401 : 200, "", TEXT("{}"));
        struct heard heard = {0};
        begin(&heard, 10000);
        until_end(&heard);
    }
    cr_assert(kube_got(0, "Bearer first\r\n") && kube_got(1, "Bearer second\r\n"));
}

Test(kube_stream, is_cancelled_before_it_began_and_from_within)
{
    struct heard heard = {.cancels_at_piece = true};
    begin(&heard, 10000);
    fetch_cancel(heard.call);
    scripted_run_turns(kube_server, 5);
    cr_assert_eq(scripted_server_requests(kube_server), 0);
    arena_free(heard.arena);

    scripted_server_add(kube_server, &(struct scripted_answer){
                                         .bytes = TEXT("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")});
    begin(&heard, 10000);
    scripted_run_until_requests(kube_server, 1);
    scripted_run_turns(kube_server, 20);
    cr_assert(text_equals(buffer_text(&heard.body), TEXT("abc")));
    cr_assert_eq(heard.ends, 0);
    arena_free(heard.arena);
}

Test(kube_stream, takes_no_place_from_requests)
{
    struct heard heard = {0};
    begin(&heard, 10000);
    scripted_run_until_requests(kube_server, 1);
    cr_assert_eq(kube_client_in_flight(kube_client), 0);
    arena_free(heard.arena);
}
