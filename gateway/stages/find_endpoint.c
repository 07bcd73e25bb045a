/* Which of our endpoints is called; says what exists when it is none. */
#include "gateway/endpoints.h"
#include "gateway/exchange.h"
#include "lib/net/http_server.h"

static enum stage_result
find_endpoint(struct exchange *exchange)
{
    const struct http_request_head *head = http_call_head(exchange->call);
    bool is_method_wrong;
    const struct endpoint *endpoint = endpoint_find(head->method, head->path, &is_method_wrong);
    if (!endpoint) {
        struct text message = text_format(
            exchange->arena,
            "There is nothing at %.*s %.*s. Here are: POST /v1/chat/completions, POST /v1/completions, "
            "POST /v1/embeddings, GET /v1/models, GET /v1/models/{id}.",
            TEXT_ARG(head->method), TEXT_ARG(head->path));
        return exchange_refuse(exchange, REFUSE_UNKNOWN_PATH, REFUSAL_DETAIL(.message = message));
    }
    exchange->endpoint = endpoint;
    if (!is_method_wrong)
        return STAGE_NEXT;

    exchange_add_header(exchange, TEXT("allow"), text_of(endpoint->method));
    struct text message = text_format(exchange->arena, "%.*s answers %s, not %.*s.", TEXT_ARG(head->path),
                                      endpoint->method, TEXT_ARG(head->method));
    return exchange_refuse(exchange, REFUSE_WRONG_METHOD, REFUSAL_DETAIL(.message = message));
}

const struct stage stage_find_endpoint = {
    .name = "find_endpoint",
    .on_request = find_endpoint,
};
