/* The record that a try would have if it were cut before its answer began. */
#include "gateway/call_in_flight.h"

#include "gateway/call_budget.h"
#include "gateway/call_record.h"
#include "gateway/exchange.h"
#include "lib/base/clock.h"
#include "lib/net/http_server.h"

enum { ASK_AGAIN_MS = 1000 };

bool
call_in_flight_note(struct exchange *exchange, const struct call_usage *most)
{
    struct usage_record record = {0};
    const struct recorded_try of = {.target = exchange->target,
                                    .number = exchange->attempts + 1,
                                    .usage = *most,
                                    .sent_us = clock_now_us()};
    record.id = exchange_id(exchange);
    call_record_fill(exchange, &of, &record);
    record.outcome = CALL_LOST;
    record.attempts = exchange->attempts + 1;
    record.request_bytes = (int64_t)http_call_body(exchange->call).length;
    record.charges = call_budget_foresee(exchange->budget, most, exchange->target);
    return usage_log_note(exchange->gateway->usage_log, &record, &exchange->hold);
}

enum stage_result
call_in_flight_refuse(struct exchange *exchange)
{
    return exchange_refuse(
        exchange, REFUSE_JOURNAL,
        REFUSAL_DETAIL(.message =
                           TEXT("This gateway has no room to note one more call in flight (disk full?). "
                                "Another gateway may serve you."),
                       .retry_after_ms = REFUSAL_SAYS(ASK_AGAIN_MS)));
}
