/* Refuses every call while there is nothing to go by, no way to keep the account, or the environment is
 * suspended. */
#include "gateway/exchange.h"
#include "gateway/live_config.h"
#include "lib/base/text.h"

enum { ASK_AGAIN_MS = 1000 };

static enum stage_result
check_service(struct exchange *exchange)
{
    struct gateway *gateway = exchange->gateway;
    if (!usage_log_is_taking(gateway->usage_log))
        return exchange_refuse(
            exchange, REFUSE_JOURNAL,
            REFUSAL_DETAIL(.message = TEXT(
                               "This gateway cannot write its usage journal (disk full?) and takes no calls "
                               "until it can. Another gateway may serve you."),
                           .retry_after_ms = REFUSAL_SAYS(ASK_AGAIN_MS)));
    if (!exchange->config)
        return exchange_refuse(
            exchange, REFUSE_NO_CONFIG,
            REFUSAL_DETAIL(.message = TEXT("This gateway has no configuration yet. Ask again in a second."),
                           .retry_after_ms = REFUSAL_SAYS(ASK_AGAIN_MS)));
    if (!exchange->config->config.suspended)
        return STAGE_NEXT;

    struct text owner = exchange->config->config.owner;
    struct text message = text_format(
        exchange->arena, "%.*s/%.*s is suspended: no call is served. Ask the owner of the workspace%s%.*s.",
        TEXT_ARG(gateway->workspace), TEXT_ARG(gateway->environment), text_is_empty(owner) ? "" : ", ",
        TEXT_ARG(owner));
    return exchange_refuse(exchange, REFUSE_SUSPENDED, REFUSAL_DETAIL(.message = message));
}

const struct stage stage_check_service = {
    .name = "check_service",
    .on_request = check_service,
};
