/* Workloads by the projected ServiceAccount token they show: verified once against the cluster's keys, then
 * known by its hash until it ends, so that a call costs what a key's does.
 *
 * What was verified is forgotten with the config, and so with the keys it was verified by. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "api/types/workload_identity.h"
#include "lib/base/compiler.h"
#include "lib/net/digest.h"

struct arena;
struct jwt_keys;
struct map;

#define LIVE_WORKLOADS_MAX_KNOWN 4096

/* Who a token is. */
struct live_workload {
    struct text name;       /* <namespace>/<serviceaccount> */
    struct text deployment; /* the ServiceAccount's; may be empty */
    struct text pod;        /* may be empty */
};

struct live_workloads {
    const struct workload_identity *identity; /* NULL: tokens are not believed */
    struct jwt_keys *keys;
    struct text_list problems; /* one sentence for each key that cannot be used */
    struct arena *known_arena; /* of what was verified; begun anew when it is full */
    struct map *known;
};

/* The identity outlives it; everything else is in the arena. */
void live_workloads_index(struct arena *arena, const struct workload_identity *identity,
                          struct live_workloads *out_workloads);
/* Whether a credential is to be held against the keys at all. */
bool live_workloads_may_know(const struct live_workloads *workloads, struct text token);
/* False for a token that is not one of this environment's workloads now; says not why. What comes out lives
 * in the arena. */
MUST_CHECK bool live_workloads_find(struct live_workloads *workloads, struct arena *arena, struct text token,
                                    int64_t now_unix_ms, struct live_workload *out_workload);
