/* One record in the call's arena, which lives until the call's last record is written: later than this. */
#include "gateway/try_record.h"

#include "gateway/call_record.h"
#include "gateway/exchange.h"
#include "gateway/metrics/call_metrics.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"

static enum next_try reason_of(enum call_failure failure);
static void set_outcome(const struct failed_try *failed, struct usage_record *record);
static void
note_in_its_place(struct exchange *exchange, const struct usage_record *record, struct usage_hold *hold);
static void nobody_waits(void *owner, bool is_written);

void
try_record_write(struct exchange *exchange, const struct failed_try *failed)
{
    const struct recorded_try of = {failed->target, failed->number, failed->usage, failed->sent_us};
    struct gateway *gateway = exchange->gateway;
    struct usage_record record = {0};
    char *id = arena_alloc_raw(exchange->arena, ID_ULID_LENGTH);
    id_ulid(id, clock_unix_ms());
    record.id = (struct text){id, ID_ULID_LENGTH};
    call_record_fill(exchange, &of, &record);
    record.next_try = reason_of(failed->failure);
    record.total_us = failed->ended_us - exchange->timing.started_us;
    set_outcome(failed, &record);
    call_metrics_count_try(gateway->call_metrics, &record);

    struct usage_hold *hold = arena_alloc(exchange->arena, sizeof(*hold));
    hold->on_written = nobody_waits;
    note_in_its_place(exchange, &record, hold);
    usage_log_add(gateway->usage_log, call_record_print(exchange, &record), hold);
}

/* The call's note is about this try until now: should we die before the record is written, it is told from
 * there, under its own id, however the next try is noted. */
static void
note_in_its_place(struct exchange *exchange, const struct usage_record *record, struct usage_hold *hold)
{
    if (!usage_log_note(exchange->gateway->usage_log, record, &exchange->hold))
        return;
    hold->noted = exchange->hold.noted;
    exchange->hold.noted = NULL;
}

/* A try that reached its provider did not fail to connect, and one that did not fail has no next. */
static enum next_try
reason_of(enum call_failure failure)
{
    switch (failure) {
    case CALL_FAILURE_TIMEOUT:
        return NEXT_TRY_TIMEOUT;
    case CALL_FAILURE_RATE_LIMITED:
        return NEXT_TRY_RATE_LIMITED;
    case CALL_FAILURE_SERVER:
    case CALL_FAILURE_CONNECT:
    case CALL_FAILURE_NONE:
        break;
    }
    return NEXT_TRY_SERVER_ERROR;
}

static void
set_outcome(const struct failed_try *failed, struct usage_record *record)
{
    bool is_timeout = failed->failure == CALL_FAILURE_TIMEOUT;
    const struct refusal *refusal =
        refusal_get(is_timeout ? REFUSE_UPSTREAM_TIMEOUT : REFUSE_UPSTREAM_FAILED);
    bool has_said_why = failed->is_answered && !is_timeout;
    record->outcome = has_said_why ? CALL_UPSTREAM_ERROR : refusal->outcome;
    record->code = has_said_why ? TEXT("upstream_error") : text_of(refusal->code);
}

static void
nobody_waits(void *owner, bool is_written)
{
    (void)owner;
    (void)is_written;
}
