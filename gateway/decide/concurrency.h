/* Calls at once. Counts also while no limit is set, so that a limit that appears counts the calls already
 * running. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct concurrency {
    int64_t taken;
};

/* Where there is room below limit. */
bool concurrency_has_room(const struct concurrency *concurrency, int64_t limit);
void concurrency_take(struct concurrency *concurrency);
void concurrency_return(struct concurrency *concurrency); /* asserts that one was taken */
