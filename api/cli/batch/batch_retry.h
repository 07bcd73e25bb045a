/* What follows from how one call ended: it is answered, tried again after a while, or the whole run stops.
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/text.h"

/* How an exchange ended. status 0: no whole answer came. */
struct batch_outcome {
    int status;
    bool was_never_sent;                                   /* no connection: trying again can do no harm */
    struct text retry_after, retry_after_ms, should_retry; /* header fields, or empty */
};

enum batch_step {
    BATCH_STEP_ANSWERED, /* the answer stands, whatever its status */
    BATCH_STEP_RETRY,
    BATCH_STEP_GIVE_UP, /* no answer came, and none will */
    BATCH_STEP_STOP,    /* nobody's call would be let through: 401 */
};

struct batch_verdict {
    enum batch_step step;
    int64_t delay_ms; /* with RETRY */
    bool is_for_all;  /* the server asked for it: new calls wait too */
};

/* attempt: how many were made, this one included. random: any number, for jitter. */
struct batch_verdict batch_retry_decide(const struct batch_outcome *outcome, int attempt, uint64_t random);
