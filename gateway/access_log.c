/* The line is a view of the usage record, so the two cannot tell different stories. */
#include "gateway/access_log.h"

#include "api/types/usage_record.h"
#include "lib/base/log.h"

void
access_log_write(const struct usage_record *record, struct text peer)
{
    log_info("call", LOG_TEXT("request", record->id), LOG_TEXT("peer", peer),
             LOG_TEXT("caller", record->caller), LOG_TEXT("endpoint", record->endpoint),
             LOG_TEXT("model", record->model), LOG_TEXT("provider", record->provider),
             LOG_STRING("outcome", call_outcome_names[record->outcome]), LOG_INT("status", record->status),
             LOG_TEXT("code", record->code), LOG_TEXT("policy", record->policy),
             LOG_BOOL("stream", record->stream), LOG_INT("attempts", record->attempts),
             LOG_INT("input_tokens",
                     record->input_tokens + record->cache_read_tokens + record->cache_write_tokens),
             LOG_INT("output_tokens", record->output_tokens + record->reasoning_tokens),
             LOG_INT("first_byte_us", record->first_byte_us), LOG_INT("total_us", record->total_us),
             LOG_TEXT("revision", record->revision), LOG_TEXT("trace", record->trace_id));
}
