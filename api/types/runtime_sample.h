/* What one pod had and used for a while, as the operator saw it: what runtime cost is reckoned from.
 *
 * Amounts are of the whole span, in units that sums cannot overflow: CPU in millicore-milliseconds (3.6 *
 * 10^9 a core-hour), memory in KiB-seconds (3.8 * 10^9 a GiB-hour), devices in milliseconds of one of them.
 * An int64 holds 2.4 * 10^9 such hours: byte-milliseconds would hold 2,386 GiB-hours.
 *
 * A sample is of one hour of UTC, so that sums by the hour need no splitting. What it is of: a pod of a
 * Deployment (model: what a ModelServer serves), or with neither a part of Weir itself, such as a gateway. */
#pragma once

#include "lib/schema/fields.h"

#define RUNTIME_CORE_HOUR INT64_C(3600000000) /* 1,000 millicores for 3,600,000 ms */
#define RUNTIME_GIB_HOUR INT64_C(3774873600)  /* 1,048,576 KiB for 3,600 s */
#define RUNTIME_DEVICE_HOUR INT64_C(3600000)  /* ms */

#define RUNTIME_CPU "cpu"
#define RUNTIME_MEMORY "memory"
#define RUNTIME_RESOURCE_MAX_BYTES 128
#define RUNTIME_MAX_AMOUNTS 16
/* Of one pod in an hour: 100,000 cores, 100 TiB or more devices than a node has. 10,000 such pods fit a sum.
 */
#define RUNTIME_MAX_AMOUNT INT64_C(400000000000000)

enum runtime_source {
    RUNTIME_REQUESTS, /* what it asked for; what it used nobody says */
    RUNTIME_METRICS,  /* and what it used, by the cluster's metrics */
    RUNTIME_PROCESS,  /* what a process used, by its kernel; it asked for nothing */
};
extern const char *const runtime_source_names[]; /* Requests Metrics Process */

/* clang-format off */
#define RUNTIME_AMOUNT_FIELDS(F, T)                                                                                    \
    F(T, TEXT, resource, "resource", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(RUNTIME_RESOURCE_MAX_BYTES), DOC("cpu in millicore-milliseconds, memory in KiB-seconds, else a device's name, in milliseconds of one.")) \
    F(T, INT, requested, "requested", DEFAULT("0"), RANGE(0, RUNTIME_MAX_AMOUNT), DOC("What it asked for, over the span.")) \
    F(T, INT, used, "used", DEFAULT("0"), RANGE(0, RUNTIME_MAX_AMOUNT), DOC("What it used; 0 when nobody says."))
DECLARE_SCHEMA(runtime_amount, RUNTIME_AMOUNT_FIELDS);

#define RUNTIME_SAMPLE_FIELDS(F, T)                                                                                    \
    F(T, TEXT, workspace, "workspace", MAX_LENGTH(63), DOC("Whose; empty: the organisation's, as the ledger itself."))  \
    F(T, TEXT, environment, "environment", MAX_LENGTH(63), DOC("In which environment."))                               \
    F(T, TEXT, namespace, "namespace", MAX_LENGTH(63), DOC("Where it ran; empty: in none."))                           \
    F(T, TEXT, deployment, "deployment", MAX_LENGTH(63), DOC("Of which Deployment; empty: a part of Weir."))           \
    F(T, TEXT, model, "model", MAX_LENGTH(128), DOC("What it serves, when it is a ModelServer's."))                    \
    F(T, TEXT, pod, "pod", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(253), DOC("Its name, or that of a process."))           \
    F(T, TEXT, uid, "uid", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(128), DOC("Which one of that name: nothing else ever has it.")) \
    F(T, TEXT, node, "node", MAX_LENGTH(253), DOC("Where it ran, as far as known."))                                   \
    F(T, ENUM(runtime_source), told_by, "source", REQUIRED, DOC("Who says so."))                                        \
    F(T, INT, from_ms, "from", REQUIRED, RANGE(0, INT64_MAX), DOC("Start of the span, Unix milliseconds."))            \
    F(T, INT, until_ms, "until", REQUIRED, RANGE(1, INT64_MAX), DOC("Its end, in the same hour of UTC."))              \
    F(T, LIST(runtime_amount), amounts, "amounts", REQUIRED, LIST_KEYS("resource"), MIN_ITEMS(1), MAX_ITEMS(RUNTIME_MAX_AMOUNTS), DOC("How much of what."))
DECLARE_SCHEMA(runtime_sample, RUNTIME_SAMPLE_FIELDS);
/* clang-format on */

/* millicores for so long, and bytes: rounded up to the unit; RUNTIME_MAX_AMOUNT when it is more. */
int64_t runtime_cpu_amount(int64_t millicores, int64_t span_ms);
int64_t runtime_memory_amount(int64_t bytes, int64_t span_ms);
int64_t runtime_device_amount(int64_t count, int64_t span_ms);
