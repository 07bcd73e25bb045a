/* What has to be spent of a budget before people are told. Pure. */
#pragma once

#include <stdint.h>

/* The least amount that is that percent of it or more; at least 1, for of nothing nothing is spent. amount:
 * 0 to BUDGET_MAX_AMOUNT; percent: 1 to 100. */
int64_t alert_threshold(int64_t amount, int64_t percent);
