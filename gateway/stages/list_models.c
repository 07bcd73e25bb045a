/* GET /v1/models and /v1/models/{id}: what this environment's policies leave its callers. Answered from the
 * config alone. */
#include "gateway/endpoints.h"
#include "gateway/exchange.h"
#include "gateway/live_config.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/net/http_server.h"

static bool
is_callable(const struct live_model *model)
{
    return model->verdict.allowed && model->target_count + model->fallback_count > 0;
}

static void
print_model(const struct live_model *model, struct buffer *out)
{
    const struct live_target *first = model->target_count > 0 ? model->targets : model->fallback;
    buffer_add_string(out, "{\"id\":");
    buffer_add_json_string(out, model->model->name);
    buffer_add_string(out, ",\"object\":\"model\",\"created\":0,\"owned_by\":");
    buffer_add_json_string(out, first->target->provider);
    buffer_add_byte(out, '}');
}

static void
print_all(const struct live_config *config, struct buffer *out)
{
    bool is_first = true;
    buffer_add_string(out, "{\"object\":\"list\",\"data\":[");
    for (size_t i = 0; i < config->config.models.count; i++) {
        const struct live_model *model = live_config_find_model(config, config->config.models.items[i].name);
        if (!is_callable(model))
            continue;
        if (!is_first)
            buffer_add_byte(out, ',');
        print_model(model, out);
        is_first = false;
    }
    buffer_add_string(out, "]}");
}

static enum stage_result
answer(struct exchange *exchange, struct buffer *body)
{
    exchange->reply.status = 200;
    exchange->reply.body = buffer_text(body);
    exchange->outcome.kind = CALL_COMPLETED;
    exchange_add_header(exchange, TEXT("content-type"), TEXT("application/json"));
    exchange_add_standing_headers(exchange);
    return STAGE_ANSWERED;
}

static enum stage_result
answer_one(struct exchange *exchange, struct buffer *body)
{
    struct text path = http_call_head(exchange->call)->path;
    struct text escaped = text_slice(path, text_of(exchange->endpoint->path).length, path.length);
    struct text name;
    const struct live_model *model = NULL;
    if (http_unescape(exchange->arena, escaped, &name))
        model = live_config_find_model(exchange->config, name);
    if (model && is_callable(model)) {
        print_model(model, body);
        return answer(exchange, body);
    }
    struct text message = text_format(
        exchange->arena, "There is no model %.*s for you in %.*s/%.*s. GET /v1/models lists those there are.",
        TEXT_ARG(escaped), TEXT_ARG(exchange->gateway->workspace), TEXT_ARG(exchange->gateway->environment));
    return exchange_refuse(exchange, REFUSE_MODEL_NOT_FOUND,
                           REFUSAL_DETAIL(.message = message, .param = TEXT("model")));
}

static enum stage_result
list_models(struct exchange *exchange)
{
    if (exchange->endpoint->kind == ENDPOINT_MODEL_CALL)
        return STAGE_NEXT;

    struct buffer body;
    buffer_init(&body, exchange->arena, 1024);
    if (exchange->endpoint->kind == ENDPOINT_ONE_MODEL)
        return answer_one(exchange, &body);
    print_all(exchange->config, &body);
    return answer(exchange, &body);
}

const struct stage stage_list_models = {
    .name = "list_models",
    .on_request = list_models,
};
