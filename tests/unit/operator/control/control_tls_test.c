/* Gateways over TCP: whose certificate may say which hello, secrets beside a snapshot, and a server that is
 * not the leader. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/document/document_build.h"
#include "lib/net/loop.h"
#include "lib/net/tls_certificate.h"
#include "lib/net/websocket.h"
#include "operator/control/control_server.h"

#define HOUR_MS INT64_C(3600000)

/* A server, one gateway that dials it and acks, and what each heard. */
struct bench {
    struct arena *arena;
    struct loop *loop;
    struct control_server *server;
    struct websocket_client *client;
    struct websocket_stream *stream;
    struct tls_identity authority;
    char folder[32], certificate[64], key[64], ca[64];
    struct text says; /* the environment in the gateway's hello */
    int opens, closes, snapshots, acks;
    int stop_after_closes, stop_after_opens;
    int64_t epoch;
    struct text secret;
    size_t secret_count;
};

static struct bench *bench;

static void
send_frame(struct websocket_stream *stream, const struct control_frame *frame)
{
    struct buffer out;
    buffer_init(&out, bench->arena, 256);
    control_frame_print(bench->arena, frame, &out);
    websocket_stream_send(stream, buffer_text(&out));
}

static void
on_client_open(void *owner, struct websocket_stream *stream)
{
    (void)owner;
    bench->stream = stream;
    bench->opens++;
    struct control_frame hello = {
        .type = CONTROL_HELLO,
        .hello = {.workspace = TEXT("demo"), .environment = bench->says, .gateway = TEXT("weir-gateway-0")}};
    send_frame(stream, &hello);
    if (bench->opens == bench->stop_after_opens)
        loop_stop(bench->loop);
}

static void
on_client_message(void *owner, struct websocket_stream *stream, struct text message)
{
    (void)owner;
    struct control_frame frame;
    struct error err = {0};
    cr_assert(control_frame_parse(bench->arena, message, &frame, &err), "%s", err.message);
    bench->snapshots++;
    bench->epoch = frame.snapshot.epoch;
    bench->secret_count = frame.snapshot.secrets.count;
    if (bench->secret_count > 0)
        bench->secret = text_copy(bench->arena, frame.snapshot.secrets.items[0].value);
    struct control_frame answer = {
        .type = CONTROL_ACK, .verdict = {.epoch = frame.snapshot.epoch, .revision = frame.snapshot.revision}};
    send_frame(stream, &answer);
}

static void
on_client_close(void *owner, struct websocket_stream *stream)
{
    (void)owner;
    (void)stream;
    bench->stream = NULL;
    bench->closes++;
    if (bench->closes == bench->stop_after_closes)
        loop_stop(bench->loop);
}

static void
on_verdict(void *owner, const struct control_hello *gateway, struct text reason)
{
    (void)owner;
    (void)gateway;
    cr_assert(text_is_empty(reason));
    bench->acks++;
    loop_stop(bench->loop);
}

static struct tls_identity
issue(const char *name, enum tls_certificate_use use)
{
    struct text dns[] = {TEXT("localhost")};
    struct tls_certificate_request request = {
        .common_name = text_of(name), .dns_names = {dns, 1}, .use = use, .lifetime_ms = HOUR_MS};
    struct tls_identity identity = {0};
    struct error err = {0};
    cr_assert(tls_certificate_issue(bench->arena, &bench->authority, &request, &identity, &err), "%s",
              err.message);
    return identity;
}

static void
given_files(const char *subject)
{
    struct tls_identity identity = issue(subject, TLS_CERTIFICATE_CLIENT);
    cr_assert(file_write_atomic(bench->certificate, identity.certificate, 0600, NULL));
    cr_assert(file_write_atomic(bench->key, identity.key, 0600, NULL));
    cr_assert(file_write_atomic(bench->ca, bench->authority.certificate, 0600, NULL));
}

static void
given_server(void)
{
    struct arena *arena = arena_new(0);
    struct error err = {0};
    bench = arena_alloc(arena, sizeof(*bench));
    bench->arena = arena;
    bench->loop = loop_new(arena);
    bench->says = TEXT("dev");
    memcpy(bench->folder, "/tmp/weir-ctl-XXXXXX", sizeof("/tmp/weir-ctl-XXXXXX"));
    cr_assert(mkdtemp(bench->folder));
    snprintf(bench->certificate, sizeof(bench->certificate), "%s/tls.crt", bench->folder);
    snprintf(bench->key, sizeof(bench->key), "%s/tls.key", bench->folder);
    snprintf(bench->ca, sizeof(bench->ca), "%s/ca.crt", bench->folder);
    cr_assert(tls_certificate_authority(arena, TEXT("Weir"), &bench->authority, &err), "%s", err.message);
    given_files("gateway/demo/dev");

    struct tls_identity shown = issue("weir-operator", TLS_CERTIFICATE_SERVER);
    struct control_options options = {
        .loop = bench->loop,
        .listen = "127.0.0.1:0",
        .identity = {shown.certificate, shown.key, bench->authority.certificate},
        .epoch = 3,
        .events = {.on_verdict = on_verdict},
    };
    cr_assert(control_server_start(arena, &options, &bench->server, &err), "%s", err.message);
}

static void
given_gateway(void)
{
    struct websocket_options stream = {
        .loop = bench->loop,
        .address = text_c_string(bench->arena, text_format(bench->arena, "wss://localhost:%d",
                                                           control_server_port(bench->server))),
        .files = {bench->certificate, bench->key, bench->ca},
        .max_message_bytes = CONTROL_MAX_FRAME_BYTES,
        .events = {.on_open = on_client_open, .on_message = on_client_message, .on_close = on_client_close}};
    bench->client = websocket_client_start(bench->arena, &stream);
}

