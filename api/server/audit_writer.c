/* One go at a time; the next at once while there is more, else when woken, else after a while. */
#include "api/server/audit_writer.h"

#include "api/server/ledger/ledger_audit.h"
#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/net/loop.h"

/* SOON gathers what comes together; EVERY is for what nobody woke us for. */
enum { SOON_MS = 20, EVERY_MS = 10000, AGAIN_MS = 1000 };

static const struct metric_description rows_description = {
    .name = "weir_audit_rows_total", .help = "Rows chained into the audit log.", .kind = METRIC_COUNTER};

struct audit_writer {
    struct audit_writer_options options;
    struct loop_timer *timer;
    struct metric *rows;
    struct arena *work; /* of the go that is under way */
    bool is_busy;
    bool is_awaited; /* woken during a go */
    int64_t wait_ms; /* that the timer runs for */
    void (*on_done)(void *owner);
    void *done_owner;
};

static void chain(void *owner);
static void on_chained(void *owner, const struct ledger_outcome *outcome);
static void wait(struct audit_writer *writer, int64_t wait_ms);
static void on_release(void *owner);

struct audit_writer *
audit_writer_start(struct arena *arena, const struct audit_writer_options *options)
{
    struct audit_writer *writer = arena_alloc(arena, sizeof(*writer));
    *writer = (struct audit_writer){.options = *options, .work = arena_new(0)};
    arena_defer(arena, on_release, writer);
    writer->rows = metric_with(metrics_add(options->metrics, &rows_description), NULL);
    writer->timer = loop_timer_new(options->loop, arena, chain, writer);
    wait(writer, 0);
    return writer;
}

void
audit_writer_wake(struct audit_writer *writer)
{
    if (writer->is_busy)
        writer->is_awaited = true;
    else if (writer->wait_ms > SOON_MS)
        wait(writer, SOON_MS);
}

void
audit_writer_finish(struct audit_writer *writer, void (*on_done)(void *owner), void *owner)
{
    writer->on_done = on_done;
    writer->done_owner = owner;
    if (!writer->is_busy)
        wait(writer, 0);
}

static void
chain(void *owner)
{
    struct audit_writer *writer = owner;
    writer->is_busy = true;
    writer->is_awaited = false;
    ledger_audit_chain(writer->options.ledger, writer->work, on_chained, writer);
}

static void
on_chained(void *owner, const struct ledger_outcome *outcome)
{
    struct audit_writer *writer = owner;
    bool is_done = outcome->end == LEDGER_DONE;
    bool has_more = is_done && outcome->noted == LEDGER_AUDIT_CHAINED_AT_ONCE;
    int64_t rows = outcome->noted;
    writer->is_busy = false;
    metric_increase(writer->rows, rows);
    if (!is_done)
        log_error("audit_not_chained", LOG_STRING("reason", outcome->why.message));
    arena_reset(writer->work);
    if (has_more)
        wait(writer, 0);
    else if (!is_done)
        wait(writer, AGAIN_MS);
    else
        wait(writer, writer->is_awaited ? SOON_MS : EVERY_MS);
    if (rows > 0 && !has_more && writer->options.on_chained)
        writer->options.on_chained(writer->options.owner);
    if (writer->on_done && !has_more) {
        void (*on_done)(void *) = writer->on_done;
        writer->on_done = NULL;
        on_done(writer->done_owner);
    }
}

static void
wait(struct audit_writer *writer, int64_t wait_ms)
{
    writer->wait_ms = wait_ms;
    loop_timer_start(writer->timer, wait_ms);
}

static void
on_release(void *owner)
{
    struct audit_writer *writer = owner;
    arena_free(writer->work);
}
