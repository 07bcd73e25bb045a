/* Whether any target can be asked at all, before anything is sent; the order they are asked in is route.c's.
 */
#include "gateway/exchange.h"
#include "gateway/live_config.h"
#include "gateway/route.h"
#include "gateway/wording.h"

enum { SHORTEST_WAIT_MS = 1000 };

static enum stage_result
refuse(struct exchange *exchange, int64_t wait_ms)
{
    struct text model = exchange->request.model;
    struct text problem = route_problem(exchange->model);
    if (wait_ms < 0) {
        bool is_said = !text_is_empty(problem);
        struct text message =
            text_format(exchange->arena, "%.*s cannot be served by %.*s/%.*s now: %.*s.", TEXT_ARG(model),
                        TEXT_ARG(exchange->gateway->workspace), TEXT_ARG(exchange->gateway->environment),
                        TEXT_ARG(is_said ? problem : TEXT("it has no target that the policies allow")));
        return exchange_refuse(exchange, REFUSE_NO_TARGET,
                               REFUSAL_DETAIL(.message = message, .retry_cannot_help = true));
    }
    int64_t back_ms = wait_ms > SHORTEST_WAIT_MS ? wait_ms : SHORTEST_WAIT_MS;
    struct text message = text_format(
        exchange->arena, "Every target of %.*s failed lately and is resting. The next try is in %.*s.",
        TEXT_ARG(model), TEXT_ARG(wording_wait(exchange->arena, back_ms)));
    return exchange_refuse(exchange, REFUSE_NO_TARGET,
                           REFUSAL_DETAIL(.message = message, .retry_after_ms = REFUSAL_SAYS(back_ms)));
}

static enum stage_result
choose_route(struct exchange *exchange)
{
    int64_t now_ms = exchange->timing.now_ms;
    exchange->route = route_new(exchange->arena, exchange->model);
    if (route_has_other(exchange->route, true, now_ms))
        return STAGE_NEXT;
    return refuse(exchange, route_wait_ms(exchange->model, now_ms));
}

const struct stage stage_choose_route = {
    .name = "choose_route",
    .on_request = choose_route,
};
