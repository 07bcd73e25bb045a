/* The account of calls: each finished call's record goes into the journal before the end of its reply goes
 * out; and a call is noted before a provider may see it, so that one that our death cuts leaves its record
 * too.
 *
 * Records of one turn of the loop are one write; the replies that wait for it go out in the same turn. What
 * was written is synced soon after, off the path of the replies. When the disk takes no more, replies wait,
 * new calls are refused, and both end by themselves when there is room again. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;
struct in_flight_slot;
struct loop;
struct usage_log;
struct usage_record;

/* A reply that waits. Lives with its owner; on_written comes once, from the end of a turn of the loop. */
struct usage_hold {
    struct usage_hold *next;
    /* is_written: false when the journal took no records for USAGE_LOG_LONGEST_HOLD_MS: the reply must not
     * look whole. */
    void (*on_written)(void *owner, bool is_written);
    void *owner;
    struct in_flight_slot *noted; /* usage_log_note: NULL when no provider may have seen the call */
    int64_t since_ms;             /* private, as the next */
    struct text record;           /* not yet in the journal's batch, which was full */
};

#define USAGE_LOG_LONGEST_HOLD_MS 30000

MUST_CHECK bool usage_log_open(struct arena *arena, struct loop *loop, const char *folder,
                               struct usage_log **out_log, struct error *err);
/* How many calls our predecessor's death cut: their records are in the journal now. */
int64_t usage_log_lost_count(const struct usage_log *log);
/* False while the journal is stuck: take no new calls. */
bool usage_log_is_taking(const struct usage_log *log);
/* What the record of a call says should we die before it is added: to be noted before each try. False: there
 * is no room for it, and what was noted of the call before stays. */
MUST_CHECK bool
usage_log_note(struct usage_log *log, const struct usage_record *record, struct usage_hold *hold);
/* Adds a printed record, which lives as long as the hold; its hold is told at the end of this turn, or later
 * when the disk is full. */
void usage_log_add(struct usage_log *log, struct text record, struct usage_hold *hold);
/* For who takes records over: whose they are; the number of the next one; before which all survive the
 * machine's death; and that nobody needs those before a number any more. */
struct text usage_log_id(const struct usage_log *log);
uint64_t usage_log_next_number(const struct usage_log *log);
uint64_t usage_log_synced_number(const struct usage_log *log);
void usage_log_drop(struct usage_log *log, uint64_t before);
/* tell comes from the loop whenever more records may survive the machine's death than before. NULL: nobody
 * wants to know. */
void usage_log_on_synced(struct usage_log *log, void (*tell)(void *owner), void *owner);
/* Writes and syncs what there is: before the process ends. */
void usage_log_close(struct usage_log *log);
