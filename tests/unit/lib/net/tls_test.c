/* TLS on both sides: our server and our upstream pool talk to each other over loopback. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/file.h"
#include "lib/net/tls.h"
#include "lib/net/tls_certificate.h"
#include "tests/unit/lib/net/certificate_rig.h"
#include "tests/unit/lib/net/upstream_rig.h"

enum { LARGE_BYTES = 6 * 1024 * 1024 };

static struct certificate_files files;
static struct call_owner owner;
static struct exchange first, second;

static void
prepare(void)
{
    rig_set_up();
    certificates_make(&files, 30);
}

static void
clean_up(void)
{
    rig_tear_down();
    certificates_remove(&files);
}

TestSuite(tls, .init = prepare, .fini = clean_up, .timeout = 60);

static void
serve(const char *client_authority)
{
    struct http_server_options options = rig_server_options();
    struct error err = {0};
    options.address = "0.0.0.0";
    const struct tls_server_files server = {files.chain, files.key, client_authority};
    cr_assert(tls_server_context(rig_arena, &server, &options.tls, &err), "%s", err.message);
    rig_serve(&owner, &options);
}

/* A pool whose origin is our own server under this name. */
static void
dial(const char *host, const char *authority)
{
    struct upstream_pool_options options = rig_pool_options();
    struct tls_context *tls = NULL;
    struct error err = {0};
    struct text url = text_format(rig_arena, "https://%s:%d", host, http_server_port(owner.server));
    cr_assert(tls_client_context(rig_arena, authority, &tls, &err), "%s", err.message);
    rig_pool = upstream_pool_new(rig_arena, rig_loop, &options);
    cr_assert(upstream_origin_get(rig_pool, url, tls, &rig_origin, &err), "%s", err.message);
}

static bool
has(const char *message, const char *wanted)
{
    return strstr(message, wanted) != NULL;
}

Test(tls, carries_requests_and_answers_and_keeps_the_connection)
{
    serve(NULL);
    dial("localhost", files.authority);
    rig_get(&first);
    rig_wait_for_end(&first);
    rig_get(&second);
    rig_wait_for_end(&second);

    cr_assert_eq(first.end, UPSTREAM_COMPLETE, "%s", first.why.message);
    cr_assert(text_equals(buffer_text(&second.body), TEXT("GET /u []")));
    cr_assert_eq(http_server_connection_count(owner.server), 1);
}

Test(tls, verifies_addresses_too)
{
    serve(NULL);
    dial("127.0.0.1", files.authority);
    rig_get(&first);
    rig_wait_for_end(&first);

    cr_assert_eq(first.end, UPSTREAM_COMPLETE, "%s", first.why.message);
}

Test(tls, carries_large_bodies_both_ways)
{
    struct buffer request;
    buffer_init(&request, rig_arena, LARGE_BYTES + 200);
    buffer_print(&request, "POST /u HTTP/1.1\r\nHost: u\r\nContent-Length: %d\r\n\r\n", LARGE_BYTES);
    char *body = buffer_reserve(&request, LARGE_BYTES);
    for (size_t i = 0; i < LARGE_BYTES; i++)
        body[i] = (char)('a' + (int)(i % 25));
    buffer_grew(&request, LARGE_BYTES);
    serve(NULL);
    dial("localhost", files.authority);
    rig_start(&first, buffer_text(&request), &(struct upstream_deadlines){0});
    rig_wait_for_end(&first);

    struct text echoed = buffer_text(&first.body);
    cr_assert_eq(first.end, UPSTREAM_COMPLETE, "%s", first.why.message);
    cr_assert_eq(echoed.length, LARGE_BYTES + strlen("POST /u []"));
    cr_assert_eq(memcmp(echoed.bytes + strlen("POST /u ["), body, LARGE_BYTES), 0);
}

Test(tls, refuses_a_certificate_for_another_host)
{
    serve(NULL);
    dial("127.0.0.2", files.authority);
    rig_get(&first);
    rig_wait_for_end(&first);

    cr_assert_eq(first.end, UPSTREAM_CONNECT_FAILED);
    cr_assert(has(first.why.message, "IP address mismatch"), "%s", first.why.message);
    cr_assert_eq(owner.requests, 0);
}

Test(tls, refuses_an_authority_it_does_not_know)
{
    serve(NULL);
    dial("localhost", files.other_authority);
    rig_get(&first);
    rig_wait_for_end(&first);

    cr_assert_eq(first.end, UPSTREAM_CONNECT_FAILED);
    cr_assert_eq(owner.requests, 0);
}

Test(tls, refuses_an_expired_certificate)
{
    certificates_remove(&files);
    certificates_make(&files, -1);
    serve(NULL);
    dial("localhost", files.authority);
    rig_get(&first);
    rig_wait_for_end(&first);

    cr_assert_eq(first.end, UPSTREAM_CONNECT_FAILED);
    cr_assert(has(first.why.message, "certificate has expired"), "%s", first.why.message);
}

Test(tls, refuses_clients_without_a_certificate_when_one_is_demanded)
{
    serve(files.authority);
    dial("localhost", files.authority);
    rig_get(&first);
    rig_wait_for_end(&first);

    cr_assert_neq(first.end, UPSTREAM_COMPLETE);
    cr_assert_eq(owner.requests, 0);
}

