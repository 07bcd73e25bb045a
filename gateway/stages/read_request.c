/* The body in neutral form: the fields we act on, found in its bytes. What we cannot read for sure is
 * refused. */
#include "gateway/dialects/openai_request.h"
#include "gateway/endpoints.h"
#include "gateway/exchange.h"
#include "gateway/live_config.h"
#include "lib/base/error.h"
#include "lib/net/http_server.h"

/* Without a Content-Type clients mean JSON: curl -d aside, which says something else and is told so. */
static bool
is_json(const struct http_headers *headers)
{
    struct text type = http_headers_find(headers, TEXT("content-type"));
    struct text essence = text_trim(text_cut(&type, ';'));
    return text_is_empty(essence) || text_equals_ignore_case(essence, TEXT("application/json"));
}

static bool
is_plain(const struct http_headers *headers)
{
    struct text coding = http_headers_find(headers, TEXT("content-encoding"));
    return text_is_empty(coding) || text_equals_ignore_case(coding, TEXT("identity"));
}

static enum stage_result
read_request(struct exchange *exchange)
{
    const struct http_headers *headers = &http_call_head(exchange->call)->headers;
    if (!is_json(headers) || !is_plain(headers))
        return exchange_refuse(
            exchange, REFUSE_NOT_JSON,
            REFUSAL_DETAIL(.message = TEXT("The body must be JSON, sent plain: content-type: "
                                           "application/json, no content-encoding.")));

    struct text body = http_call_body(exchange->call);
    int64_t most = exchange->config->config.max_body_bytes;
    if ((int64_t)body.length > most) {
        struct text message = text_format(exchange->arena, "The body has %zu bytes; the most here is %lld.",
                                          body.length, (long long)most);
        return exchange_refuse(exchange, REFUSE_TOO_LARGE,
                               REFUSAL_DETAIL(.message = message, .limit = REFUSAL_SAYS(most)));
    }
    struct error why;
    if (openai_request_read(exchange->arena, exchange->endpoint->model_endpoint, body, &exchange->request,
                            &why))
        return STAGE_NEXT;
    struct text message = text_format(exchange->arena, "The request cannot be read: %s.", why.message);
    return exchange_refuse(exchange, REFUSE_BAD_REQUEST, REFUSAL_DETAIL(.message = message));
}

const struct stage stage_read_request = {
    .name = "read_request",
    .on_request = read_request,
};
