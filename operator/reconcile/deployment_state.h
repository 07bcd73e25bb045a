/* What is known of a Deployment at one moment, and the verdict about it. For operator/reconcile's
 * status_deployment and the files that decide a part of it. */
#pragma once

#include "operator/reconcile/deployment_job.h"
#include "operator/reconcile/deployment_objects.h"

/* The roll-up: reason empty means that this look found nothing to say. */
struct verdict {
    enum condition_status status;
    struct text reason, message;
};

struct deployment_state {
    struct arena *arena;
    const struct cluster_view *view;
    const struct planned_environment *planned;
    const struct deployment *deployment;
    struct workload workload;
    struct hold hold;
    struct desired_objects desired;
};

struct verdict verdict_working(struct text reason, struct text message);        /* Unknown */
struct verdict verdict_needs_a_person(struct text reason, struct text message); /* False */
struct verdict verdict_done(struct text reason, struct text message);           /* True */
bool verdict_is_set(const struct verdict *verdict);

/* The first trouble among its pods that have not ended: image, Secret, crash, no node. */
struct verdict pods_find_trouble(const struct deployment_state *state);
/* How the newest ended pod of it failed, in words; empty: none did, or it is not known. */
struct text pods_failure_words(const struct deployment_state *state);
/* What `weir batch` wrote when it ended, as JSON; NULL: no ended pod of it says so. */
const struct document *pods_batch_summary(const struct deployment_state *state);
size_t pods_count(const struct deployment_state *state);

/* QuotaExceeded in words that say who uses it. server_words: "exceeded quota: ..." of a refused pod, or
 * empty: then what it asks for is held against the observed ResourceQuota. */
struct verdict quota_find_shortage(const struct deployment_state *state, struct text server_words);

/* Of types whose pods stay, of Jobs, and of CronJobs. */
struct verdict verdict_of_pods(const struct deployment_state *state, struct deployment_status *status);
struct verdict verdict_of_job(const struct deployment_state *state, struct deployment_status *status);
struct verdict verdict_of_cron_job(const struct deployment_state *state, struct deployment_status *status);

/* What is published of a Batch's progress: whole percents of the lines (of failures the first ten too), so
 * that a run of any length causes a bounded number of writes; exact once every line is done. */
struct batch_progress batch_progress_shown(const struct batch_progress *progress);
