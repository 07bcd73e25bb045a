/* The limits of a config that the replicas of its gateway share, each with its id. */
#pragma once

#include <stddef.h>

#include "api/types/shared_limit.h"

struct arena;
struct gateway_config;

struct live_limit {
    const struct gateway_limit *limit;
    struct text id; /* as the ledger has it in its book */
};

struct live_limits {
    struct live_limit *items;
    size_t count;
};

/* Those that are enforced: what is only tried is counted in each process. */
struct live_limits live_limits_index(struct arena *arena, const struct gateway_config *config);
