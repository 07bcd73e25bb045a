/* One write a turn, one sync a while, and the queue of replies between them. */
#include "gateway/usage_log.h"

#include "gateway/in_flight.h"
#include "gateway/in_flight_recovery.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/journal/journal.h"
#include "lib/journal/journal_syncer.h"
#include "lib/net/loop.h"

enum {
    MAX_RECORD_BYTES = 256 * 1024,
    MAX_SEGMENT_BYTES = 64 * 1024 * 1024,
    SYNC_AFTER_MS = 50,
    TRY_AGAIN_MS = 250,
};
static const size_t max_total_bytes = (size_t)64 * 1024 * 1024 * 1024;

struct usage_log {
    struct journal *journal;
    struct in_flight *in_flight;
    size_t lost;
    struct journal_syncer *syncer;
    struct loop_io *syncer_io;
    struct loop *loop;
    struct loop_timer *sync_timer;
    struct loop_timer *again_timer;
    struct loop_task *once_more;
    uint64_t syncing; /* records before it are in the file that is being synced */
    uint64_t synced;
    struct usage_hold *first; /* in the order they came */
    struct usage_hold **last;
    bool is_stuck;
    void (*tell_synced)(void *owner); /* NULL: nobody wants to know */
    void *synced_owner;
};

static void flush(void *owner);
static void sync_soon(void *owner);
static void on_synced(void *owner, int events);

bool
usage_log_open(struct arena *arena, struct loop *loop, const char *folder, struct usage_log **out_log,
               struct error *err)
{
    struct usage_log *log = arena_alloc(arena, sizeof(*log));
    const struct journal_options options = {.max_record_bytes = MAX_RECORD_BYTES,
                                            .max_segment_bytes = MAX_SEGMENT_BYTES,
                                            .max_total_bytes = max_total_bytes};
    if (!journal_open(arena, folder, &options, &log->journal, err))
        return error_context(err, "the journal of usage records");
    if (!in_flight_open(arena, folder, &log->in_flight, err) ||
        !in_flight_recover(log->in_flight, log->journal, folder, &log->lost, err))
        return false;
    if (log->lost > 0)
        log_warn("calls_lost", LOG_INT("calls", (int64_t)log->lost));
    if (!journal_syncer_start(arena, &log->syncer, err))
        return false;
    log->syncer_io = loop_io_new(loop, arena, on_synced, log);
    loop_io_watch(log->syncer_io, journal_syncer_fd(log->syncer), LOOP_READ);
    log->loop = loop;
    log->last = &log->first;
    log->sync_timer = loop_timer_new(loop, arena, sync_soon, log);
    log->again_timer = loop_timer_new(loop, arena, flush, log);
    log->once_more = loop_task_new(loop, arena, flush, log);
    loop_on_turn_end(loop, flush, log);
    loop_timer_start(log->sync_timer, SYNC_AFTER_MS); /* what a predecessor wrote and may not have synced */
    *out_log = log;
    return true;
}

struct text
usage_log_id(const struct usage_log *log)
{
    return journal_id(log->journal);
}

uint64_t
usage_log_next_number(const struct usage_log *log)
{
    return journal_next_number(log->journal);
}

uint64_t
usage_log_synced_number(const struct usage_log *log)
{
    return log->synced;
}

void
usage_log_drop(struct usage_log *log, uint64_t before)
{
    struct error why;
    int fd;
    do {
        if (!journal_drop(log->journal, before, &fd, &why))
            log_error("journal_not_dropped", LOG_STRING("reason", why.message));
        if (fd >= 0)
            journal_syncer_close(log->syncer, fd);
    } while (fd >= 0);
}

void
usage_log_on_synced(struct usage_log *log, void (*tell)(void *owner), void *owner)
{
    log->tell_synced = tell;
    log->synced_owner = owner;
}

int64_t
usage_log_lost_count(const struct usage_log *log)
{
    return (int64_t)log->lost;
}

bool
usage_log_note(struct usage_log *log, const struct usage_record *record, struct usage_hold *hold)
{
    return in_flight_note(log->in_flight, record, &hold->noted);
}

bool
usage_log_is_taking(const struct usage_log *log)
{
    return !log->is_stuck;
}

static void
add_hold(struct usage_log *log, struct usage_hold *hold)
{
    hold->next = NULL;
    hold->since_ms = loop_now_ms(log->loop);
    *log->last = hold;
    log->last = &hold->next;
}

/* Its number is the last one. The hold may end before its batch is written; the note does not. */
static void
appended(struct usage_log *log, struct usage_hold *hold)
{
    hold->record = (struct text){0};
    if (hold->noted)
        in_flight_await(log->in_flight, hold->noted, journal_next_number(log->journal) - 1);
    hold->noted = NULL;
}

