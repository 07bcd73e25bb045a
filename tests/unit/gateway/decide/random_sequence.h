/* The same random numbers in every run: property tests must fail the same way twice. */
#pragma once

#include <stdint.h>

struct random_sequence {
    uint64_t state; /* the seed */
};

/* SplitMix64 */
static inline uint64_t
random_next(struct random_sequence *random)
{
    uint64_t z = (random->state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* 0 to below - 1 */
static inline int64_t
random_below(struct random_sequence *random, int64_t below)
{
    return (int64_t)(random_next(random) % (uint64_t)below);
}
