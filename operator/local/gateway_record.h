/* Which process serves an environment, written down so that a restarted operator finds it instead of starting
 * a second. */
#pragma once

#include "lib/schema/fields.h"

struct error;
struct state_folder;

/* clang-format off */
#define GATEWAY_RECORD_FIELDS(F, T)                                                                                    \
    F(T, TEXT, workspace, "workspace", REQUIRED, DOC("Whose gateway it is."))                                          \
    F(T, TEXT, environment, "environment", REQUIRED, DOC("Of which environment."))                                     \
    F(T, TEXT, namespace, "namespace", REQUIRED, DOC("The environment's."))                                            \
    F(T, INT, pid, "pid", REQUIRED, RANGE(2, INT32_MAX), DOC("Its process."))                                          \
    F(T, TEXT, started, "started", REQUIRED, DOC("The process's start in clock ticks: a pid alone may be another's by now.")) \
    F(T, INT, port, "port", DEFAULT("0"), RANGE(0, 65535), DOC("Where it listens for callers; 0: not known yet."))
DECLARE_SCHEMA(gateway_record, GATEWAY_RECORD_FIELDS);
/* clang-format on */

MUST_CHECK bool gateway_record_store(const struct state_folder *state, const struct gateway_record *record,
                                     struct error *err);
void gateway_record_remove(const struct state_folder *state, struct text namespace);
/* Those whose process still runs; the others are removed. */
struct gateway_record_list gateway_record_load_all(struct arena *arena, const struct state_folder *state);
/* The start of a running process as /proc tells it; empty when there is none. */
struct text gateway_record_start_of(struct arena *arena, int64_t pid);
/* The very process that was recorded still runs (a zombie does not). */
bool gateway_record_is_running(int64_t pid, struct text started);
