/* What Prometheus sees of calls: derived from the same usage record the journal keeps, so the two cannot
 * disagree.
 *
 * Label values come from the config, never from a client: a model nobody serves counts as "unknown". */
#pragma once

#include <stdint.h>

#include "api/types/usage_record.h"

struct arena;
struct call_metrics;
struct metrics;

/* Adds its families, and weir_build_info{version}, to the registry. */
struct call_metrics *call_metrics_new(struct arena *arena, struct metrics *metrics, struct text version);
/* One more call is running; call_metrics_count ends it. */
void call_metrics_begin(struct call_metrics *calls);
/* One finished call, with the usage of its last try. */
void call_metrics_count(struct call_metrics *calls, const struct usage_record *record);
/* A try before that: only what it used and cost. */
void call_metrics_count_try(struct call_metrics *calls, const struct usage_record *record);
/* A message refused before it was a call (framing): counted by status. */
void call_metrics_count_refused_message(struct call_metrics *calls, int status);
/* Calls that a predecessor's death cut: records of theirs that no other family counts. */
void call_metrics_count_lost(struct call_metrics *calls, int64_t count);