Test(tls, a_server_that_speaks_plain_http_is_a_failed_connect)
{
    struct http_server_options options = rig_server_options();
    rig_serve(&owner, &options);
    dial("localhost", files.authority);
    rig_get(&first);
    rig_wait_for_end(&first);

    cr_assert_eq(first.end, UPSTREAM_CONNECT_FAILED);
    cr_assert_eq(owner.requests, 0);
}

Test(tls, a_client_that_speaks_plain_http_is_closed)
{
    serve(NULL);
    struct raw_peer *plain = rig_client_of(&owner);
    raw_send(plain, TEXT("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    raw_wait_for_end(plain);

    cr_assert_eq(owner.requests, 0);
}

Test(tls, a_handshake_that_never_comes_is_a_failed_connect)
{
    struct raw_server *silent = raw_listen();
    struct upstream_pool_options options = rig_pool_options();
    struct tls_context *tls = NULL;
    struct error err = {0};
    cr_assert(tls_client_context(rig_arena, files.authority, &tls, &err));
    rig_pool = upstream_pool_new(rig_arena, rig_loop, &options);
    cr_assert(upstream_origin_get(rig_pool, text_format(rig_arena, "https://localhost:%d", silent->port), tls,
                                  &rig_origin, &err));
    rig_start(&first, TEXT(GET_U), &(struct upstream_deadlines){.connect_ms = 40});
    rig_wait_for_end(&first);

    cr_assert_eq(first.end, UPSTREAM_CONNECT_FAILED);
}

Test(tls, streams_arrive_event_by_event)
{
    static const struct http_reply_head head = {.status = 200};
    owner.mode = ANSWER_LATER;
    serve(NULL);
    dial("localhost", files.authority);
    rig_get(&first);
    rig_wait_for_requests(&owner, 1);
    http_call_start_reply(owner.calls[0], &head);
    for (int i = 1; i <= 5; i++) {
        (void)http_call_send(owner.calls[0], TEXT("data: x\n\n"));
        while (first.body.length < (size_t)i * 9)
            rig_run_turns(1);
    }
    http_call_end_reply(owner.calls[0]);
    rig_wait_for_end(&first);

    cr_assert_eq(first.end, UPSTREAM_COMPLETE);
    cr_assert_eq(first.body.length, 45);
}

Test(tls, files_that_are_not_usable_are_errors_with_their_path)
{
    struct tls_context *context = NULL;
    struct error err = {0};
    const struct tls_server_files nowhere = {"/nowhere/chain.pem", files.key, NULL};
    const struct tls_server_files mixed_up = {files.chain, files.chain, NULL};
    cr_assert_not(tls_server_context(rig_arena, &nowhere, &context, &err));
    cr_assert(has(err.message, "/nowhere/chain.pem"), "%s", err.message);
    cr_assert_not(tls_server_context(rig_arena, &mixed_up, &context, &err));
    cr_assert(has(err.message, files.chain), "%s", err.message);
    cr_assert_not(tls_client_context(rig_arena, files.key, &context, &err));
    cr_assert(has(err.message, files.key), "%s", err.message);
}

static struct tls_identity
identity_of(const struct certificate_files *of)
{
    struct tls_identity identity = {0};
    struct error err = {0};
    cr_assert(file_read(rig_arena, of->chain, 65536, &identity.certificate, &err), "%s", err.message);
    cr_assert(file_read(rig_arena, of->key, 65536, &identity.key, &err), "%s", err.message);
    return identity;
}

Test(tls, a_renewed_identity_meets_new_sessions_while_open_ones_go_on)
{
    struct certificate_files renewed;
    struct http_server_options options = rig_server_options();
    struct tls_identity first_identity = identity_of(&files), mixed_up = first_identity;
    struct error err = {0};
    certificates_make(&renewed, 30);
    struct tls_identity second_identity = identity_of(&renewed);
    cr_assert(tls_server_context_of(rig_arena, &first_identity, &options.tls, &err), "%s", err.message);
    rig_serve(&owner, &options);
    dial("localhost", files.authority);
    rig_get(&first);
    rig_wait_for_end(&first);
    cr_assert_eq(first.end, UPSTREAM_COMPLETE, "%s", first.why.message);

    mixed_up.key = second_identity.key;
    cr_assert_not(tls_server_context_use(options.tls, &mixed_up, &err));
    cr_assert(tls_server_context_use(options.tls, &second_identity, &err), "%s", err.message);
    rig_get(&second); /* on the connection that is there */
    rig_wait_for_end(&second);
    cr_assert_eq(second.end, UPSTREAM_COMPLETE, "%s", second.why.message);

    static struct exchange stranger, friend; /* ended after the test */
    dial("localhost", files.authority);
    rig_get(&stranger);
    rig_wait_for_end(&stranger);
    cr_assert_neq(stranger.end, UPSTREAM_COMPLETE, "the old authority did not sign the new certificate");
    dial("localhost", renewed.authority);
    rig_get(&friend);
    rig_wait_for_end(&friend);
    cr_assert_eq(friend.end, UPSTREAM_COMPLETE, "%s", friend.why.message);
    certificates_remove(&renewed);
}
