/* Requests and tokens per minute, by the times of the records: one environment's counters, and one set for
 * each of its callers. Calls at once are not looked at: records do not say how many ran beside them. */
#pragma once

#include "api/simulate/replay_rules.h"

struct replay_limits;

/* Refers to the config. Counters begin full. */
struct replay_limits *replay_limits_new(struct arena *arena, const struct gateway_config *config);
/* Takes from every limit in force, or from none and says which refuses. As in a gateway, the prompt must fit
 * and the answer may be owed. */
struct replay_refusal replay_limits_take(struct replay_limits *limits, const struct usage_record *record,
                                         const struct usage_vector *used);
/* The call was refused after all, by what comes later: gives back what it took. */
void replay_limits_return(struct replay_limits *limits, const struct usage_record *record,
                          const struct usage_vector *used);
