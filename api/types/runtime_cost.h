/* Money of what pods had: what a sample cost, and whose calls have to bear it. Pure integer arithmetic.
 *
 * Of each resource the greater of what was asked for and what was used is paid, as OpenCost has it: what is
 * reserved nobody else can use. */
#pragma once

#include "api/types/price_card.h"

/* Of one resource in one sample: a million USD, which none costs, and sums over it cannot overflow. */
#define RUNTIME_MAX_COST_NANO INT64_C(1000000000000000)

/* The greater of the two. */
int64_t runtime_billed(const struct runtime_amount *amount);

/* Nano-USD of so much of a resource, rounded UP to the nano-dollar. False, and out_nano untouched, when the
 * card (NULL: none) has no price for it, or it is more than RUNTIME_MAX_COST_NANO. */
MUST_CHECK bool
runtime_price(const struct price_card *card, struct text resource, int64_t billed, int64_t *out_nano);

/* What somebody's calls of a model were in an hour. */
struct runtime_share {
    int64_t tokens;   /* of all classes */
    int64_t media_ms; /* audio or video, sent and made */
    int64_t requests; /* that the model's pods took */
    int64_t nano;     /* set by runtime_allot */
};

/* Allots what a model's pods cost in an hour to the calls that they served in it: by their tokens; when none
 * has any by their milliseconds of media; else by their number. Each share is rounded by what the ones before
 * it came to, so that all of them are the cost to the nano-dollar. Returns what is left, which is idle: all
 * of it when nothing was served, else 0. Counts below 0 are taken for 0. */
int64_t runtime_allot(int64_t cost_nano, struct runtime_share *shares, size_t count);

/* So much of a resource (or milliseconds of something, with RUNTIME_DEVICE_HOUR) in hours, as decimal text:
 * to the billionth, rounded down. */
struct text runtime_print_hours(struct arena *arena, int64_t amount, int64_t per_hour);
/* Rounded up to the nano-dollar; requests > 0. */
int64_t runtime_cost_per_request(int64_t cost_nano, int64_t requests);
