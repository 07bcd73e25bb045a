/* The longest prompt or answer a policy allows: what a request that asks for more gets. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "api/types/gateway_rules.h"

#define MAXIMUM_NOT_ASKED INT64_C(-1)

struct maximum_verdict {
    bool refused;
    bool changed;        /* send value upstream instead of what was asked */
    int64_t value;       /* what applies; MAXIMUM_NOT_ASKED when nothing was asked and nothing is set */
    bool shadow_refused; /* a maximum in Shadow mode would have refused or clamped */
};

/* For answers: clamped or refused as the policy says. A request that does not say how long its answer may be
 * gets the maximum set, under both. Shadow changes nothing. */
struct maximum_verdict maximum_of_output(const struct gateway_maximum *maximum, int64_t asked_tokens);
/* For prompts: a prompt cannot be clamped, so both refuse. */
struct maximum_verdict maximum_of_input(const struct gateway_maximum *maximum, int64_t tokens);
