/* Gives every call its id and, whatever becomes of it, exactly one last usage record: in the journal, the
 * metrics and the access log. First in and last out, so it sees what every other stage did. What of earlier
 * tries is to be told try_record has written by then. */
#include "gateway/access_log.h"
#include "gateway/call_record.h"
#include "gateway/exchange.h"
#include "gateway/metrics/call_metrics.h"
#include "lib/base/clock.h"
#include "lib/net/http_server.h"

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
add_end(struct exchange *exchange, struct usage_record *record)
{
    struct exchange_outcome *outcome = &exchange->outcome;
    const struct exchange_reply *reply = &exchange->reply;
    record->outcome = outcome->kind;
    record->code = outcome->code;
    record->policy = outcome->policy;
    record->shadow = (struct text_list){outcome->shadow, outcome->shadow_count};
    record->replay_of = outcome->replay_of;
    record->tools = exchange->called_tools;
    record->status = reply->is_client_gone && !reply->is_started ? 0 : reply->status;
    record->request_bytes = (int64_t)http_call_body(exchange->call).length;
    record->reply_bytes = (int64_t)(reply->streamed_bytes + (reply->is_client_gone ? 0 : reply->body.length));

    const struct exchange_timing *timing = &exchange->timing;
    int64_t now_us = clock_now_us();
    record->total_us = now_us - timing->started_us;
    record->first_byte_us = (timing->first_byte_us ? timing->first_byte_us : now_us) - timing->started_us;
}

static void
close_record(struct exchange *exchange)
{
    struct usage_record record = {0};
    const struct recorded_try of = {exchange->target, exchange->has_reached ? exchange->attempts : 0,
                                    exchange->usage, exchange->timing.sent_us};
    record.id = exchange_id(exchange);
    call_record_fill(exchange, &of, &record);
    add_end(exchange, &record);

    struct gateway *gateway = exchange->gateway;
    call_metrics_count(gateway->call_metrics, &record);
    struct text json = call_record_print(exchange, &record);
    if (gateway->writes_access_log)
        access_log_write(http_call_peer(exchange->call), json);
    /* What the journal cannot take is refused before it costs anything; that refusal itself leaves no record.
     */
    if (text_equals(record.code, text_of(refusal_get(REFUSE_JOURNAL)->code)))
        exchange->hold.on_written(exchange->hold.owner, true);
    else
        usage_log_add(gateway->usage_log, json, &exchange->hold);
}

const struct stage stage_record_usage = {
    .name = "record_usage",
    .on_request = open_record,
    .on_done = close_record,
};
