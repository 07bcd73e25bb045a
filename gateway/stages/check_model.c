/* May this model be called here: by the rules first, then whether there is such a model, and whether it leads
 * anywhere. */
#include "gateway/exchange.h"
#include "gateway/live_config.h"
#include "lib/base/buffer.h"

enum { MOST_NAMES = 20 };

static void
add_owner(const struct exchange *exchange, struct buffer *message)
{
    struct text owner = exchange->config->config.owner;
    buffer_print(message, " Ask the owner of the workspace%s%.*s.", text_is_empty(owner) ? "" : ", ",
                 TEXT_ARG(owner));
}

static void
add_allowed(const struct exchange *exchange, struct buffer *message)
{
    struct text names = model_rules_list_allowed(exchange->arena, &exchange->config->config, MOST_NAMES);
    if (text_is_empty(names))
        buffer_add_string(message, " No model is allowed here.");
    else
        buffer_print(message, " Allowed here: %.*s.", TEXT_ARG(names));
}

static enum stage_result
refuse_denied(struct exchange *exchange, const struct model_verdict *verdict)
{
    const struct rule_source *from = verdict->rule ? &verdict->rule->from : NULL;
    struct buffer message;
    buffer_init(&message, exchange->arena, 256);
    buffer_print(&message, "%.*s is %s in %.*s/%.*s", TEXT_ARG(exchange->request.model),
                 verdict->is_denied ? "denied" : "not allowed", TEXT_ARG(exchange->gateway->workspace),
                 TEXT_ARG(exchange->gateway->environment));
    if (from && !text_is_empty(from->policy))
        buffer_print(&message, " by policy %.*s", TEXT_ARG(from->policy));
    if (from && !text_is_empty(from->place))
        buffer_print(&message, " (%.*s)", TEXT_ARG(from->place));
    buffer_add_byte(&message, '.');
    add_allowed(exchange, &message);
    add_owner(exchange, &message);
    return exchange_refuse(
        exchange, REFUSE_MODEL_DENIED,
        REFUSAL_DETAIL(.message = buffer_text(&message), .param = TEXT("model"), .from = from,
                       .rule = verdict->is_denied ? TEXT("models.deny") : TEXT("models.allow")));
}

static enum stage_result
refuse_unknown(struct exchange *exchange)
{
    struct buffer message;
    buffer_init(&message, exchange->arena, 256);
    buffer_print(&message, "There is no model %.*s in %.*s/%.*s.", TEXT_ARG(exchange->request.model),
                 TEXT_ARG(exchange->gateway->workspace), TEXT_ARG(exchange->gateway->environment));
    add_allowed(exchange, &message);
    return exchange_refuse(exchange, REFUSE_MODEL_NOT_FOUND,
                           REFUSAL_DETAIL(.message = buffer_text(&message), .param = TEXT("model")));
}

/* Its route is there, but nothing that it leads to can be called: no retry helps until somebody acts. */
static enum stage_result
refuse_unavailable(struct exchange *exchange, const struct gateway_model *model)
{
    struct text why =
        text_is_empty(model->unavailable) ? TEXT("its route has no target") : model->unavailable;
    struct buffer message;
    buffer_init(&message, exchange->arena, 256);
    buffer_print(&message, "%.*s cannot be called in %.*s/%.*s now: %.*s.", TEXT_ARG(model->name),
                 TEXT_ARG(exchange->gateway->workspace), TEXT_ARG(exchange->gateway->environment),
                 TEXT_ARG(why));
    add_allowed(exchange, &message);
    add_owner(exchange, &message);
    return exchange_refuse(exchange, REFUSE_MODEL_UNAVAILABLE,
                           REFUSAL_DETAIL(.message = buffer_text(&message), .param = TEXT("model")));
}

static enum stage_result
check_model(struct exchange *exchange)
{
    const struct live_model *model = live_config_find_model(exchange->config, exchange->request.model);
    struct model_verdict verdict;
    if (model) {
        verdict = model->verdict;
    } else {
        const struct gateway_model *none;
        verdict = model_rules_decide_name(&exchange->config->config, exchange->request.model, &none);
    }
    if (verdict.shadow)
        exchange_note_shadow(exchange, text_of(refusal_get(REFUSE_MODEL_DENIED)->code));
    if (!verdict.allowed)
        return refuse_denied(exchange, &verdict);
    if (!model)
        return refuse_unknown(exchange);
    if (!gateway_model_has_targets(model->model))
        return refuse_unavailable(exchange, model->model);
    exchange->model = model;
    return STAGE_NEXT;
}

const struct stage stage_check_model = {
    .name = "check_model",
    .on_request = check_model,
};
