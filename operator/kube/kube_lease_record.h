/* A coordination.k8s.io/v1 Lease as an object: read, and written anew with everything of its metadata kept.
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct document;
struct error;

struct kube_lease_record {
    struct text holder; /* empty: given back */
    int64_t duration_ms;
    int64_t transitions;
    struct text acquire_time, renew_time; /* as written: never compared with a clock of ours */
    struct text resource_version;
    const struct document *metadata; /* as read; NULL before it exists */
};

MUST_CHECK bool kube_lease_record_parse(struct arena *arena, struct text json,
                                        struct kube_lease_record *out_record, struct error *err);
/* JSON for a POST (metadata NULL) or a PUT, which is refused with 409 unless resource_version still stands.
 */
struct text kube_lease_record_print(struct arena *arena, const struct kube_lease_record *record,
                                    struct text namespace, struct text name);
/* MicroTime: "2006-01-02T15:04:05.000000Z". */
struct text kube_micro_time(struct arena *arena, int64_t unix_ms);
/* The holder said something new: the same record read twice did not. */
bool kube_lease_record_equals(const struct kube_lease_record *a, const struct kube_lease_record *b);
