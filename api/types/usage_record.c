/* The declaration of usage_record.h made real. */
#include "api/types/usage_record.h"

const char *const call_outcome_names[] = {
    "Completed", "Refused", "Invalid",    "Unauthenticated", "UpstreamError", "UpstreamFailed",
    "TimedOut",  "Cut",     "ClientGone", "Unavailable",     "Lost",          NULL,
};
const char *const usage_source_names[] = {"None", "Provider", "Counted", "Bounded", NULL};
const char *const next_try_names[] = {"None", "ServerError", "Timeout", "RateLimited", NULL};

DEFINE_SCHEMA(usage_charge, USAGE_CHARGE_FIELDS, "One call, charged to one account.");
DEFINE_SCHEMA(usage_record, USAGE_RECORD_FIELDS, "One call, or one of its tries, as billed.");

#define COPY_MEMBER(TO_FROM, TYPE, MEMBER, KEY, ...) to->MEMBER = from->MEMBER;

struct usage_vector
usage_record_vector(const struct usage_record *from)
{
    struct usage_vector vector = {0}, *to = &vector;
    USAGE_VECTOR_FIELDS(COPY_MEMBER, _)
    return vector;
}

void
usage_record_set_vector(struct usage_record *to, const struct usage_vector *from)
{
    USAGE_VECTOR_FIELDS(COPY_MEMBER, _)
}