void
usage_log_add(struct usage_log *log, struct text record, struct usage_hold *hold)
{
    hold->record = record;
    if (journal_append(log->journal, record, NULL))
        appended(log, hold);
    add_hold(log, hold);
}

/* What did not fit into the batch before; in the order it came. */
static bool
append_waiting(struct usage_log *log, struct error *err)
{
    for (struct usage_hold *hold = log->first; hold; hold = hold->next) {
        if (text_is_empty(hold->record))
            continue;
        if (!journal_append(log->journal, hold->record, err))
            return false;
        appended(log, hold);
    }
    return true;
}

/* A full batch is no failure: it is written, and there is room for the rest. */
static bool
write_all(struct usage_log *log, struct error *err)
{
    if (!journal_write(log->journal, err))
        return false;
    bool fits = append_waiting(log, NULL);
    return journal_write(log->journal, err) && (fits || append_waiting(log, err));
}

/* A reply that goes out may let the next call of its connection in, which may end at once and wait for its
 * own write: only what waits now is told. */
static void
tell_all(struct usage_log *log)
{
    struct usage_hold *ready = log->first;
    log->first = NULL;
    log->last = &log->first;
    while (ready) {
        struct usage_hold *hold = ready;
        ready = hold->next;
        hold->on_written(hold->owner, true);
    }
    if (log->first)
        loop_task_post(log->once_more);
}

static void
tell_oldest_to_give_up(struct usage_log *log)
{
    struct usage_hold *hold = log->first;
    log->first = hold->next;
    if (!log->first)
        log->last = &log->first;
    hold->on_written(hold->owner, false);
}

/* Replies do not wait for ever: their records stay in the batch, and the client sees that something is wrong.
 */
static void
give_up_the_oldest(struct usage_log *log)
{
    int64_t now_ms = loop_now_ms(log->loop);
    while (log->first && text_is_empty(log->first->record) &&
           now_ms - log->first->since_ms >= USAGE_LOG_LONGEST_HOLD_MS)
        tell_oldest_to_give_up(log);
}

static void
note_stuck(struct usage_log *log, const struct error *why)
{
    if (!log->is_stuck)
        log_error("journal_stuck", LOG_STRING("reason", why->message),
                  LOG_INT("waiting_bytes", journal_waiting_bytes(log->journal)));
    log->is_stuck = true;
    loop_timer_start(log->again_timer, TRY_AGAIN_MS);
    give_up_the_oldest(log);
}

static void
note_written(struct usage_log *log)
{
    if (log->is_stuck)
        log_info("journal_recovered");
    log->is_stuck = false;
    loop_timer_stop(log->again_timer);
    if (!loop_timer_is_running(log->sync_timer))
        loop_timer_start(log->sync_timer, SYNC_AFTER_MS);
}

static void
flush(void *owner)
{
    struct usage_log *log = owner;
    bool has_records = journal_waiting_bytes(log->journal) > 0;
    if (!log->first && !has_records)
        return;
    /* While stuck only the timer tries: not each turn of a busy loop. */
    if (log->is_stuck && loop_timer_is_running(log->again_timer))
        return;

    struct error why;
    bool is_written = !has_records || write_all(log, &why);
    in_flight_written(log->in_flight, journal_written_number(log->journal));
    if (!is_written) {
        note_stuck(log, &why);
        return;
    }
    if (has_records)
        note_written(log);
    if (log->first)
        tell_all(log);
}

static void
sync_soon(void *owner)
{
    struct usage_log *log = owner;
    uint64_t written = journal_written_number(log->journal);
    if (journal_syncer_begin(log->syncer, log->journal)) /* else under way: on_synced begins the next */
        log->syncing = written;
}

static void
on_synced(void *owner, int events)
{
    struct usage_log *log = owner;
    struct error why;
    (void)events;
    bool is_sync, is_done = journal_syncer_end(log->syncer, &is_sync, &why);
    if (!is_done)
        log_error("journal_sync_failed", LOG_STRING("reason", why.message));
    if (!is_sync)
        return;
    if (is_done)
        log->synced = log->syncing;
    if (!loop_timer_is_running(log->sync_timer))
        loop_timer_start(log->sync_timer, SYNC_AFTER_MS);
    if (log->tell_synced)
        log->tell_synced(log->synced_owner);
}

void
usage_log_close(struct usage_log *log)
{
    struct error why;
    if (!journal_write(log->journal, &why) || !journal_sync(log->journal, &why))
        log_error("journal_close_failed", LOG_STRING("reason", why.message),
                  LOG_INT("lost_bytes", journal_waiting_bytes(log->journal)));
    in_flight_written(log->in_flight, journal_written_number(log->journal));
    in_flight_close(log->in_flight);
    journal_close(log->journal);
}
