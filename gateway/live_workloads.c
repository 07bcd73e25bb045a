/* From a token to a workload: the signature and the registered claims are jwt.c's, what Kubernetes says
 * beside them is read here. */
#include "gateway/live_workloads.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/map.h"
#include "lib/document/json.h"
#include "lib/net/jwt.h"

/* A token that was verified. */
struct known_token {
    struct live_workload workload;
    int64_t expires_unix_ms;
};

static void load_keys(struct arena *arena, struct live_workloads *workloads);
static bool verify(const struct live_workloads *workloads, struct arena *arena, struct text token,
                   int64_t now_unix_ms, struct known_token *out_token);
static void remember(struct live_workloads *workloads, struct text hash, const struct known_token *token);

static void
release_known(void *owner)
{
    arena_free(owner);
}

void
live_workloads_index(struct arena *arena, const struct workload_identity *identity,
                     struct live_workloads *out_workloads)
{
    *out_workloads = (struct live_workloads){0};
    if (text_is_empty(identity->issuer))
        return;
    out_workloads->identity = identity;
    out_workloads->known_arena = arena_new(0);
    out_workloads->known = map_new(out_workloads->known_arena);
    arena_defer(arena, release_known, out_workloads->known_arena);
    load_keys(arena, out_workloads);
}

static void
load_keys(struct arena *arena, struct live_workloads *workloads)
{
    const struct token_key_list *written = &workloads->identity->keys;
    workloads->keys = jwt_keys_new(arena);
    workloads->problems.items = arena_alloc_array(arena, written->count, sizeof(struct text));
    for (size_t i = 0; i < written->count; i++) {
        const struct token_key *from = &written->items[i];
        const struct jwt_key key = {.kid = from->kid,
                                    .alg = from->alg,
                                    .kty = from->kty,
                                    .n = from->n,
                                    .e = from->e,
                                    .crv = from->crv,
                                    .x = from->x,
                                    .y = from->y};
        struct error why;
        if (!jwt_keys_add(workloads->keys, &key, &why))
            workloads->problems.items[workloads->problems.count++] =
                text_format(arena, "key %.*s: %s", TEXT_ARG(from->kid), why.message);
    }
}

bool
live_workloads_may_know(const struct live_workloads *workloads, struct text token)
{
    return workloads->identity && jwt_has_form(token);
}

bool
live_workloads_find(struct live_workloads *workloads, struct arena *arena, struct text token,
                    int64_t now_unix_ms, struct live_workload *out_workload)
{
    uint8_t digest[DIGEST_SHA256_BYTES];
    digest_sha256(token, digest);
    struct text hash = {(const char *)digest, sizeof(digest)};
    const struct known_token *known = map_find(workloads->known, hash);
    struct known_token verified;
    if (!known || now_unix_ms >= known->expires_unix_ms + JWT_LEEWAY_MS) {
        if (!verify(workloads, arena, token, now_unix_ms, &verified))
            return false;
        remember(workloads, hash, &verified);
        known = &verified;
    }
    *out_workload = (struct live_workload){.name = text_copy(arena, known->workload.name),
                                           .deployment = text_copy(arena, known->workload.deployment),
                                           .pod = text_copy(arena, known->workload.pod)};
    return true;
}

/* "system:serviceaccount:<namespace>:<name>" must say the same as the claims beside it. */
static bool
is_subject(struct arena *arena, struct text subject, struct text namespace, struct text account)
{
    struct text wanted =
        text_format(arena, "system:serviceaccount:%.*s:%.*s", TEXT_ARG(namespace), TEXT_ARG(account));
    return text_equals(subject, wanted);
}

static bool
verify(const struct live_workloads *workloads, struct arena *arena, struct text token, int64_t now_unix_ms,
       struct known_token *out_token)
{
    const struct workload_identity *identity = workloads->identity;
    const struct jwt_expected expected = {workloads->keys, identity->issuer, identity->audience, now_unix_ms};
    struct jwt_claims claims;
    struct document *said;
    if (!jwt_verify(arena, &expected, token, &claims, NULL) ||
        !json_parse(arena, claims.json, (struct text){0}, &said, NULL))
        return false;

    const struct document *kubernetes = document_find(said, TEXT("kubernetes.io"));
    struct text namespace = document_text(document_find(kubernetes, TEXT("namespace")));
    struct text account = document_text(document_get(kubernetes, "serviceaccount.name"));
    if (text_is_empty(account) || text_is_empty(namespace) || !text_equals(namespace, identity->namespace) ||
        !is_subject(arena, claims.subject, namespace, account))
        return false;

    static const struct text prefix = TEXT(WORKLOAD_ACCOUNT_PREFIX);
    bool is_deployments = text_starts_with(account, prefix);
    *out_token = (struct known_token){
        .workload = {.name = text_format(arena, "%.*s/%.*s", TEXT_ARG(namespace), TEXT_ARG(account)),
                     .pod = document_text(document_get(kubernetes, "pod.name"))},
        .expires_unix_ms = claims.expires_unix_ms};
    if (is_deployments)
        out_token->workload.deployment = text_slice(account, prefix.length, account.length);
    return true;
}

/* A full table is begun anew: verifying again costs little, and only who holds good tokens can fill it. */
static void
remember(struct live_workloads *workloads, struct text hash, const struct known_token *token)
{
    if (map_count(workloads->known) >= LIVE_WORKLOADS_MAX_KNOWN) {
        arena_reset(workloads->known_arena);
        workloads->known = map_new(workloads->known_arena);
    }
    struct arena *arena = workloads->known_arena;
    struct known_token *kept = arena_copy(arena, token, sizeof(*token));
    kept->workload.name = text_copy(arena, token->workload.name);
    kept->workload.deployment = text_copy(arena, token->workload.deployment);
    kept->workload.pod = text_copy(arena, token->workload.pod);
    map_set(workloads->known, hash, kept);
}
