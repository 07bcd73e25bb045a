/* What was issued and is not yet in its Secret is kept: two passes must not issue two certificates. Reading
 * keys and certificates is most of what a small pass costs, so what was good is believed for a while. */
#include "operator/runtime/gateway_identities.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/net/digest.h"
#include "operator/objects/names.h"
#include "operator/runtime/identity_check.h"
#include "operator/runtime/secret_values.h"

#define LIFETIME_MS (INT64_C(90) * 24 * 3600000)
#define PROVEN_MS (INT64_C(10) * 60000)

struct issued {
    struct arena *arena;
    struct tls_identity identity;
};

struct proven {
    uint64_t hash; /* of the identity, its authority and its subject */
    int64_t unix_ms;
};

struct gateway_identities {
    struct arena *arena;
    struct secret_values *secrets;
    struct map *issued; /* namespace -> struct issued */
    struct map *proven; /* namespace -> struct proven: what its Secret has was good a short while ago */
};

static bool
add_identity(struct arena *arena, struct gateway_identities *identities, const struct tls_identity *authority,
             const struct gateway_identity *wanted, struct gateway_identity_list *list);
static bool is_still_good(struct gateway_identities *identities, const struct tls_identity *identity,
                          const struct tls_identity *authority, const struct gateway_identity *wanted);
static void forget_issued(struct gateway_identities *identities, struct text namespace);
static void release(void *owner);

struct gateway_identities *
gateway_identities_new(struct arena *arena, struct secret_values *secrets)
{
    struct gateway_identities *identities = arena_alloc(arena, sizeof(*identities));
    *identities = (struct gateway_identities){
        .arena = arena, .secrets = secrets, .issued = map_new(arena), .proven = map_new(arena)};
    arena_defer(arena, release, identities);
    return identities;
}

bool
gateway_identities_list(struct arena *arena, struct gateway_identities *identities,
                        const struct tls_identity *authority, const struct cluster_view *view,
                        struct gateway_identity_list *out_list)
{
    *out_list = (struct gateway_identity_list){0};
    const struct workspace *workspace = NULL;
    for (size_t i = 0; i < view->base.objects.count && !workspace; i++)
        if (view->base.objects.items[i].kind->id == KIND_WORKSPACE)
            workspace = view->base.objects.items[i].workspace;
    if (!workspace)
        return true;
    bool is_whole = true;
    size_t count = workspace->spec.environments.count;
    out_list->items = arena_alloc_array(arena, count, sizeof(*out_list->items));
    for (size_t i = 0; i < count; i++) {
        const struct workspace_environment *environment = &workspace->spec.environments.items[i];
        struct gateway_identity wanted = {
            .namespace = workspace_environment_namespace(arena, workspace, environment),
            .certificate = names_gateway_subject(arena, workspace->metadata.name, environment->name)};
        is_whole &= add_identity(arena, identities, authority, &wanted, out_list);
    }
    return is_whole;
}

/* wanted->certificate is the subject here. */
static bool
add_identity(struct arena *arena, struct gateway_identities *identities, const struct tls_identity *authority,
             const struct gateway_identity *wanted, struct gateway_identity_list *list)
{
    struct text name = TEXT(GATEWAY_IDENTITY_SECRET);
    if (!secret_values_want(identities->secrets, wanted->namespace, name))
        return false;
    struct tls_identity identity = {
        secret_values_find(identities->secrets, wanted->namespace, name, TEXT("tls.crt")),
        secret_values_find(identities->secrets, wanted->namespace, name, TEXT("tls.key"))};
    struct issued *issued = map_find(identities->issued, wanted->namespace);
    if (is_still_good(identities, &identity, authority, wanted)) {
        forget_issued(identities, wanted->namespace);
    } else if (issued && identity_is_good(&issued->identity, authority->certificate, wanted->certificate)) {
        identity = issued->identity;
    } else {
        forget_issued(identities, wanted->namespace);
        issued = arena_alloc(identities->arena, sizeof(*issued));
        issued->arena = arena_new(0);
        const struct tls_certificate_request request = {
            .common_name = wanted->certificate, .use = TLS_CERTIFICATE_CLIENT, .lifetime_ms = LIFETIME_MS};
        struct error err = {0};
        if (!tls_certificate_issue(issued->arena, authority, &request, &issued->identity, &err)) {
            log_error("certificate_not_issued", LOG_TEXT("namespace", wanted->namespace),
                      LOG_STRING("reason", err.message));
            arena_free(issued->arena);
            return true;
        }
        map_set(identities->issued, wanted->namespace, issued);
        identity = issued->identity;
    }
    list->items[list->count++] =
        (struct gateway_identity){.namespace = wanted->namespace,
                                  .certificate = text_copy(arena, identity.certificate),
                                  .key = text_copy(arena, identity.key),
                                  .authority = text_copy(arena, authority->certificate)};
    return true;
}

static bool
is_still_good(struct gateway_identities *identities, const struct tls_identity *identity,
              const struct tls_identity *authority, const struct gateway_identity *wanted)
{
    const struct text parts[] = {identity->certificate, identity->key, authority->certificate,
                                 wanted->certificate};
    uint64_t hashes[COUNT_OF(parts)];
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        hashes[i] = map_hash(parts[i]);
    uint64_t hash = map_hash((struct text){(const char *)hashes, sizeof(hashes)});
    int64_t now_ms = clock_unix_ms();
    struct proven *proven = map_find(identities->proven, wanted->namespace);
    if (proven && proven->hash == hash && now_ms >= proven->unix_ms && now_ms - proven->unix_ms < PROVEN_MS)
        return true;
    if (!identity_is_good(identity, authority->certificate, wanted->certificate))
        return false;
    if (!proven) {
        proven = arena_alloc(identities->arena, sizeof(*proven));
        map_set(identities->proven, wanted->namespace, proven);
    }
    *proven = (struct proven){hash, now_ms};
    return true;
}

static void
forget_issued(struct gateway_identities *identities, struct text namespace)
{
    struct issued *issued = map_find(identities->issued, namespace);
    if (!issued)
        return;
    map_remove(identities->issued, namespace);
    digest_forget((void *)(uintptr_t)issued->identity.key.bytes, issued->identity.key.length);
    arena_free(issued->arena);
}

static void
release(void *owner)
{
    struct gateway_identities *identities = owner;
    struct text namespace;
    void *found;
    for (size_t at = 0; map_next(identities->issued, &at, &namespace, &found);)
        arena_free(((struct issued *)found)->arena);
}
