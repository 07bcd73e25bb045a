/* How many calls, tries of them that reached a provider, and records that used what is in no cost. */
#pragma once

#include <stdint.h>

struct usage_counts {
    int64_t calls, tries, unpriced;
};
