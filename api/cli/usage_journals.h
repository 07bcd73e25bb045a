/* The usage records in the journals of a `weir up` folder's gateways, merged in order of time as far as each
 * journal is. Gateways write a record when its call ends, so one that took longer comes later. */
#pragma once

#include <stdbool.h>

#include "api/types/usage_record.h"
#include "lib/base/compiler.h"

struct error;
struct invocation;

typedef void (*usage_record_fn)(void *owner, const struct usage_record *record);

/* Each record is good until on_record returns; memory is that of one record for each journal. */
MUST_CHECK bool usage_journals_walk(const struct invocation *invocation, usage_record_fn on_record,
                                    void *owner, struct error *err);
