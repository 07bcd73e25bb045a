/* Members of ledger_frames.h's frames by which the ledger asks a gateway which calls run in it right now. */
#pragma once

#include "lib/schema/fields.h"

#define LEDGER_MAX_RUNNING 1000 /* calls of one answer */
#define RUNNING_NAME_MAX_BYTES 256

/* clang-format off */
#define LEDGER_LOOK_FIELDS(F, T)                                                                                       \
    F(T, INT, number, "number", REQUIRED, RANGE(1, INT64_MAX), DOC("Which of the ledger's looks."))
DECLARE_SCHEMA(ledger_look, LEDGER_LOOK_FIELDS);

#define RUNNING_CALL_FIELDS(F, T)                                                                                      \
    F(T, TEXT, id, "id", REQUIRED, MAX_LENGTH(RUNNING_NAME_MAX_BYTES), DOC("Its x-request-id."))                       \
    F(T, TIME, time, "time", REQUIRED, DOC("Since when."))                                                             \
    F(T, TEXT, caller, "caller", MAX_LENGTH(RUNNING_NAME_MAX_BYTES), DOC("Who asks."))                                 \
    F(T, TEXT, deployment, "deployment", MAX_LENGTH(RUNNING_NAME_MAX_BYTES), DOC("Whose workload that is."))           \
    F(T, TEXT, model, "model", MAX_LENGTH(RUNNING_NAME_MAX_BYTES), DOC("What for, as the client calls it."))           \
    F(T, TEXT, provider, "provider", MAX_LENGTH(RUNNING_NAME_MAX_BYTES), DOC("Who is asked; absent while it waits for its turn.")) \
    F(T, TEXT, target_model, "targetModel", MAX_LENGTH(RUNNING_NAME_MAX_BYTES), DOC("What the provider calls it."))    \
    F(T, BOOL, stream, "stream", DEFAULT("false"), ALWAYS, DOC("The answer is asked for as a stream."))                \
    F(T, INT, attempts, "attempts", DEFAULT("0"), ALWAYS, RANGE(0, 1000), DOC("Tries that were begun."))               \
    F(T, INT, bytes, "bytes", DEFAULT("0"), ALWAYS, RANGE(0, INT64_MAX), DOC("How much of a stream has gone out by now."))
DECLARE_SCHEMA(running_call, RUNNING_CALL_FIELDS);

#define LEDGER_RUNNING_FIELDS(F, T)                                                                                    \
    F(T, INT, number, "number", REQUIRED, RANGE(1, INT64_MAX), DOC("Of the Look."))                                    \
    F(T, LIST(running_call), calls, "calls", MAX_ITEMS(LEDGER_MAX_RUNNING), DOC("In no order."))                       \
    F(T, BOOL, is_cut, "isCut", DEFAULT("false"), DOC("More run than are listed."))
DECLARE_SCHEMA(ledger_running, LEDGER_RUNNING_FIELDS);
/* clang-format on */
