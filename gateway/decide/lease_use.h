/* How much an account uses, lately: over the current stretch of time and the one before. For lease_*.c. */
#pragma once

#include <stdint.h>

#define LEASE_USE_STRETCH_MS 5000

/* Starts as {0}. */
struct lease_use {
    int64_t start_ms;
    int64_t taken, taken_before; /* holds less what came back of them: may be below zero */
    int64_t largest, largest_before;
};

/* A hold was granted. */
void lease_use_take(struct lease_use *use, int64_t amount, int64_t now_ms);
/* Several were, of so much together. */
void lease_use_take_many(struct lease_use *use, int64_t all, int64_t largest, int64_t now_ms);
/* Not all of a hold was used. */
void lease_use_give_back(struct lease_use *use, int64_t amount);
/* What is used in a second; 0 after two stretches without a hold. */
int64_t lease_use_per_second(const struct lease_use *use, int64_t now_ms);
/* The largest hold; 0 after two stretches without one. */
int64_t lease_use_largest(const struct lease_use *use, int64_t now_ms);
