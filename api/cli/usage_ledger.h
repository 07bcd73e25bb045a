/* Who used what, asked of the ledger that runs with `weir up`. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct error;
struct invocation;
struct usage_counts;
struct usage_record;

struct usage_ledger_question {
    struct text by; /* as --by has it; told apart by outcome too, for who counts refusals */
    struct text workspace, environment; /* empty: all */
    int64_t from_unix_ms;               /* counted from the hour that it is in */
    /* For each row: calls that are alike in what was asked by; the record has their counts and cost, all of
     * them together. */
    void (*on_row)(void *owner, const struct usage_record *record, const struct usage_counts *counts);
    void *owner;
    /* The same of the span before: what it cost. */
    void (*on_before)(void *owner, const struct usage_record *record, int64_t cost_nano);
};

/* UNAVAILABLE when no ledger answers; rows may have come before it was gone. */
MUST_CHECK bool usage_ledger_ask(const struct invocation *invocation,
                                 const struct usage_ledger_question *question, struct error *err);
/* As long a span before the question's, for whole hours: not told apart by outcome unless asked for. A span
 * that is longer than a ledger compares has none: no rows. */
MUST_CHECK bool
usage_ledger_ask_before(const struct invocation *invocation, const struct usage_ledger_question *question,
                        int64_t now_unix_ms, struct error *err);
