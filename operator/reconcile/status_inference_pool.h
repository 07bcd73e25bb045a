/* Whether a ModelServer's pods are the InferencePool that was asked for. For status_deployment.c only. */
#pragma once

#include "operator/reconcile/deployment_state.h"
#include "operator/reconcile/status_conditions.h"

/* Adds Pooled, when a pool is asked for and nothing holds the Deployment. Ready is False only for a pool that
 * the API server refuses, as for any child. */
void status_inference_pool_add(const struct deployment_state *state, struct conditions *conditions);
/* Why a Gateway does not take an observed pool, in its own words; empty: none says so. */
struct text status_inference_pool_refusal(struct arena *arena, const struct observed_object *pool);
