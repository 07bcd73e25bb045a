/* One recorded call against an environment's rules as they would be: what needs no memory of other calls. */
#pragma once

#include <stdbool.h>

#include "api/types/gateway_config.h"
#include "api/types/usage_record.h"

/* Which rule says no, as `weir explain` names it, and who set it. */
struct replay_refusal {
    struct text rule; /* "models.deny", "maxInputTokens"; empty: none does */
    struct rule_source from;
};

/* Where a call would go. */
struct replay_route {
    struct replay_refusal refusal;       /* no target of the model may be called */
    struct replay_refusal moved_by;      /* the call goes on, but to another target than it did */
    const struct gateway_target *target; /* NULL: none, or none that could be called on this machine */
};

/* A model without targets that only lack a key or a pod is not refused: that is no question of policy. */
struct replay_route replay_route_of(const struct gateway_config *config, const struct usage_record *record);
/* Maxima in force. Refused with its rule; or *used gets the shorter answer and *out_clamped who wants it.
 * What a request asked for is not recorded: only what it got is looked at. */
struct replay_refusal replay_apply_maxima(const struct gateway_config *config, struct usage_vector *used,
                                          struct replay_refusal *out_clamped);
