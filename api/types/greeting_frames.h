/* Members of ledger_frames.h's frames by which a gateway and the ledger greet each other: who dials, where it
 * is to go on, how many others there are, and what either understands. */
#pragma once

#include "lib/schema/fields.h"

/* clang-format off */
#define LEDGER_HELLO_FIELDS(F, T)                                                                                      \
    F(T, TEXT, workspace, "workspace", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(63), DOC("Whose gateway this is."))         \
    F(T, TEXT, environment, "environment", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(63), DOC("Of which environment."))      \
    F(T, TEXT, gateway, "gateway", REQUIRED, MIN_LENGTH(1), DOC("This process: pod name, or name of the local process.")) \
    F(T, TEXT, journal, "journal", REQUIRED, MIN_LENGTH(26), MAX_LENGTH(26), DOC("The journal's own id, made with it: a ULID.")) \
    F(T, TEXT, program_version, "programVersion", DOC("Its build."))
DECLARE_SCHEMA(ledger_hello, LEDGER_HELLO_FIELDS);

#define LEDGER_WELCOME_FIELDS(F, T)                                                                                    \
    F(T, INT, next, "next", REQUIRED, RANGE(0, INT64_MAX), DOC("Number of the first record of the journal that is not here yet."))
DECLARE_SCHEMA(ledger_welcome, LEDGER_WELCOME_FIELDS);

#define LEDGER_GATEWAYS_FIELDS(F, T)                                                                                   \
    F(T, INT, count, "count", REQUIRED, RANGE(1, 1000000), DOC("How many gateways of its environment have a stream with this ledger, the one that is told included."))
DECLARE_SCHEMA(ledger_gateways, LEDGER_GATEWAYS_FIELDS);

/* Beside the member of any frame. A program that knows some of its fields, and not all, refuses the others:
 * what came later stands in `knows`. */
#define LEDGER_BESIDE_FIELDS(F, T)                                                                                     \
    F(T, BOOL, hears_gateways, "hearsGateways", DEFAULT("false"), DOC("Of a Hello: Gateways may be sent."))                 \
    F(T, BOOL, answers_look, "answersLook", DEFAULT("false"), DOC("Of a Hello: Look may be sent.")) \
    F(T, BOOL, hears_keys, "hearsKeys", DEFAULT("false"), DOC("Of a Hello: Keys may be sent.")) \
    F(T, BOOL, tells_alerts, "tellsAlerts", DEFAULT("false"), DOC("Of a Booked: Listen may be sent."))
DECLARE_SCHEMA(ledger_beside, LEDGER_BESIDE_FIELDS);

/* Beside that: a program that was built before it does not look at it, and who was built before one of its
 * fields passes over that one. */
#define LEDGER_KNOWS_FIELDS(F, T)                                                                                      \
    F(T, BOOL, recall, "recall", DEFAULT("false"), DOC("Of a Hello and of a Welcome: Recall may be sent."))
DECLARE_SCHEMA(ledger_knows, LEDGER_KNOWS_FIELDS);
/* clang-format on */
