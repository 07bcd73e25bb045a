/* From a call, as far as it has come, to a usage record: what each record of it says alike, and what of the
 * try that it is about. How the call ended is record_usage's to add, how a try did try_record's. */
#pragma once

#include "api/types/usage_record.h"
#include "gateway/chat/call_usage.h"

struct exchange;
struct live_target;

/* The try that a record is of. */
struct recorded_try {
    const struct live_target *target; /* NULL: none was asked */
    int number;                       /* 0: it reached no provider */
    struct call_usage usage;
    int64_t sent_us; /* 0: none was */
};

/* Everything but id, outcome, sizes and times other than queue_us; takes what budgets were charged. */
void call_record_fill(struct exchange *exchange, const struct recorded_try *of, struct usage_record *record);
/* Into the exchange's arena. */
struct text call_record_print(struct exchange *exchange, const struct usage_record *record);
