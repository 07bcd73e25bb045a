/* How much one call may ask: a prompt beyond the maximum is refused, an answer clamped or refused as the
 * policy says. */
#include "gateway/decide/maximum.h"
#include "gateway/decide/token_bound.h"
#include "gateway/exchange.h"
#include "gateway/live_config.h"
#include "gateway/wording.h"

static enum stage_result
refuse_input(struct exchange *exchange, const struct gateway_maximum *maximum, int64_t tokens)
{
    struct text message = text_format(
        exchange->arena,
        "The prompt is about %.*s tokens; the most in %.*s/%.*s is %.*s. Send a shorter one.",
        TEXT_ARG(wording_number(exchange->arena, tokens)), TEXT_ARG(exchange->gateway->workspace),
        TEXT_ARG(exchange->gateway->environment), TEXT_ARG(wording_number(exchange->arena, maximum->amount)));
    return exchange_refuse(exchange, REFUSE_INPUT_TOO_LONG,
                           REFUSAL_DETAIL(.message = message, .from = &maximum->from,
                                          .rule = TEXT("maxInputTokens"),
                                          .limit = REFUSAL_SAYS(maximum->amount)));
}

static enum stage_result
refuse_output(struct exchange *exchange, const struct gateway_maximum *maximum)
{
    struct text message =
        text_format(exchange->arena,
                    "An answer may have at most %.*s tokens in %.*s/%.*s; %.*s were asked for. Ask for less.",
                    TEXT_ARG(wording_number(exchange->arena, maximum->amount)),
                    TEXT_ARG(exchange->gateway->workspace), TEXT_ARG(exchange->gateway->environment),
                    TEXT_ARG(wording_number(exchange->arena, exchange->request.max_output_tokens)));
    return exchange_refuse(exchange, REFUSE_OUTPUT_TOO_LONG,
                           REFUSAL_DETAIL(.message = message, .param = TEXT("max_tokens"),
                                          .from = &maximum->from, .rule = TEXT("maxOutputTokens"),
                                          .limit = REFUSAL_SAYS(maximum->amount)));
}

static enum stage_result
check_output(struct exchange *exchange)
{
    const struct gateway_maximum *maximum = &exchange->config->config.max_output_tokens;
    int64_t asked = exchange->request.max_output_tokens;
    exchange->max_output_tokens = asked;
    if (exchange->request.endpoint == MODEL_ENDPOINT_EMBEDDINGS)
        return STAGE_NEXT;

    struct maximum_verdict verdict =
        maximum_of_output(maximum, asked == MODEL_REQUEST_NO_MAXIMUM ? MAXIMUM_NOT_ASKED : asked);
    if (verdict.shadow_refused)
        exchange_note_shadow(exchange, text_of(refusal_get(REFUSE_OUTPUT_TOO_LONG)->code));
    if (verdict.refused)
        return refuse_output(exchange, maximum);
    if (verdict.changed)
        exchange->max_output_tokens = verdict.value;
    return STAGE_NEXT;
}

static enum stage_result
check_maxima(struct exchange *exchange)
{
    const struct gateway_maximum *maximum = &exchange->config->config.max_input_tokens;
    int64_t tokens = token_bound_estimate(exchange->request.prompt_bytes, exchange->request.message_count);
    struct maximum_verdict verdict = maximum_of_input(maximum, tokens);
    if (verdict.shadow_refused)
        exchange_note_shadow(exchange, text_of(refusal_get(REFUSE_INPUT_TOO_LONG)->code));
    if (verdict.refused)
        return refuse_input(exchange, maximum, tokens);
    return check_output(exchange);
}

const struct stage stage_check_maxima = {
    .name = "check_maxima",
    .on_request = check_maxima,
};
