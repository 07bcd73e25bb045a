/* The line is the usage record and where the call came from. */
#include "gateway/access_log.h"

#include "lib/base/compiler.h"
#include "lib/base/log.h"

void
access_log_write(struct text peer, struct text record)
{
    const struct log_field fields[] = {LOG_TEXT("peer", peer)};
    const struct log_json json = {"record", record};
    log_event_json(LOG_INFO, "call", fields, COUNT_OF(fields), &json);
}
