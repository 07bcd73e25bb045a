/* Gives every call its id and, whatever becomes of it, exactly one usage record: in the journal, the metrics
 * and the access log. First in and last out, so it sees what every other stage did. */
#include "api/types/usage_record.h"
#include "gateway/access_log.h"
#include "gateway/endpoints.h"
#include "gateway/exchange.h"
#include "gateway/live_config.h"
#include "gateway/metrics/call_metrics.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/net/http_server.h"

enum { RECORD_BYTES = 1024 }; /* a usual one has 600 */

static enum stage_result
open_record(struct exchange *exchange)
{
    id_ulid(exchange->id, exchange->timing.unix_ms);
    const struct http_request_head *head = http_call_head(exchange->call);
    exchange->trace = trace_context_from(http_headers_find(&head->headers, TEXT("traceparent")));
    call_metrics_begin(exchange->gateway->call_metrics);
    return STAGE_NEXT;
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
        record->tags = exchange->caller->tags;
    }
    if (exchange->config) {
        record->revision = exchange->config->revision;
        record->policy_digest = exchange->config->config.policy_digest;
    }
}

static void
add_what(struct exchange *exchange, struct usage_record *record)
{
    if (exchange->endpoint)
        record->endpoint = text_of(exchange->endpoint->name);
    record->model = exchange->request.model;
    if (exchange->target) {
        record->provider = exchange->target->target->provider;
        record->target_model = exchange->target->target->model;
    }
    record->outcome = exchange->outcome.kind;
    record->code = exchange->outcome.code;
    record->policy = exchange->outcome.policy;
    record->shadow = (struct text_list){exchange->outcome.shadow, exchange->outcome.shadow_count};
    record->status =
        exchange->reply.is_client_gone && !exchange->reply.is_started ? 0 : exchange->reply.status;
    record->stream = exchange->request.stream;
    record->attempts = exchange->attempts;
}

static void
add_numbers(const struct exchange *exchange, struct usage_record *record)
{
    record->usage_source = exchange->usage.source;
    record->input_tokens = exchange->usage.input_tokens;
    record->cache_read_tokens = exchange->usage.cache_read_tokens;
    record->cache_write_tokens = exchange->usage.cache_write_tokens;
    record->output_tokens = exchange->usage.output_tokens;
    record->reasoning_tokens = exchange->usage.reasoning_tokens;
    record->request_bytes = (int64_t)http_call_body(exchange->call).length;
    record->reply_bytes = (int64_t)(exchange->reply.streamed_bytes + exchange->reply.body.length);

    const struct exchange_timing *timing = &exchange->timing;
    int64_t now_us = clock_now_us();
    record->total_us = now_us - timing->started_us;
    record->first_byte_us = (timing->first_byte_us ? timing->first_byte_us : now_us) - timing->started_us;
}

static void
close_record(struct exchange *exchange)
{
    struct usage_record record = {0};
    record.id = exchange_id(exchange);
    record.time_ms = exchange->timing.unix_ms;
    record.trace_id = (struct text){exchange->trace.trace_id, TRACE_ID_DIGITS};
    add_who(exchange, &record);
    add_what(exchange, &record);
    add_numbers(exchange, &record);

    struct gateway *gateway = exchange->gateway;
    call_metrics_count(gateway->call_metrics, &record);
    struct buffer json;
    buffer_init(&json, exchange->arena, RECORD_BYTES);
    schema_print_json(&usage_record_schema, &record, SCHEMA_ENCODE_PLAIN, &json);
    if (gateway->writes_access_log)
        access_log_write(http_call_peer(exchange->call), buffer_text(&json));
    /* What the journal cannot take is refused before it costs anything; that refusal itself leaves no record.
     */
    if (text_equals(record.code, text_of(refusal_get(REFUSE_JOURNAL)->code)))
        exchange->hold.on_written(exchange->hold.owner, true);
    else
        usage_log_add(gateway->usage_log, buffer_text(&json), &exchange->hold);
}

const struct stage stage_record_usage = {
    .name = "record_usage",
    .on_request = open_record,
    .on_done = close_record,
};
