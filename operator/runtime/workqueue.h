/* Which keys want a pass, and when: each at most once in line, never twice at work, failures further and
 * further apart. Pure: what time it is and what is random are told. Knows nothing of what a key means. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/text.h"

struct arena;
struct workqueue;

#define WORKQUEUE_BACK_OFF_MS 50 /* after the first failure; doubles */
#define WORKQUEUE_MOST_BACK_OFF_MS (5 * 60 * 1000)
#define WORKQUEUE_PATIENCE 16 /* one patient key at least is taken after so many urgent ones */

enum workqueue_lane {
    WORKQUEUE_URGENT,  /* somebody waits: an edit, a gateway's word */
    WORKQUEUE_PATIENT, /* nobody does: the scan at the start, what concerns every workspace, what is told
                          after */
};

enum workqueue_outcome {
    WORKQUEUE_FINISHED, /* failures are forgotten */
    WORKQUEUE_FAILED,   /* again after its back-off */
};

/* random gives the jitter of back-offs. */
struct workqueue *workqueue_new(struct arena *arena, uint64_t (*random)(void));
/* Wants a pass now, also when it was waiting for later. While the key is at work it means one more pass after
 * that. The key is copied. */
void workqueue_add(struct workqueue *queue, struct text key, enum workqueue_lane lane, int64_t now_ms);
/* Wants a pass at the latest then, in that lane; what is due earlier stays so. */
void workqueue_add_after(struct workqueue *queue, struct text key, enum workqueue_lane lane, int64_t delay_ms,
                         int64_t now_ms);
/* The next key, which is at work from now on until workqueue_done; false when none is due. *out_key lives as
 * long as the queue. */
bool workqueue_take(struct workqueue *queue, int64_t now_ms, struct text *out_key);
void workqueue_done(struct workqueue *queue, struct text key, enum workqueue_outcome outcome, int64_t now_ms);
/* Milliseconds until workqueue_take may give a key: 0 when it would now, -1 when nothing is waiting. */
int64_t workqueue_wait_ms(const struct workqueue *queue, int64_t now_ms);

struct workqueue_count {
    size_t due, delayed, at_work;
    int64_t oldest_ms; /* how long the first in line has been waiting */
    int64_t retries;   /* since the start */
};
struct workqueue_count workqueue_count(const struct workqueue *queue, int64_t now_ms);
/* How often the key failed in a row. */
int workqueue_failures(const struct workqueue *queue, struct text key);
