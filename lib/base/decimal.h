/* Money: decimal text to integer nano-units (10^-9) and back. No floating point anywhere. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

/* "12", "12.50", "0.000000001": at most 9 decimals, no sign, no exponent, at most 9,223,372,036. */
MUST_CHECK bool decimal_parse_nano(struct text text, int64_t *out_nano);
/* The shortest exact text, at least two decimals: 12.50, 0.000000001. */
struct text decimal_print_nano(struct arena *arena, int64_t nano);
