/* Who, what, how much: see the header. */
#include "gateway/call_record.h"

#include "gateway/call_budget.h"
#include "gateway/decide/call_cost.h"
#include "gateway/endpoints.h"
#include "gateway/exchange.h"
#include "gateway/live_config.h"
#include "lib/base/buffer.h"

enum { RECORD_BYTES = 2048 }; /* a usual one has 700, with budgets at four levels 1,400 */

static void add_who(const struct exchange *exchange, struct usage_record *record);
static void
add_what(const struct exchange *exchange, const struct live_target *target, struct usage_record *record);
static void add_cost(struct exchange *exchange, const struct recorded_try *of, struct usage_record *record);

void
call_record_fill(struct exchange *exchange, const struct recorded_try *of, struct usage_record *record)
{
    record->call = exchange_id(exchange);
    record->time_ms = exchange->timing.unix_ms;
    record->trace_id = (struct text){exchange->trace.trace_id, TRACE_ID_DIGITS};
    record->idempotency_key = exchange->outcome.idempotency_key;
    add_who(exchange, record);
    add_what(exchange, of->target, record);
    record->attempts = exchange->attempts;
    record->try_number = of->number;
    record->queue_us = of->sent_us > 0 ? of->sent_us - exchange->timing.started_us : 0;
    record->usage_source = of->usage.source;
    usage_record_set_vector(record, &of->usage.vector);
    const struct call_budget_told told = call_budget_take_told(exchange->budget);
    record->charges = told.charges;
    record->unheld = told.unheld;
    record->slowed = told.slowed;
    add_cost(exchange, of, record);
}

struct text
call_record_print(struct exchange *exchange, const struct usage_record *record)
{
    struct buffer json;
    buffer_init(&json, exchange->arena, RECORD_BYTES);
    usage_record_print(record, &json);
    return buffer_text(&json);
}

static void
add_who(const struct exchange *exchange, struct usage_record *record)
{
    record->workspace = exchange->gateway->workspace;
    record->environment = exchange->gateway->environment;
    record->gateway = exchange->gateway->name;
    if (exchange->caller) {
        record->caller = exchange->caller->name;
        record->team = exchange->caller->team;
    }
    record->run = exchange->purpose.run;
    record->tags = exchange->purpose.tags;
    if (exchange->workload) {
        record->deployment = exchange->workload->deployment;
        record->pod = exchange->workload->pod;
    }
    if (exchange->config) {
        record->revision = exchange->config->revision;
        record->policy_digest = exchange->config->config.policy_digest;
    }
}

static void
add_what(const struct exchange *exchange, const struct live_target *target, struct usage_record *record)
{
    if (exchange->endpoint)
        record->endpoint = text_of(exchange->endpoint->name);
    record->model = exchange->request.model;
    record->stream = exchange->request.stream;
    if (target) {
        record->provider = target->target->provider;
        record->target_model = target->target->model;
    }
}

static void
add_cost(struct exchange *exchange, const struct recorded_try *of, struct usage_record *record)
{
    const struct live_target *target = of->target;
    struct call_cost cost = {.nano_usd = FIELD_UNSET};
    if (target)
        cost = call_cost_of(&exchange->cost, target->price, &of->usage.vector);
    record->cost = cost.nano_usd;
    record->unpriced = call_cost_unpriced(exchange->arena, &cost);
    if (target && cost.nano_usd != FIELD_UNSET)
        record->price_version = target->target->price_version;
}
