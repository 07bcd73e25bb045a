/* The book over TCP: who the ledger sees, and an operator that may not publish any more. */
#include <criterion/criterion.h>

#include "api/types/control_frames.h"
#include "api/types/ledger_frames.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/net/loop.h"
#include "lib/net/tls_certificate.h"
#include "operator/control/book_publisher.h"

#define HOUR_MS INT64_C(3600000)

static struct arena *arena;
static struct loop *loop;
static struct tls_identity authority;
static struct websocket_server *server;
static struct book_publisher *publisher;
static struct websocket_stream *stream;
static struct text peer, heard, unreached;
static int heard_count, unreached_count;
static bool may_it = true, stops_on_unreached;

static void
on_open(void *owner, struct websocket_stream *opened)
{
    (void)owner;
    stream = opened;
    peer = text_copy(arena, websocket_stream_peer(opened));
    if (!may_it)
        loop_stop(loop);
}

static void
on_message(void *owner, struct websocket_stream *from, struct text message)
{
    (void)owner;
    (void)from;
    struct ledger_frame frame;
    struct error err = {0};
    cr_assert(ledger_frame_parse(arena, text_copy(arena, message), &frame, &err), "%s", err.message);
    heard = frame.book.revision;
    heard_count++;
    loop_stop(loop);
}

static void
on_close(void *owner, struct websocket_stream *closed)
{
    (void)owner;
    (void)closed;
    stream = NULL;
}

static bool
may_publish(void *owner)
{
    cr_assert_eq(owner, &may_it);
    return may_it;
}

static void
on_unreached(void *owner, struct text reason)
{
    (void)owner;
    unreached = text_copy(arena, reason);
    unreached_count++;
    if (stops_on_unreached)
        loop_stop(loop);
}

static struct tls_identity
issue(const char *name, enum tls_certificate_use use)
{
    struct text dns[] = {TEXT("localhost")};
    const struct tls_certificate_request request = {
        .common_name = text_of(name), .dns_names = {dns, 1}, .use = use, .lifetime_ms = HOUR_MS};
    struct tls_identity identity = {0};
    struct error err = {0};
    cr_assert(tls_certificate_issue(arena, &authority, &request, &identity, &err), "%s", err.message);
    return identity;
}

static void
given_ledger(void)
{
    struct error err = {0};
    arena = arena_new(0);
    loop = loop_new(arena);
    cr_assert(tls_certificate_authority(arena, TEXT("Weir"), &authority, &err), "%s", err.message);
    struct tls_identity shown = issue("weir-api", TLS_CERTIFICATE_SERVER);
    const struct websocket_options streams = {
        .loop = loop,
        .address = "127.0.0.1:0",
        .identity = {shown.certificate, shown.key, authority.certificate},
        .max_message_bytes = LEDGER_MAX_FRAME_BYTES,
        .events = {.on_open = on_open, .on_message = on_message, .on_close = on_close}};
    cr_assert(websocket_server_start(arena, &streams, &server, &err), "%s", err.message);
    struct text address = text_format(arena, "wss://localhost:%d", websocket_server_port(server));
    const struct book_publisher_options options = {.loop = loop,
                                                   .address = text_c_string(arena, address),
                                                   .may_publish = may_publish,
                                                   .on_unreached = on_unreached,
                                                   .owner = &may_it};
    publisher = book_publisher_start(arena, &options);
}

static void
end_ledger(void)
{
    book_publisher_close(publisher);
    websocket_server_close(server);
    arena_free(arena);
}

TestSuite(book_publisher_tls, .init = given_ledger, .fini = end_ledger, .timeout = 30);

static void
use_identity(void)
{
    struct tls_identity shown = issue(CONTROL_OPERATOR_SUBJECT, TLS_CERTIFICATE_CLIENT);
    const struct websocket_client_identity identity = {shown.certificate, shown.key, authority.certificate};
    struct error err = {0};
    cr_assert(book_publisher_use_identity(publisher, &identity, &err), "%s", err.message);
}

static void
publish(const char *revision)
{
    const struct budget_book book = {.revision = text_of(revision)};
    struct error err = {0};
    cr_assert(book_publisher_publish(publisher, &book, &err), "%s", err.message);
}

Test(book_publisher_tls, the_ledger_sees_the_operator)
{
    use_identity();
    publish("r1");
    loop_run(loop);

    cr_assert(text_equals(heard, TEXT("r1")));
    cr_assert(text_equals(peer, TEXT(CONTROL_OPERATOR_SUBJECT)), "%.*s", TEXT_ARG(peer));
}

Test(book_publisher_tls, without_a_certificate_nothing_is_dialled_and_that_is_told)
{
    stops_on_unreached = true;
    publish("r1");
    loop_run(loop);
    cr_assert_eq(unreached_count, 1);
    cr_assert(unreached.length > 0);
    cr_assert_eq(heard_count, 0);

    stops_on_unreached = false;
    use_identity();
    loop_run(loop);

    cr_assert(text_equals(heard, TEXT("r1")));
}

Test(book_publisher_tls, a_renewed_certificate_is_shown_at_the_next_dial)
{
    use_identity();
    publish("r1");
    loop_run(loop);

    use_identity();
    websocket_stream_close(stream);
    loop_run(loop);

    cr_assert_eq(heard_count, 2);
    cr_assert(text_equals(peer, TEXT(CONTROL_OPERATOR_SUBJECT)));
}

/* A leader of yesterday that wakes up: its book must not take the place of its successor's. */
Test(book_publisher_tls, who_may_not_publish_says_nothing)
{
    may_it = false;
    use_identity();
    publish("r1");
    loop_run(loop); /* the stream is open */
    publish("r2");
    cr_assert_eq(heard_count, 0);

    may_it = true;
    publish("r3");
    loop_run(loop);

    cr_assert_eq(heard_count, 1);
    cr_assert(text_equals(heard, TEXT("r3")), "%.*s", TEXT_ARG(heard));
}