static void
end_server(void)
{
    if (bench->client)
        websocket_client_close(bench->client);
    control_server_close(bench->server);
    unlink(bench->certificate);
    unlink(bench->key);
    unlink(bench->ca);
    rmdir(bench->folder);
    arena_free(bench->arena);
}

TestSuite(control_tls, .init = given_server, .fini = end_server, .timeout = 30);

static void
publish(const char *revision, const char *secret)
{
    struct document *config = document_new_map(bench->arena);
    document_set_int(config, "version", 1);
    struct control_secret secrets[] = {{.file = TEXT("openai-key"), .value = text_of(secret)}};
    struct control_snapshot snapshot = {.revision = text_of(revision),
                                        .hash = TEXT("abc"),
                                        .config = config,
                                        .secrets = {secrets, secret ? 1 : 0}};
    control_server_publish(bench->server, TEXT("demo"), TEXT("dev"), &snapshot);
}

static struct control_count
count(void)
{
    return control_server_count(bench->server, TEXT("demo"), TEXT("dev"));
}

static void
run_until(const int *counter, int wanted)
{
    while (*counter < wanted)
        loop_run(bench->loop);
}

Test(control_tls, a_gateway_with_its_environments_certificate_gets_its_snapshot_and_secrets)
{
    publish("1-aaaaaa", "sk-one");
    given_gateway();

    run_until(&bench->acks, 1);

    cr_assert(text_equals(bench->secret, TEXT("sk-one")));
    cr_assert_eq(count().acked, 1);
}

Test(control_tls, another_environments_certificate_is_sent_away_and_never_counted)
{
    publish("1-aaaaaa", "sk-one");
    given_files("gateway/demo/prod");
    bench->stop_after_closes = 2;
    given_gateway();

    run_until(&bench->closes, 2);

    cr_assert_eq(bench->snapshots, 0);
    cr_assert_eq(count().connected, 0);
}

Test(control_tls, a_hello_for_another_environment_than_the_certificates_is_sent_away)
{
    publish("1-aaaaaa", "sk-one");
    bench->says = TEXT("prod");
    bench->stop_after_closes = 1;
    given_gateway();

    run_until(&bench->closes, 1);

    cr_assert_eq(bench->snapshots, 0);
}

Test(control_tls, a_new_secret_is_sent_though_the_revision_is_the_same)
{
    publish("1-aaaaaa", "sk-one");
    given_gateway();
    run_until(&bench->acks, 1);

    publish("1-aaaaaa", "sk-one"); /* nothing new: nothing sent */
    publish("1-aaaaaa", "sk-two");
    cr_assert_eq(count().acked, 0);
    run_until(&bench->acks, 2);

    cr_assert_eq(bench->snapshots, 2);
    cr_assert(text_equals(bench->secret, TEXT("sk-two")));
    cr_assert_eq(count().acked, 1);
}

Test(control_tls, a_secret_that_is_gone_is_news_too)
{
    publish("1-aaaaaa", "sk-one");
    given_gateway();
    run_until(&bench->acks, 1);

    publish("1-aaaaaa", NULL);
    run_until(&bench->acks, 2);

    cr_assert_eq(bench->secret_count, 0);
}

Test(control_tls, secrets_survive_a_higher_epoch)
{
    publish("1-aaaaaa", "sk-one");
    given_gateway();
    run_until(&bench->acks, 1);
    bench->secret = TEXT("");

    control_server_raise_epoch(bench->server, 9);
    run_until(&bench->acks, 2);

    cr_assert_eq(bench->epoch, 9);
    cr_assert(text_equals(bench->secret, TEXT("sk-one")));
}

Test(control_tls, who_is_no_longer_leader_drops_every_stream_and_serves_nobody)
{
    publish("1-aaaaaa", "sk-one");
    given_gateway();
    run_until(&bench->acks, 1);

    bench->stop_after_closes = 3; /* the first, and two more attempts */
    control_server_suspend(bench->server);
    publish("2-bbbbbb", "sk-one");
    run_until(&bench->closes, 3);

    cr_assert_eq(bench->snapshots, 1);
    cr_assert_eq(count().connected, 0);
}

Test(control_tls, a_leader_again_serves_what_it_published_since_under_its_new_epoch)
{
    control_server_suspend(bench->server);
    publish("1-aaaaaa", "sk-one");
    control_server_resume(bench->server, 5);
    publish("2-bbbbbb", "sk-two");
    given_gateway();

    run_until(&bench->acks, 1);

    cr_assert_eq(bench->epoch, 5);
    cr_assert(text_equals(bench->secret, TEXT("sk-two")));
    cr_assert_eq(bench->snapshots, 1);
}

Test(control_tls, a_new_certificate_of_the_server_leaves_streams_alone)
{
    publish("1-aaaaaa", NULL);
    given_gateway();
    run_until(&bench->acks, 1);

    struct tls_identity fresh = issue("weir-operator", TLS_CERTIFICATE_SERVER);
    struct websocket_server_identity identity = {fresh.certificate, fresh.key, bench->authority.certificate};
    cr_assert(control_server_use_identity(bench->server, &identity, NULL));
    publish("2-bbbbbb", NULL);
    run_until(&bench->acks, 2);

    cr_assert_eq(bench->opens, 1);
    cr_assert_eq(bench->closes, 0);
}
