/* A GET now and then instead of a watch: it is one object, and only a person would change it. */
#include "operator/runtime/ledger_identity.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/log.h"
#include "lib/document/json.h"
#include "lib/net/digest.h"
#include "lib/net/loop.h"
#include "operator/kube/kube_client.h"
#include "operator/objects/names.h"
#include "operator/objects/object_build.h"
#include "operator/runtime/identity_check.h"
#include "operator/runtime/identity_names.h"
#include "operator/runtime/secret_body.h"

enum { LOOK_MS = 60000, RETRY_MS = 2000, BODY_BYTES = 4096 };
#define LIFETIME_MS (INT64_C(30) * 24 * 3600000)

struct ledger_identity {
    struct ledger_identity_options options;
    struct loop_timer *timer;
    struct arena *request;
};

static void look(void *owner);
static void on_seen(void *owner, const struct kube_answer *answer);
static bool is_good(const struct ledger_identity *ledger, struct text json);
static bool write_new(struct ledger_identity *ledger, struct error *err);
static struct text
print_secret(struct arena *arena, const struct ledger_identity *ledger, const struct tls_identity *identity);
static void on_written(void *owner, const struct kube_answer *answer);
static void try_again(struct ledger_identity *ledger, const char *reason);
static void release(void *owner);

static const struct kube_resource secret_resource = {
    .api_version = TEXT("v1"), .kind = TEXT("Secret"), .plural = TEXT("secrets"), .is_namespaced = true};

struct ledger_identity *
ledger_identity_start(struct arena *arena, const struct ledger_identity_options *options)
{
    struct ledger_identity *ledger = arena_alloc(arena, sizeof(*ledger));
    *ledger = (struct ledger_identity){.options = *options};
    ledger->timer = loop_timer_new(options->loop, arena, look, ledger);
    arena_defer(arena, release, ledger);
    loop_timer_start(ledger->timer, 0);
    return ledger;
}

static struct kube_target
target_of(const struct ledger_identity *ledger)
{
    return (struct kube_target){&secret_resource, ledger->options.namespace, TEXT(LEDGER_IDENTITY_SECRET)};
}

static void
look(void *owner)
{
    struct ledger_identity *ledger = owner;
    arena_free(ledger->request);
    ledger->request = arena_new(0);
    const struct kube_target target = target_of(ledger);
    kube_get(ledger->request, ledger->options.client, &target, on_seen, ledger);
}

static void
on_seen(void *owner, const struct kube_answer *answer)
{
    struct ledger_identity *ledger = owner;
    struct error err = answer->error;
    bool is_there = err.kind == ERROR_NONE;
    bool is_right = is_there && is_good(ledger, answer->body);
    digest_forget((void *)(uintptr_t)answer->body.bytes, answer->body.length);
    if (is_right)
        loop_timer_start(ledger->timer, LOOK_MS);
    else if ((!is_there && err.kind != ERROR_NOT_FOUND) || !write_new(ledger, &err))
        try_again(ledger, err.message);
}

static bool
is_good(const struct ledger_identity *ledger, struct text json)
{
    struct secret_body body;
    struct text authority = ledger->options.authority->certificate;
    secret_body_read(&body, json);
    const struct tls_identity identity = {secret_body_find(&body, TEXT("tls.crt")),
                                          secret_body_find(&body, TEXT("tls.key"))};
    bool is_right = text_equals(secret_body_find(&body, TEXT("ca.crt")), authority) &&
                    identity_is_good(&identity, authority, ledger->options.service);
    secret_body_close(&body);
    return is_right;
}

static bool
write_new(struct ledger_identity *ledger, struct error *err)
{
    scoped_arena struct arena *arena = arena_new(0);
    const struct ledger_identity_options *options = &ledger->options;
    struct tls_identity identity = {0};
    const struct tls_certificate_request request = {
        .common_name = options->service,
        .dns_names = identity_names_of_service(arena, options->service, options->namespace),
        .use = TLS_CERTIFICATE_SERVER,
        .lifetime_ms = LIFETIME_MS};
    if (!tls_certificate_issue(arena, options->authority, &request, &identity, err))
        return false;
    struct text body = print_secret(arena, ledger, &identity);
    const struct kube_target target = target_of(ledger);
    const struct kube_write write = {
        .type = KUBE_PATCH_APPLY, .body = body, .field_manager = TEXT(FIELD_MANAGER)};
    kube_patch(ledger->request, options->client, &target, &write, on_written, ledger);
    digest_forget((void *)(uintptr_t)identity.key.bytes, identity.key.length);
    digest_forget((void *)(uintptr_t)body.bytes, body.length);
    return true;
}

static struct text
print_secret(struct arena *arena, const struct ledger_identity *ledger, const struct tls_identity *identity)
{
    const struct ledger_identity_options *options = &ledger->options;
    struct document *secret =
        object_new(arena, "v1", "Secret", options->namespace, TEXT(LEDGER_IDENTITY_SECRET));
    object_set_owner(secret, &(struct object_owner){0});
    object_put_text(secret, "type", TEXT("kubernetes.io/tls"));
    const struct text values[] = {identity->certificate, identity->key, options->authority->certificate};
    const char *const keys[] = {"tls.crt", "tls.key", "ca.crt"};
    for (size_t i = 0; i < COUNT_OF(values); i++)
        document_set_text(object_at(secret, "data"), keys[i],
                          digest_base64(arena, values[i].bytes, values[i].length));
    struct buffer body;
    buffer_init(&body, arena, BODY_BYTES);
    json_print(secret, &body);
    return buffer_text(&body);
}

static void
on_written(void *owner, const struct kube_answer *answer)
{
    struct ledger_identity *ledger = owner;
    if (answer->error.kind != ERROR_NONE) {
        try_again(ledger, answer->error.message);
        return;
    }
    log_info("ledger_identity_issued", LOG_TEXT("secret", TEXT(LEDGER_IDENTITY_SECRET)));
    loop_timer_start(ledger->timer, LOOK_MS);
}

static void
try_again(struct ledger_identity *ledger, const char *reason)
{
    log_warn("ledger_identity_not_ready", LOG_STRING("reason", reason));
    loop_timer_start(ledger->timer, RETRY_MS);
}

static void
release(void *owner)
{
    arena_free(((struct ledger_identity *)owner)->request);
}
