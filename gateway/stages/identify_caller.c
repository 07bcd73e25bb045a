/* Who is asking: a caller by the hash of the key they show, declared or made over REST, or a workload by its
 * ServiceAccount token. Says no in the same words whatever was wrong with it, and to a key in the same time.
 */
#include "gateway/exchange.h"
#include "gateway/heard_keys.h"
#include "gateway/live_config.h"
#include "lib/base/arena.h"
#include "lib/net/digest.h"
#include "lib/net/http_server.h"

static struct text
find_key(const struct http_headers *headers)
{
    static const struct text bearer = TEXT("Bearer ");
    struct text authorization = http_headers_find(headers, TEXT("authorization"));
    if (text_is_empty(authorization))
        return http_headers_find(headers, TEXT("x-api-key"));
    if (!text_equals_ignore_case(text_slice(authorization, 0, bearer.length), bearer))
        return (struct text){0};
    return text_trim(text_slice(authorization, bearer.length, authorization.length));
}

static bool
has_expired(const struct gateway_caller *caller, int64_t unix_ms)
{
    return caller->expires != FIELD_UNSET && unix_ms >= caller->expires;
}

static enum stage_result
refuse(struct exchange *exchange)
{
    struct text owner = exchange->config->config.owner;
    struct text message = text_format(
        exchange->arena,
        "A key that is valid in %.*s/%.*s is needed, as Authorization: Bearer KEY or x-api-key: KEY. "
        "Ask the owner of the workspace%s%.*s for one.",
        TEXT_ARG(exchange->gateway->workspace), TEXT_ARG(exchange->gateway->environment),
        text_is_empty(owner) ? "" : ", ", TEXT_ARG(owner));
    exchange_add_header(exchange, TEXT("www-authenticate"), TEXT("Bearer realm=\"weir\""));
    return exchange_refuse(exchange, REFUSE_NOT_A_CALLER, REFUSAL_DETAIL(.message = message));
}

/* A workload is a caller like any other: under the name <namespace>/<serviceaccount>. */
static bool
is_workload(struct exchange *exchange, struct text token)
{
    struct live_workloads *workloads = &exchange->config->workloads;
    struct live_workload workload;
    if (!live_workloads_may_know(workloads, token) ||
        !live_workloads_find(workloads, exchange->arena, token, exchange->timing.unix_ms, &workload))
        return false;
    struct gateway_caller *caller = arena_alloc(exchange->arena, sizeof(*caller));
    *caller = (struct gateway_caller){.name = workload.name, .expires = FIELD_UNSET};
    exchange->workload = arena_copy(exchange->arena, &workload, sizeof(workload));
    exchange->caller = caller;
    return true;
}

static enum stage_result
identify_caller(struct exchange *exchange)
{
    struct text key = find_key(&http_call_head(exchange->call)->headers);
    uint8_t hash[DIGEST_SHA256_BYTES];
    digest_sha256(key, hash);
    const struct gateway_caller *caller = heard_keys_caller(
        exchange->gateway->keys, &exchange->config->callers, hash, exchange->timing.unix_ms);
    if (!caller && is_workload(exchange, key))
        return STAGE_NEXT;
    if (!caller || text_is_empty(key) || has_expired(caller, exchange->timing.unix_ms))
        return refuse(exchange);
    exchange->caller = caller;
    return STAGE_NEXT;
}

const struct stage stage_identify_caller = {
    .name = "identify_caller",
    .on_request = identify_caller,
};
