/* What the call is for, as far as the client says so: x-weir-run, x-weir-user and x-weir-tags. Run and tags
 * go into its record, the end user into the name of an account (call_budget_open), and nothing to a provider.
 * Behind the one who calls, whose declared tags go before the client's. */
#include "gateway/exchange.h"
#include "gateway/live_config.h"
#include "lib/base/error.h"
#include "lib/net/http_server.h"

#define RUN TEXT("x-weir-run")
#define USER TEXT("x-weir-user")
#define TAGS TEXT("x-weir-tags")

static enum stage_result
refuse(struct exchange *exchange, struct text message)
{
    return exchange_refuse(exchange, REFUSE_BAD_REQUEST, REFUSAL_DETAIL(.message = message));
}

static enum stage_result
read_run(struct exchange *exchange, const struct http_headers *headers, struct text run)
{
    if (http_headers_count_of(headers, RUN) > 1 || !call_purpose_is_run(run))
        return refuse(exchange, text_format(exchange->arena,
                                            "The header x-weir-run, where it is sent, must be there once and "
                                            "name one run by 1 to %d visible ASCII characters.",
                                            USAGE_RUN_MAX_BYTES));
    exchange->purpose.run = run;
    return STAGE_NEXT;
}

static enum stage_result
read_user(struct exchange *exchange, const struct http_headers *headers, struct text user)
{
    if (http_headers_count_of(headers, USER) > 1 || !call_purpose_is_user(user))
        return refuse(exchange,
                      text_format(exchange->arena,
                                  "The header x-weir-user, where it is sent, must be there once and "
                                  "name one end user by 1 to %d bytes of printable UTF-8.",
                                  CALL_PURPOSE_USER_MAX_BYTES));
    exchange->purpose.user = user;
    return STAGE_NEXT;
}

static enum stage_result
read_tags(struct exchange *exchange, const struct http_headers *headers, struct text tags)
{
    struct error why;
    struct text_pair_list *own = &exchange->purpose.tags;
    if (http_headers_count_of(headers, TAGS) > 1)
        return refuse(exchange, TEXT("The header x-weir-tags is there twice: send one with all tags."));
    if (call_purpose_read_tags(exchange->arena, tags, &exchange->caller->tags, own, &why))
        return STAGE_NEXT;
    return refuse(exchange,
                  text_format(exchange->arena, "The header x-weir-tags cannot be read: %s.", why.message));
}

static enum stage_result
read_purpose(struct exchange *exchange)
{
    const struct http_headers *headers = &http_call_head(exchange->call)->headers;
    struct text run = http_headers_find(headers, RUN), user = http_headers_find(headers, USER);
    struct text tags = http_headers_find(headers, TAGS);
    exchange->purpose.tags = exchange->caller->tags;
    if (run.bytes && read_run(exchange, headers, run) != STAGE_NEXT)
        return STAGE_ANSWERED;
    if (user.bytes && read_user(exchange, headers, user) != STAGE_NEXT)
        return STAGE_ANSWERED;
    return tags.bytes ? read_tags(exchange, headers, tags) : STAGE_NEXT;
}

const struct stage stage_read_purpose = {
    .name = "read_purpose",
    .on_request = read_purpose,
};
