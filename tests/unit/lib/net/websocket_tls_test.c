/* Control streams over TCP with certificates on both sides: who is let in, who is not, what a rotation does,
 * and that a peer that falls silent is noticed by both sides. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/net/loop.h"
#include "lib/net/tls_certificate.h"
#include "lib/net/websocket.h"
#include "tests/unit/lib/net/net_rig.h"
#include "tests/unit/lib/net/relay_rig.h"

enum { LARGE_BYTES = 3 * 1024 * 1024, MAX_BYTES = 4 * 1024 * 1024 };

#define HOUR_MS INT64_C(3600000)

/* What one end saw. */
struct end {
    struct websocket_stream *stream;
    int opens, closes, messages, refusals;
    int stop_after_opens, stop_after_closes, stop_after_messages, stop_after_refusals;
    bool echoes;
    struct text greeting, last, peer, reason;
};

static struct arena *arena;
static struct loop *loop;
static char folder[32], certificate_path[64], key_path[64], ca_path[64];
static struct tls_identity authority;
static struct end server_end, client_end;
static struct websocket_server *server;
static struct websocket_client *client;

static void
on_open(void *owner, struct websocket_stream *stream)
{
    struct end *end = owner;
    end->opens++;
    end->stream = stream;
    end->peer = text_copy(arena, websocket_stream_peer(stream));
    if (end->greeting.length > 0)
        websocket_stream_send(stream, end->greeting);
    if (end->opens == end->stop_after_opens)
        loop_stop(loop);
}

static void
on_message(void *owner, struct websocket_stream *stream, struct text message)
{
    struct end *end = owner;
    end->messages++;
    end->last = text_copy(arena, message);
    if (end->echoes)
        websocket_stream_send(stream, message);
    if (end->messages == end->stop_after_messages)
        loop_stop(loop);
}

static void
on_close(void *owner, struct websocket_stream *stream)
{
    struct end *end = owner;
    (void)stream;
    end->closes++;
    end->stream = NULL;
    if (end->closes == end->stop_after_closes)
        loop_stop(loop);
}

static void
on_refused(void *owner, struct text reason)
{
    struct end *end = owner;
    end->refusals++;
    end->reason = text_copy(arena, reason);
    if (end->refusals == end->stop_after_refusals)
        loop_stop(loop);
}

static struct tls_identity
issue(const struct tls_identity *from, const char *name, enum tls_certificate_use use, int64_t lifetime_ms)
{
    struct text dns[] = {TEXT("localhost"), TEXT("weir-operator-control.weir-system.svc")};
    struct tls_certificate_request request = {
        .common_name = text_of(name), .dns_names = {dns, 2}, .use = use, .lifetime_ms = lifetime_ms};
    struct tls_identity identity = {0};
    struct error err = {0};
    cr_assert(tls_certificate_issue(arena, from, &request, &identity, &err), "%s", err.message);
    return identity;
}

static struct tls_identity
new_authority(void)
{
    struct tls_identity made = {0};
    cr_assert(tls_certificate_authority(arena, TEXT("Weir"), &made, NULL));
    return made;
}

static void
write_client_files(const struct tls_identity *identity, struct text ca)
{
    cr_assert(file_write_atomic(certificate_path, identity->certificate, 0600, NULL));
    cr_assert(file_write_atomic(key_path, identity->key, 0600, NULL));
    cr_assert(file_write_atomic(ca_path, ca, 0600, NULL));
}

static struct websocket_options
options_of(struct end *end)
{
    return (struct websocket_options){.loop = loop,
                                      .max_message_bytes = MAX_BYTES,
                                      .events = {.on_open = on_open,
                                                 .on_message = on_message,
                                                 .on_close = on_close,
                                                 .on_refused = on_refused,
                                                 .owner = end}};
}

static void
start_server(const struct tls_identity *identity, int ping_seconds)
{
    struct websocket_options options = options_of(&server_end);
    struct error err = {0};
    options.address = "127.0.0.1:0";
    options.ping_seconds = ping_seconds;
    options.identity =
        (struct websocket_server_identity){identity->certificate, identity->key, authority.certificate};
    cr_assert(websocket_server_start(arena, &options, &server, &err), "%s", err.message);
}

static void
start_client_at(int port, const char *server_name, int ping_seconds)
{
    struct websocket_options options = options_of(&client_end);
    options.address = text_c_string(arena, text_format(arena, "wss://localhost:%d", port));
    options.server_name = server_name;
    options.ping_seconds = ping_seconds;
    options.files = (struct websocket_client_files){certificate_path, key_path, ca_path};
    client = websocket_client_start(arena, &options);
}

static void
start_client(void)
{
    start_client_at(websocket_server_port(server), NULL, 0);
}

