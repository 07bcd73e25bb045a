/* See the header. */
#include "gateway/call_bounds.h"

#include "gateway/decide/token_bound.h"
#include "gateway/exchange.h"

int64_t
call_bounds_input_tokens(struct exchange *exchange)
{
    const struct model_request *asked = &exchange->request;
    const struct openai_parts *parts = call_bounds_parts(exchange);
    return token_bound_upper(asked->body.length, asked->message_count) +
           token_bound_parts(parts->image_count, parts->other_count);
}

const struct openai_parts *
call_bounds_parts(struct exchange *exchange)
{
    if (!exchange->has_parts && exchange->request.endpoint == MODEL_ENDPOINT_CHAT)
        exchange->parts = openai_parts_count(exchange->request.prompt);
    exchange->has_parts = true;
    return &exchange->parts;
}

int64_t
call_bounds_output_tokens(const struct exchange *exchange)
{
    int64_t all;
    if (exchange->max_output_tokens == MODEL_REQUEST_NO_MAXIMUM ||
        exchange->request.endpoint == MODEL_ENDPOINT_EMBEDDINGS)
        return 0;
    if (__builtin_mul_overflow(exchange->max_output_tokens, exchange->request.answer_count, &all))
        return INT64_MAX;
    return all;
}
