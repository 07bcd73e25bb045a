/* Every call that the ledger of a `weir up` keeps, one by one and oldest first. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "api/types/usage_record.h"
#include "lib/base/compiler.h"

struct error;
struct invocation;

struct calls_question {
    int64_t from_ms, until_ms; /* from <= time < until */
    /* The record is good until it returns. Calls of one millisecond may come in any order. */
    void (*on_record)(void *owner, const struct usage_record *record);
    void *owner;
};

/* UNAVAILABLE when no ledger answers; *out_count says how many calls had come before that. */
MUST_CHECK bool calls_ledger_walk(const struct invocation *invocation, const struct calls_question *question,
                                  size_t *out_count, struct error *err);
