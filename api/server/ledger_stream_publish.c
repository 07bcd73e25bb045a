/* What the operator says on a stream: the book, what each workspace declares, and what pods had. */
#include "api/server/audit_writer.h"
#include "api/server/ledger/ledger_declared.h"
#include "api/server/ledger/ledger_lending.h"
#include "api/server/ledger/ledger_samples.h"
#include "api/server/ledger_stream_parts.h"
#include "api/types/control_frames.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/net/websocket.h"

static void on_booked(void *owner, const struct ledger_outcome *outcome);
static void on_declared(void *owner, const struct declare_answer *answer);
static void on_sampled(void *owner, const struct samples_answer *answer);
static void wake_audit(struct ledger_stream *stream);
static const char *words_for(enum ledger_frame_type type);

bool
ledger_stream_take_published(struct ledger_stream *stream, const struct ledger_frame *frame,
                             struct error *err)
{
    struct text peer = websocket_stream_peer(stream->stream);
    if (peer.length > 0 && !text_equals(peer, TEXT(CONTROL_OPERATOR_SUBJECT)))
        return error_set(err, ERROR_DENIED,
                         "a certificate for %.*s brings %s: only " CONTROL_OPERATOR_SUBJECT " may",
                         TEXT_ARG(peer), words_for(frame->type));
    stream->is_operator = true;
    stream->published = *frame;
    if (frame->type == LEDGER_BOOK) {
        ledger_book(stream->host->ledger, stream->work, &stream->published.book, on_booked, stream);
    } else if (frame->type == LEDGER_DECLARE) {
        ledger_declare(stream->host->ledger, stream->work, &stream->published.declare, on_declared, stream);
    } else {
        const struct samples_batch batch = {&stream->published.samples.samples, stream->host->card,
                                            clock_unix_ms()};
        ledger_samples(stream->host->ledger, stream->work, &batch, on_sampled, stream);
    }
    return true;
}

static const char *
words_for(enum ledger_frame_type type)
{
    if (type == LEDGER_BOOK)
        return "a book";
    return type == LEDGER_DECLARE ? "a declaration" : "samples";
}

static void
on_booked(void *owner, const struct ledger_outcome *outcome)
{
    struct ledger_stream *stream = owner;
    if (outcome->end != LEDGER_DONE) {
        ledger_stream_refuse(stream, &outcome->why);
        return;
    }
    wake_audit(stream);
    struct text revision = stream->published.book.revision;
    log_info("book_in_force", LOG_TEXT("revision", revision));
    const struct ledger_frame frame = {
        .type = LEDGER_BOOKED, .booked = {.revision = revision}, .beside = {.tells_alerts = true}};
    ledger_stream_send(stream, &frame);
    ledger_stream_end_work(stream);
}

static void
on_declared(void *owner, const struct declare_answer *answer)
{
    struct ledger_stream *stream = owner;
    if (answer->end != LEDGER_DONE) {
        ledger_stream_refuse(stream, &answer->why);
        return;
    }
    wake_audit(stream);
    const struct ledger_frame frame = {
        .type = LEDGER_DECLARED,
        .declared = {.workspace = stream->published.declare.workspace, .revision = answer->revision}};
    ledger_stream_send(stream, &frame);
    ledger_stream_end_work(stream);
}

static void
on_sampled(void *owner, const struct samples_answer *answer)
{
    struct ledger_stream *stream = owner;
    if (answer->end != LEDGER_DONE) {
        ledger_stream_refuse(stream, &answer->why);
        return;
    }
    ledger_stream_count(stream, LEDGER_SAMPLES_COUNTED, answer->counted);
    ledger_stream_count(stream, LEDGER_SAMPLES_LEFT,
                        (int64_t)stream->published.samples.samples.count - answer->counted);
    const struct ledger_frame frame = {.type = LEDGER_SAMPLED,
                                       .sampled = {.number = stream->published.samples.number}};
    ledger_stream_send(stream, &frame);
    ledger_stream_end_work(stream);
}

static void
wake_audit(struct ledger_stream *stream)
{
    if (stream->host->audit)
        audit_writer_wake(stream->host->audit);
}
