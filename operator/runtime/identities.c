/* The authority is created, never applied: of two leaders only one's is taken. */
#include "operator/runtime/identities.h"

#include "api/types/control_frames.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/document/json.h"
#include "lib/net/digest.h"
#include "lib/net/loop.h"
#include "lib/net/tls_certificate.h"
#include "operator/kube/kube_client.h"
#include "operator/objects/names.h"
#include "operator/objects/object_build.h"
#include "operator/runtime/gateway_identities.h"
#include "operator/runtime/identity_names.h"
#include "operator/runtime/secret_body.h"

enum { RETRY_MS = 2000, LOOK_MS = 3600000 };
#define DAY_MS (INT64_C(24) * 3600000)
#define OWN_LIFETIME_MS (30 * DAY_MS)

struct identities {
    struct identities_options options;
    struct loop_timer *timer;
    struct arena *request;
    struct arena *authority_arena;
    struct tls_identity authority;
    struct arena *own_arena;            /* of the next two: they are renewed together */
    struct tls_identity server, client; /* the second towards the ledger */
    struct gateway_identities *gateways;
};

static void look(void *owner);
static void on_authority(void *owner, const struct kube_answer *answer);
static void on_created(void *owner, const struct kube_answer *answer);
static void create_authority(struct identities *identities);
static bool take_authority(struct identities *identities, struct text json, struct error *err);
static bool renew_own(struct identities *identities, struct error *err);
static bool issue_own(struct arena *arena, const struct identities *identities,
                      struct tls_identity *out_server, struct tls_identity *out_client, struct error *err);
static void try_again(struct identities *identities, const char *reason);
static void release(void *owner);

struct identities *
identities_new(struct arena *arena, const struct identities_options *options)
{
    struct identities *identities = arena_alloc(arena, sizeof(*identities));
    *identities = (struct identities){.options = *options};
    identities->timer = loop_timer_new(options->loop, arena, look, identities);
    identities->gateways = gateway_identities_new(arena, options->secrets);
    arena_defer(arena, release, identities);
    return identities;
}

void
identities_start(struct identities *identities)
{
    loop_timer_start(identities->timer, 0);
}

bool
identities_are_ready(const struct identities *identities)
{
    return identities->own_arena != NULL;
}

struct websocket_server_identity
identities_server(const struct identities *identities)
{
    return (struct websocket_server_identity){.certificate = identities->server.certificate,
                                              .key = identities->server.key,
                                              .client_ca = identities->authority.certificate};
}

struct websocket_client_identity
identities_operator(const struct identities *identities)
{
    return (struct websocket_client_identity){.certificate = identities->client.certificate,
                                              .key = identities->client.key,
                                              .server_ca = identities->authority.certificate};
}

const struct tls_identity *
identities_authority(const struct identities *identities)
{
    return &identities->authority;
}

bool
identities_list(struct arena *arena, struct identities *identities, const struct cluster_view *view,
                struct gateway_identity_list *out_list)
{
    if (!identities_are_ready(identities))
        return false;
    return gateway_identities_list(arena, identities->gateways, &identities->authority, view, out_list);
}

static const struct kube_resource secret_resource = {
    .api_version = TEXT("v1"), .kind = TEXT("Secret"), .plural = TEXT("secrets"), .is_namespaced = true};

static void
look(void *owner)
{
    struct identities *identities = owner;
    struct error err = {0};
    if (identities->authority_arena) {
        if (renew_own(identities, &err))
            loop_timer_start(identities->timer, LOOK_MS);
        else
            try_again(identities, err.message);
        return;
    }
    arena_free(identities->request);
    identities->request = arena_new(0);
    const struct kube_target target = {&secret_resource, identities->options.namespace, TEXT(CA_SECRET)};
    kube_get(identities->request, identities->options.client, &target, on_authority, identities);
}

static void
on_authority(void *owner, const struct kube_answer *answer)
{
    struct identities *identities = owner;
    struct error err = answer->error;
    if (err.kind == ERROR_NOT_FOUND)
        create_authority(identities);
    else if (err.kind != ERROR_NONE || !take_authority(identities, answer->body, &err))
        try_again(identities, err.message);
    digest_forget((void *)(uintptr_t)answer->body.bytes, answer->body.length);
}

