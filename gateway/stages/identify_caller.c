/* Who is asking, by the hash of the key they show. Says no in the same words and time whatever was wrong with
 * it. */
#include "gateway/exchange.h"
#include "gateway/live_config.h"
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

static enum stage_result
identify_caller(struct exchange *exchange)
{
    struct text key = find_key(&http_call_head(exchange->call)->headers);
    uint8_t hash[DIGEST_SHA256_BYTES];
    digest_sha256(key, hash);
    const struct gateway_caller *caller = live_callers_find(&exchange->config->callers, hash);
    if (!caller || text_is_empty(key) || has_expired(caller, exchange->timing.unix_ms))
        return refuse(exchange);
    exchange->caller = caller;
    return STAGE_NEXT;
}

const struct stage stage_identify_caller = {
    .name = "identify_caller",
    .on_request = identify_caller,
};