static void
set_up(void)
{
    rig_set_up();
    arena = rig_arena;
    loop = rig_loop;
    memcpy(folder, "/tmp/weir-wss-XXXXXX", sizeof("/tmp/weir-wss-XXXXXX"));
    cr_assert(mkdtemp(folder));
    snprintf(certificate_path, sizeof(certificate_path), "%s/tls.crt", folder);
    snprintf(key_path, sizeof(key_path), "%s/tls.key", folder);
    snprintf(ca_path, sizeof(ca_path), "%s/ca.crt", folder);
    authority = new_authority();
    struct tls_identity gateway = issue(&authority, "gateway/demo/dev", TLS_CERTIFICATE_CLIENT, 24 * HOUR_MS);
    write_client_files(&gateway, authority.certificate);
}

static void
given_server(void)
{
    set_up();
    struct tls_identity shown = issue(&authority, "operator", TLS_CERTIFICATE_SERVER, 24 * HOUR_MS);
    start_server(&shown, 0);
}

static void
tear_down(void)
{
    rig_tear_down();
    unlink(certificate_path);
    unlink(key_path);
    unlink(ca_path);
    rmdir(folder);
}

TestSuite(websocket_tls, .init = given_server, .fini = tear_down, .timeout = 60);

Test(websocket_tls, each_side_knows_who_the_other_is)
{
    client_end.stop_after_messages = 1;
    client_end.greeting = TEXT("hello");
    server_end.echoes = true;
    start_client();

    loop_run(loop);

    cr_assert(text_equals(server_end.peer, TEXT("gateway/demo/dev")));
    cr_assert(text_equals(client_end.peer, TEXT("operator")));
    cr_assert(text_equals(client_end.last, TEXT("hello")));
}

Test(websocket_tls, carries_megabytes_both_ways)
{
    char *bytes = arena_alloc(arena, LARGE_BYTES);
    for (size_t i = 0; i < LARGE_BYTES; i++)
        bytes[i] = (char)('a' + (int)(i * i % 23));
    client_end.stop_after_messages = 1;
    client_end.greeting = (struct text){bytes, LARGE_BYTES};
    server_end.echoes = true;
    start_client();

    loop_run(loop);

    cr_assert(text_equals(client_end.last, client_end.greeting));
}

Test(websocket_tls, a_client_of_another_authority_is_refused_and_says_so)
{
    struct tls_identity other = new_authority();
    struct tls_identity stranger = issue(&other, "gateway/demo/dev", TLS_CERTIFICATE_CLIENT, HOUR_MS);
    write_client_files(&stranger, authority.certificate);
    server_end.stop_after_refusals = 1;
    start_client();

    loop_run(loop);
    client_end.stop_after_refusals = client_end.refusals + 1;
    loop_run(loop);

    cr_assert_eq(server_end.opens + client_end.opens, 0);
    cr_assert(server_end.reason.length > 0 && client_end.reason.length > 0);
}

Test(websocket_tls, a_server_of_another_authority_is_refused)
{
    struct tls_identity gateway = issue(&authority, "gateway/demo/dev", TLS_CERTIFICATE_CLIENT, HOUR_MS);
    struct tls_identity other = new_authority();
    write_client_files(&gateway, other.certificate);
    client_end.stop_after_refusals = 1;
    start_client();

    loop_run(loop);

    cr_assert_eq(server_end.opens + client_end.opens, 0);
}

Test(websocket_tls, a_server_with_another_name_is_refused)
{
    client_end.stop_after_refusals = 1;
    start_client_at(websocket_server_port(server), "weir-operator-control.elsewhere.svc", 0);

    loop_run(loop);

    cr_assert_eq(server_end.opens + client_end.opens, 0);
    cr_assert(text_find(client_end.reason, TEXT("ostname mismatch")) >= 0);
}

Test(websocket_tls, the_name_may_be_another_than_the_address)
{
    client_end.stop_after_opens = 1;
    start_client_at(websocket_server_port(server), "weir-operator-control.weir-system.svc", 0);

    loop_run(loop);

    cr_assert_eq(client_end.opens, 1);
}

Test(websocket_tls, a_certificate_for_servers_does_not_make_a_client)
{
    struct tls_identity wrong = issue(&authority, "gateway/demo/dev", TLS_CERTIFICATE_SERVER, HOUR_MS);
    write_client_files(&wrong, authority.certificate);
    server_end.stop_after_refusals = 1;
    start_client();

    loop_run(loop);

    cr_assert_eq(server_end.opens, 0);
}

Test(websocket_tls, an_expired_client_is_refused)
{
    /* It starts some minutes ago, but never before its authority: it is over within a millisecond. */
    struct tls_identity expired = issue(&authority, "gateway/demo/dev", TLS_CERTIFICATE_CLIENT, 1);
    write_client_files(&expired, authority.certificate);
    server_end.stop_after_refusals = 1;
    start_client();

    loop_run(loop);

    cr_assert_eq(server_end.opens, 0);
    cr_assert(text_find(server_end.reason, TEXT("expired")) >= 0, "%.*s", TEXT_ARG(server_end.reason));
}