static void
create_authority(struct identities *identities)
{
    struct arena *arena = arena_new(0);
    struct tls_identity authority = {0};
    struct error err = {0};
    if (!tls_certificate_authority(arena, TEXT("weir-ca"), &authority, &err)) {
        try_again(identities, err.message);
        arena_free(arena);
        return;
    }
    struct document *secret =
        object_new(arena, "v1", "Secret", identities->options.namespace, TEXT(CA_SECRET));
    object_set_owner(secret, &(struct object_owner){0});
    object_put_text(secret, "type", TEXT("kubernetes.io/tls"));
    struct document *values = object_at(secret, "stringData");
    document_set_text(values, "tls.crt", authority.certificate);
    document_set_text(values, "tls.key", authority.key);
    struct buffer body;
    buffer_init(&body, arena, 4096);
    json_print(secret, &body);
    const struct kube_path_request request = {
        .path = kube_resource_path(arena, &secret_resource, identities->options.namespace, (struct text){0}),
        .method = TEXT("POST"),
        .body = buffer_text(&body),
        .content_type = TEXT("application/json")};
    kube_request(identities->request, identities->options.client, &request, on_created, identities);
    digest_forget((void *)(uintptr_t)authority.key.bytes, authority.key.length);
    digest_forget(body.bytes, body.length);
    arena_free(arena);
}

/* Whoever created it first, it is read back. */
static void
on_created(void *owner, const struct kube_answer *answer)
{
    struct identities *identities = owner;
    if (answer->error.kind == ERROR_NONE)
        log_info("authority_created", LOG_TEXT("secret", TEXT(CA_SECRET)));
    if (answer->error.kind == ERROR_NONE || answer->error.kind == ERROR_CONFLICT)
        loop_timer_start(identities->timer, 0);
    else
        try_again(identities, answer->error.message);
}

static bool
take_authority(struct identities *identities, struct text json, struct error *err)
{
    struct secret_body body;
    secret_body_read(&body, json);
    struct arena *arena = arena_new(0);
    struct tls_identity authority = {text_copy(arena, secret_body_find(&body, TEXT("tls.crt"))),
                                     text_copy(arena, secret_body_find(&body, TEXT("tls.key")))};
    secret_body_close(&body);
    if (!tls_certificate_check(&authority, authority.certificate, err)) {
        error_context(err,
                      "the Secret " CA_SECRET " holds no usable authority: delete it and a new one is made");
        digest_forget((void *)(uintptr_t)authority.key.bytes, authority.key.length);
        arena_free(arena);
        return false;
    }
    identities->authority_arena = arena;
    identities->authority = authority;
    if (!renew_own(identities, err)) {
        identities->authority_arena = NULL;
        arena_free(arena);
        return false;
    }
    loop_timer_start(identities->timer, LOOK_MS);
    return true;
}

static bool
renew_own(struct identities *identities, struct error *err)
{
    struct tls_certificate_facts facts;
    struct arena *scratch = arena_new(0);
    bool is_fresh = identities->own_arena &&
                    tls_certificate_read(scratch, identities->server.certificate, &facts, NULL) &&
                    !tls_certificate_is_due(&facts, clock_unix_ms());
    arena_free(scratch);
    if (is_fresh)
        return true;
    struct arena *arena = arena_new(0);
    struct tls_identity server = {0}, client = {0};
    if (!issue_own(arena, identities, &server, &client, err)) {
        arena_free(arena);
        return false;
    }
    arena_free(identities->own_arena);
    identities->own_arena = arena;
    identities->server = server;
    identities->client = client;
    identities->options.on_ready(identities->options.owner);
    return true;
}

static bool
issue_own(struct arena *arena, const struct identities *identities, struct tls_identity *out_server,
          struct tls_identity *out_client, struct error *err)
{
    const struct identities_options *options = &identities->options;
    const struct tls_certificate_request server = {
        .common_name = options->service,
        .dns_names = identity_names_of_service(arena, options->service, options->namespace),
        .use = TLS_CERTIFICATE_SERVER,
        .lifetime_ms = OWN_LIFETIME_MS};
    const struct tls_certificate_request client = {.common_name = TEXT(CONTROL_OPERATOR_SUBJECT),
                                                   .use = TLS_CERTIFICATE_CLIENT,
                                                   .lifetime_ms = OWN_LIFETIME_MS};
    return tls_certificate_issue(arena, &identities->authority, &server, out_server, err) &&
           tls_certificate_issue(arena, &identities->authority, &client, out_client, err);
}

static void
try_again(struct identities *identities, const char *reason)
{
    log_warn("authority_not_ready", LOG_STRING("reason", reason));
    loop_timer_start(identities->timer, RETRY_MS);
}

static void
release(void *owner)
{
    struct identities *identities = owner;
    struct text keys[] = {identities->authority.key, identities->server.key, identities->client.key};
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (keys[i].bytes)
            digest_forget((void *)(uintptr_t)keys[i].bytes, keys[i].length);
    arena_free(identities->request);
    arena_free(identities->authority_arena);
    arena_free(identities->own_arena);
}
