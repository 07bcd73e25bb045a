/* Which Job a Deployment that runs once should have. For operator/reconcile's own files. */
#pragma once

#include "operator/reconcile/deployment_objects.h"

/* Type Job or Batch without a schedule. */
bool deployment_runs_once(const struct deployment *deployment);
/* The Kueue queue of its jobs: its own word, or the environment's; empty: it has no jobs, or there is none.
 */
struct text deployment_queue(struct arena *arena, const struct cluster_view *view,
                             const struct planned_environment *planned, const struct deployment *deployment);
/* NULL: it ran, and what is left of it is not wanted or not wanted again. */
struct document *deployment_job_wanted(const struct cluster_view *view, const struct workload *workload,
                                       const struct document *template);
/* When an observed Job or JobSet ended, Unix milliseconds; FIELD_UNSET: it has not. *out_failed says how. */
int64_t job_end_unix_ms(const struct observed_object *job, bool *out_failed);
