/* Members of ledger_frames.h's frames by which a gateway brings its records and hears what became of them. */
#pragma once

#include "lib/schema/fields.h"

#define LEDGER_MAX_BATCH_RECORDS 2000
#define LEDGER_MAX_BATCH_BYTES (1024u * 1024) /* of the records; one that is longer comes alone */
#define LEDGER_MAX_RECORD_BYTES (256u * 1024)

/* clang-format off */
#define LEDGER_USAGE_FIELDS(F, T)                                                                                      \
    F(T, INT, first, "first", REQUIRED, RANGE(0, INT64_MAX), DOC("Number of the first record of this batch."))         \
    F(T, INT, count, "count", REQUIRED, RANGE(1, LEDGER_MAX_BATCH_RECORDS), DOC("How many there are: as many lines follow."))
DECLARE_SCHEMA(ledger_usage, LEDGER_USAGE_FIELDS);

#define LEDGER_ACK_FIELDS(F, T)                                                                                        \
    F(T, INT, next, "next", REQUIRED, RANGE(0, INT64_MAX), DOC("Everything before this number is committed."))
DECLARE_SCHEMA(ledger_ack, LEDGER_ACK_FIELDS);

#define LEDGER_REFUSE_FIELDS(F, T)                                                                                     \
    F(T, TEXT, reason, "reason", REQUIRED, MAX_LENGTH(1024), DOC("Why nothing more is taken on this stream."))
DECLARE_SCHEMA(ledger_refuse, LEDGER_REFUSE_FIELDS);

/* clang-format on */
