/* Recorded calls gone through again under changed policies: what these would have blocked, and what it would
 * have saved. Pure: where records come from and how it is told is not its business.
 *
 * It knows what records know. Not: what clients would have done after a refusal, how many calls ran at once,
 * how long an answer a request asked for. */
#pragma once

#include "api/simulate/replay_sums.h"

struct error;
struct replay;

/* The configs are those of the changed policies, and live as long as the arena. from_ms: records from then on
 * are told of; earlier ones only fill budgets and limits. False when a config comes twice, or a budget's time
 * zone is unknown. */
MUST_CHECK bool replay_new(struct arena *arena, const struct gateway_config_list *configs, int64_t from_ms,
                           struct replay **out_replay, struct error *err);
/* From when on records are needed: since budgets' windows around from_ms began. */
int64_t replay_first_ms(const struct replay *replay);
/* In order of time. Nothing of the record is kept. */
void replay_take(struct replay *replay, const struct usage_record *record);
struct replay_sums *replay_found(const struct replay *replay);
