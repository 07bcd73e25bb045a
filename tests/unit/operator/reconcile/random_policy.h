/* Random policies for property tests: reproducible from a seed. */
#pragma once

#include <stdint.h>

struct random {
    uint64_t state;
};

uint32_t random_below(struct random *random, uint32_t bound);
/* A manifest of a policy of that name in that namespace; each constraint is there or not. */
const char *random_policy(struct random *random, const char *namespace, const char *name);
