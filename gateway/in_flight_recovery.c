/* A slot is freed in the turn of the loop that wrote its record, so a record whose slot was not is among the
 * last two batches that were written. */
#include "gateway/in_flight_recovery.h"

#include "api/types/usage_record.h"
#include "gateway/in_flight.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/id.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/journal/journal.h"

/* More than two batches have: of 4 MiB each, in records of more than 64 bytes. */
enum { LAST_RECORDS = 131072, RECORD_BYTES = 4096 };

struct left_call {
    struct left_call *next;
    struct in_flight_slot *slot;
    struct usage_record record;
    bool is_told; /* its record is in the journal, or another slot has more of it */
};

struct recovery {
    struct arena *arena;
    struct in_flight *table;
    struct journal *journal;
    struct left_call *first;
    struct map *by_id; /* struct left_call: of several slots of one call the one to tell */
};

static void find_calls(struct recovery *recovery);
static bool strike_told(struct recovery *recovery, const char *folder, struct error *err);
static size_t tell_rest(struct recovery *recovery);

bool
in_flight_recover(struct in_flight *table, struct journal *journal, const char *folder, size_t *out_lost,
                  struct error *err)
{
    *out_lost = 0;
    if (in_flight_count(table) == 0)
        return true;
    struct arena *arena = arena_new(0);
    struct recovery recovery = {arena, table, journal, NULL, map_new(arena)};
    find_calls(&recovery);
    bool is_read = strike_told(&recovery, folder, err);
    if (is_read)
        *out_lost = tell_rest(&recovery);
    arena_free(arena);
    return is_read || error_context(err, "looking for the records of calls that were in flight");
}

/* A call that was tried again is noted anew before its old slot is free: the later note knows more. */
static void
find_calls(struct recovery *recovery)
{
    struct usage_record record;
    struct in_flight_slot *slot;
    size_t at = 0;
    while ((slot = in_flight_next_left(recovery->table, &at, recovery->arena, &record))) {
        struct left_call *call = arena_alloc(recovery->arena, sizeof(*call));
        *call = (struct left_call){recovery->first, slot, record, false};
        recovery->first = call;
        struct left_call *same = map_find(recovery->by_id, record.id);
        if (same && same->record.attempts >= record.attempts) {
            call->is_told = true;
            continue;
        }
        if (same)
            same->is_told = true;
        map_set(recovery->by_id, call->record.id, call);
    }
}

/* Our records begin with their id. */
static struct text
id_of(struct text record)
{
    struct text start = TEXT("{\"id\":\"");
    return text_starts_with(record, start) ? text_slice(record, start.length, start.length + ID_ULID_LENGTH)
                                           : (struct text){0};
}

static bool
strike_told(struct recovery *recovery, const char *folder, struct error *err)
{
    uint64_t next = journal_next_number(recovery->journal), number;
    struct journal_reader *reader;
    struct text record;
    struct error why;
    if (!journal_reader_open(recovery->arena, folder, next > LAST_RECORDS ? next - LAST_RECORDS : 0, &reader,
                             err))
        return false;
    do {
        while (journal_reader_next(reader, &number, &record, &why)) {
            struct left_call *call = map_find(recovery->by_id, id_of(record));
            if (call)
                call->is_told = true;
        }
    } while (why.kind == ERROR_INVALID); /* a damaged record is nobody's */
    if (why.kind != ERROR_NONE)
        *err = why;
    return why.kind == ERROR_NONE;
}

static bool
append(struct recovery *recovery, struct text json, struct error *err)
{
    return journal_append(recovery->journal, json, err) ||
           (journal_write(recovery->journal, err) && journal_append(recovery->journal, json, err));
}

static size_t
tell_rest(struct recovery *recovery)
{
    size_t lost = 0, kept = 0;
    struct error why;
    for (struct left_call *call = recovery->first; call; call = call->next) {
        if (call->is_told) {
            in_flight_drop(recovery->table, call->slot);
            continue;
        }
        call->record.outcome = CALL_LOST;
        call->record.code = TEXT("gateway_died");
        struct buffer json;
        buffer_init(&json, recovery->arena, RECORD_BYTES);
        usage_record_print(&call->record, &json);
        uint64_t number = journal_next_number(recovery->journal);
        if (!append(recovery, buffer_text(&json), &why)) {
            kept++;
            continue;
        }
        in_flight_await(recovery->table, call->slot, number);
        lost++;
    }
    bool is_written = journal_write(recovery->journal, &why);
    in_flight_written(recovery->table, journal_written_number(recovery->journal));
    if (kept > 0 || !is_written)
        log_error("lost_calls_not_written", LOG_INT("kept", (int64_t)kept),
                  LOG_STRING("reason", why.message));
    return lost;
}
