/* Members of ledger_frames.h's frames by which the operator says what pods had and used: Samples, answered
 * with Sampled of the same number when they are committed. A sample says of which pod it is and of when: one
 * that was counted before, or begins in a time that was, counts no more. */
#pragma once

#include "api/types/runtime_sample.h"

#define LEDGER_MAX_SAMPLES 500 /* in one message */

/* clang-format off */
#define LEDGER_SAMPLES_FIELDS(F, T)                                                                                    \
    F(T, INT, number, "number", REQUIRED, RANGE(0, INT64_MAX), DOC("Which message of samples this is; the answer has it.")) \
    F(T, LIST(runtime_sample), samples, "samples", REQUIRED, MIN_ITEMS(1), MAX_ITEMS(LEDGER_MAX_SAMPLES), DOC("Of each pod in the order of time."))
DECLARE_SCHEMA(ledger_samples, LEDGER_SAMPLES_FIELDS);

#define LEDGER_SAMPLED_FIELDS(F, T)                                                                                    \
    F(T, INT, number, "number", REQUIRED, RANGE(0, INT64_MAX), DOC("Of the Samples: they are committed, as far as they were new."))
DECLARE_SCHEMA(ledger_sampled, LEDGER_SAMPLED_FIELDS);
/* clang-format on */
