/* A price as public tables write it ("1.5e-07", "0.00000015" US dollars a unit) to nano-USD per million
 * units, which is 10^-15 USD a unit: digit by digit, never through a double.
 *
 * Public tables are written by programs that hold prices in doubles, so some numbers carry what a double
 * added
 * ("1.3200000000000002e-07"). What has more than 15 significant digits and is no whole number of our unit is
 * such a number: every decimal of up to 15 digits passes through a double unharmed, so the 15-digit form is
 * what was meant. Where that still is no whole number (a dollar price divided by 60 or 3), it is rounded up.
 */
#pragma once

#include "api/types/price.h"

enum price_number {
    PRICE_NUMBER_EXACT,
    PRICE_NUMBER_ROUNDED, /* had more than 15 digits: out_nano is the nearest above of what was meant */
    PRICE_NUMBER_ZERO,
    PRICE_NUMBER_NEGATIVE,
    PRICE_NUMBER_TOO_FINE,  /* written on purpose, and not a whole number of 10^-15 USD */
    PRICE_NUMBER_TOO_LARGE, /* above PRICE_MAX_NANO_PER_MILLION */
    PRICE_NUMBER_NONE,      /* not a number of JSON's grammar, or longer than PRICE_NUMBER_MAX_BYTES */
};

#define PRICE_NUMBER_MAX_BYTES 64

/* *out_nano_per_million is set for EXACT and ROUNDED only. */
enum price_number price_number_read(struct text written, int64_t *out_nano_per_million);
