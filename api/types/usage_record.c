/* The declaration of usage_record.h made real. */
#include "api/types/usage_record.h"

const char *const call_outcome_names[] = {
    "Completed",     "Refused",        "Invalid",  "Unauthenticated",
    "UpstreamError", "UpstreamFailed", "TimedOut", "Cut",
    "ClientGone",    "Unavailable",    NULL,
};
const char *const usage_source_names[] = {"None", "Provider", "Counted", "Bounded", NULL};

DEFINE_SCHEMA(usage_record, USAGE_RECORD_FIELDS, "One finished call, as billed.");
