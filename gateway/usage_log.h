/* The account of calls: each finished call's record goes into the journal before the end of its reply goes
 * out.
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
struct loop;
struct usage_log;

/* A reply that waits. Lives with its owner; on_written comes once, from the end of a turn of the loop. */
struct usage_hold {
    struct usage_hold *next;
    /* is_written: false when the journal took no records for USAGE_LOG_LONGEST_HOLD_MS: the reply must not
     * look whole. */
    void (*on_written)(void *owner, bool is_written);
    void *owner;
    int64_t since_ms;   /* private, as the next */
    struct text record; /* not yet in the journal's batch, which was full */
};

#define USAGE_LOG_LONGEST_HOLD_MS 30000

MUST_CHECK bool usage_log_open(struct arena *arena, struct loop *loop, const char *folder,
                               struct usage_log **out_log, struct error *err);
/* False while the journal is stuck: take no new calls. */
bool usage_log_is_taking(const struct usage_log *log);
/* Adds a printed record, which lives as long as the hold; its hold is told at the end of this turn, or later
 * when the disk is full. */
void usage_log_add(struct usage_log *log, struct text record, struct usage_hold *hold);
/* Writes and syncs what there is: before the process ends. */
void usage_log_close(struct usage_log *log);