Test(websocket_tls, missing_files_are_told_and_dialled_again_until_they_are_there)
{
    struct tls_identity gateway = issue(&authority, "gateway/demo/dev", TLS_CERTIFICATE_CLIENT, HOUR_MS);
    unlink(key_path);
    client_end.stop_after_refusals = 1;
    client_end.stop_after_opens = 1;
    start_client();
    loop_run(loop);
    cr_assert(text_find(client_end.reason, text_of(key_path)) >= 0, "%.*s", TEXT_ARG(client_end.reason));

    write_client_files(&gateway, authority.certificate);
    loop_run(loop);

    cr_assert_eq(client_end.opens, 1);
}

Test(websocket_tls, what_rotates_holds_for_new_streams_and_open_ones_go_on)
{
    client_end.stop_after_opens = 1;
    start_client();
    loop_run(loop);

    authority = new_authority();
    struct tls_identity fresh = issue(&authority, "operator-2", TLS_CERTIFICATE_SERVER, HOUR_MS);
    struct websocket_server_identity identity = {fresh.certificate, fresh.key, authority.certificate};
    struct error err = {0};
    cr_assert(websocket_server_use_identity(server, &identity, &err), "%s", err.message);

    server_end.echoes = true, client_end.stop_after_messages = 1;
    websocket_stream_send(client_end.stream, TEXT("still there"));
    loop_run(loop);
    cr_assert(text_equals(client_end.last, TEXT("still there")));

    /* The old certificate no longer opens a stream; the new one does. */
    client_end.stop_after_closes = 1;
    websocket_stream_close(client_end.stream);
    loop_run(loop);
    client_end.stop_after_refusals = client_end.refusals + 1;
    loop_run(loop);
    cr_assert_eq(server_end.opens, 1);
    struct tls_identity gateway = issue(&authority, "gateway/demo/dev", TLS_CERTIFICATE_CLIENT, HOUR_MS);
    write_client_files(&gateway, authority.certificate);
    client_end.stop_after_opens = 2;
    loop_run(loop);
    cr_assert(text_equals(client_end.peer, TEXT("operator-2")));
}

Test(websocket_tls, an_identity_that_is_none_changes_nothing)
{
    struct websocket_server_identity wrong = {TEXT("none"), TEXT("none"), TEXT("none")};
    struct error err = {0};

    cr_assert_not(websocket_server_use_identity(server, &wrong, &err));

    client_end.stop_after_opens = 1;
    start_client();
    loop_run(loop);
    cr_assert_eq(client_end.opens, 1);
}

Test(websocket_tls, a_peer_that_falls_silent_is_noticed_by_both_sides)
{
    struct tls_identity shown = issue(&authority, "operator", TLS_CERTIFICATE_SERVER, HOUR_MS);
    websocket_server_close(server);
    start_server(&shown, 1);
    struct relay *relay = relay_start(arena, loop, websocket_server_port(server));
    client_end.stop_after_opens = 1;
    start_client_at(relay_port(relay), NULL, 1);
    loop_run(loop);
    client_end.stop_after_opens = 0;

    relay_fall_silent(relay);
    client_end.stop_after_closes = server_end.stop_after_closes = 1;
    loop_run(loop);
    if (client_end.closes == 0 || server_end.closes == 0)
        loop_run(loop);

    cr_assert_eq(client_end.closes, 1);
    cr_assert_eq(server_end.closes, 1);
}

Test(websocket_tls, a_stream_with_nothing_to_say_stays_because_both_sides_ping)
{
    struct tls_identity shown = issue(&authority, "operator", TLS_CERTIFICATE_SERVER, HOUR_MS);
    websocket_server_close(server);
    start_server(&shown, 1);
    struct relay *relay = relay_start(arena, loop, websocket_server_port(server));
    client_end.stop_after_opens = 1;
    start_client_at(relay_port(relay), NULL, 1);
    loop_run(loop);

    relay_stop_after(relay, 4);
    loop_run(loop);

    cr_assert_eq(client_end.opens, 1);
    cr_assert_eq(client_end.closes + server_end.closes, 0);
}

Test(websocket_tls, a_peer_without_tls_gets_no_word)
{
    struct raw_peer *peer = raw_connect(websocket_server_port(server));
    raw_send(peer, TEXT("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Protocol: weir-control\r\n\r\n"));

    raw_wait_for_end(peer);

    cr_assert_eq(server_end.opens, 0);
    cr_assert_not(raw_has(peer, TEXT("HTTP")));
}
