/* A Usage is kept in pieces, each in a transaction of its own: who asks for a lease meanwhile waits for a
 * piece of it. It is acked as a whole; who sends it again when one of its pieces was not kept is told where
 * the ledger stands, as ever. */
#include "api/server/alert_sender.h"
#include "api/server/audit_writer.h"
#include "api/server/ledger_stream_parts.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/net/loop.h"

static bool take_piece(struct ledger_stream *stream, struct error *err);
static struct text cut(struct usage_in_pieces *usage, int64_t count);
static void take_next_piece(struct ledger_stream *stream);
static void on_turn(void *owner);
static void on_ingested(void *owner, const struct ledger_outcome *outcome);
static void end_piece(struct ledger_stream *stream);
static void note_kept(struct ledger_stream *stream, const struct ledger_outcome *outcome);

bool
ledger_stream_take_usage(struct ledger_stream *stream, const struct ledger_frame *frame, struct error *err)
{
    stream->usage = (struct usage_in_pieces){
        .rest = frame->records, .next = frame->usage.first, .until = frame->usage.first + frame->usage.count};
    return take_piece(stream, err);
}

void
ledger_stream_forget_usage(struct ledger_stream *stream)
{
    if (stream->next_piece)
        loop_timer_stop(stream->next_piece);
    arena_free(stream->usage.arena);
    stream->usage = (struct usage_in_pieces){0};
}

static bool
take_piece(struct ledger_stream *stream, struct error *err)
{
    struct usage_in_pieces *usage = &stream->usage;
    int64_t left = usage->until - usage->next, most = ledger_batch_records(stream->host->ledger);
    int64_t count = left < most ? left : most;
    usage->arena = arena_new(0);
    struct usage_batch *piece = arena_alloc(usage->arena, sizeof(*piece));
    *piece = (struct usage_batch){
        .origin = stream->origin, .first = usage->next, .count = count, .came_ms = clock_unix_ms()};
    if (!usage_batch_read(usage->arena, piece, cut(usage, count), err))
        return false;
    usage->next += count;
    usage->piece = piece;
    ledger_ingest(stream->host->ledger, usage->arena, piece, on_ingested, stream);
    return true;
}

/* The next so many lines. */
static struct text
cut(struct usage_in_pieces *usage, int64_t count)
{
    struct text rest = usage->rest, record;
    for (int64_t i = 0; i < count; i++)
        (void)ledger_next_record(&rest, &record);
    struct text lines = text_slice(usage->rest, 0, usage->rest.length - rest.length);
    usage->rest = rest;
    return lines;
}

static void
on_ingested(void *owner, const struct ledger_outcome *outcome)
{
    struct ledger_stream *stream = owner;
    if (outcome->end == LEDGER_BEHIND) {
        ledger_stream_forget_usage(stream);
        ledger_stream_ask_where_it_stands(stream);
        return;
    }
    if (outcome->end != LEDGER_DONE) {
        ledger_stream_refuse(stream, &outcome->why);
        return;
    }
    note_kept(stream, outcome);
    end_piece(stream);
    if (stream->usage.next < stream->usage.until) {
        take_next_piece(stream);
        return;
    }
    const struct ledger_frame frame = {.type = LEDGER_ACK, .ack = {.next = stream->usage.until}};
    ledger_stream_end_work(stream);
    ledger_stream_send(stream, &frame);
}

/* In the turn after the next: what came meanwhile is heard in the next one, and answered in that one. */
static void
take_next_piece(struct ledger_stream *stream)
{
    if (!stream->next_piece)
        stream->next_piece = loop_timer_new(stream->host->loop, stream->arena, on_turn, stream);
    stream->usage.turns = 2;
    loop_timer_start(stream->next_piece, 0);
}

static void
on_turn(void *owner)
{
    struct ledger_stream *stream = owner;
    struct error why;
    if (stream->is_refused) /* for something else that it sent */
        return;
    if (--stream->usage.turns > 0)
        loop_timer_start(stream->next_piece, 0);
    else if (!take_piece(stream, &why))
        ledger_stream_refuse(stream, &why);
}

static void
end_piece(struct ledger_stream *stream)
{
    bool has_refusals = stream->usage.piece->refusal_count > 0;
    arena_free(stream->usage.arena);
    stream->usage.arena = NULL;
    stream->usage.piece = NULL;
    if (has_refusals && stream->host->audit)
        audit_writer_wake(stream->host->audit);
}

static void
note_kept(struct ledger_stream *stream, const struct ledger_outcome *outcome)
{
    const struct usage_batch *piece = stream->usage.piece;
    ledger_stream_count(stream, LEDGER_RECORDS, (int64_t)piece->row_count);
    ledger_stream_count(stream, LEDGER_SPOILT, (int64_t)piece->spoilt_count);
    ledger_stream_count(stream, LEDGER_OVERDRAWN, outcome->noted);
    if (stream->host->alerts)
        alert_sender_note(stream->host->alerts, outcome->alerts);
    if (outcome->noted > 0)
        log_error("leases_overdrawn", LOG_TEXT("workspace", stream->origin.workspace),
                  LOG_TEXT("environment", stream->origin.environment),
                  LOG_TEXT("journal", stream->origin.journal), LOG_INT("first", piece->first),
                  LOG_INT("leases", outcome->noted));
    for (size_t i = 0; i < piece->spoilt_count; i++)
        log_error("record_spoilt", LOG_TEXT("workspace", stream->origin.workspace),
                  LOG_TEXT("environment", stream->origin.environment),
                  LOG_TEXT("journal", stream->origin.journal), LOG_INT("number", piece->spoilt[i].number),
                  LOG_TEXT("reason", piece->spoilt[i].reason));
}
