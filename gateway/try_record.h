/* The record of a try after which another was made: what it may have cost stays told, whatever the next one
 * answers. */
#pragma once

#include "gateway/chat/call_usage.h"
#include "gateway/decide/retry.h"

struct exchange;
struct live_target;

struct failed_try {
    const struct live_target *target;
    int number; /* of the call's tries, from 1 */
    enum call_failure failure;
    bool is_answered; /* by the provider, with an error */
    struct call_usage usage;
    int64_t sent_us, ended_us; /* as clock_now_us */
};

/* To metrics and journal, before any later record of the call; what budgets were charged for it goes with it.
 * For a try that reached its provider. */
void try_record_write(struct exchange *exchange, const struct failed_try *failed);
