/* What runs to its end: batch/v1 Job and CronJob, and JobSet for pods that start together. */
#include "lib/base/arena.h"
#include "operator/objects/names.h"
#include "operator/objects/workload_pod.h"

#define JOB_SET_VERSION "jobset.x-k8s.io/v1alpha2"
#define KUEUE_QUEUE_LABEL "kueue.x-k8s.io/queue-name"
#define BATCH_ATTEMPTS 20          /* each goes on where the last one stopped */
#define BATCH_END_GRACE_SECONDS 60 /* for the runner's own deadline to come first */

static struct document *new_object(const struct workload *workload, const char *version, const char *kind);
static void
put_job_spec(const struct workload *workload, struct document *spec, const struct document *template);
static void put_batch_bounds(struct document *spec, const struct batch_workload *batch);
static void put_failure_rule(struct document *spec, const char *action, const int *exit_codes, size_t count);
static const struct job_workload *job_of(const struct deployment *deployment);
static const struct document *
with_restart(const struct workload *workload, const struct document *template, const char *policy);

struct document *
workload_job(const struct workload *workload, const struct document *template)
{
    struct document *object = new_object(workload, "batch/v1", "Job");
    if (!text_is_empty(workload->queue))
        document_set_text(object_at(object, "metadata.labels"), KUEUE_QUEUE_LABEL, workload->queue);
    if (workload->is_suspended)
        object_put_bool(object, "spec.suspend", true);
    put_job_spec(workload, object_at(object, "spec"), template);
    return object;
}

/* The Jobs that it makes carry no label of ours: they are its, not ours to prune. Kueue's they may carry. */
struct document *
workload_cron_job(const struct workload *workload, const struct document *template)
{
    const struct deployment_spec *spec = &workload->deployment->spec;
    const struct cron_job_workload *cron = &spec->workload.cron_job;
    bool is_cron_job = spec->type == DEPLOYMENT_CRON_JOB;
    enum concurrency_policy overlap = is_cron_job ? cron->concurrency_policy : CONCURRENCY_POLICY_FORBID;
    struct document *object = new_object(workload, "batch/v1", "CronJob");
    object_put_text(object, "spec.schedule", workload_schedule(workload->deployment));
    object_put_text(object, "spec.timeZone", is_cron_job ? cron->time_zone : TEXT("Etc/UTC"));
    object_put_text(object, "spec.concurrencyPolicy",
                    schema_enum_name(concurrency_policy_names, (int)overlap));
    if (workload->is_suspended)
        object_put_bool(object, "spec.suspend", true);
    struct document *job = object_at(object, "spec.jobTemplate");
    if (!text_is_empty(workload->queue))
        document_set_text(object_at(job, "metadata.labels"), KUEUE_QUEUE_LABEL, workload->queue);
    put_job_spec(workload, object_at(job, "spec"), template);
    return object;
}

struct document *
workload_job_set(const struct workload *workload, const struct document *template)
{
    const struct job_workload *job = job_of(workload->deployment);
    struct document *object = new_object(workload, JOB_SET_VERSION, "JobSet");
    if (!text_is_empty(workload->queue))
        document_set_text(object_at(object, "metadata.labels"), KUEUE_QUEUE_LABEL, workload->queue);
    if (workload->is_suspended)
        object_put_bool(object, "spec.suspend", true);
    object_put_bool(object, "spec.network.enableDNSHostnames", true);
    if (!text_is_empty(job->group.network))
        object_put_text(object, "spec.network.subdomain", job->group.network);
    object_put_int(object, "spec.failurePolicy.maxRestarts", job->backoff_limit);
    struct document *group = object_append_named(object, "spec.replicatedJobs", TEXT("group"));
    object_put_int(group, "replicas", 1);
    struct document *spec = object_at(group, "template.spec");
    object_put_int(spec, "parallelism", job->group.replicas);
    object_put_int(spec, "completions", job->group.replicas);
    object_put_text(spec, "completionMode", TEXT("Indexed"));
    object_put_int(spec, "backoffLimit", 0); /* one that fails restarts the whole group */
    if (job->active_deadline != FIELD_UNSET)
        object_put_int(spec, "activeDeadlineSeconds", seconds_of_ms(job->active_deadline));
    object_put(spec, "template", with_restart(workload, template, "Never"));
    return object;
}

struct text
workload_schedule(const struct deployment *deployment)
{
    switch (deployment->spec.type) {
    case DEPLOYMENT_CRON_JOB:
        return deployment->spec.workload.cron_job.schedule;
    case DEPLOYMENT_AGENT:
        return deployment->spec.workload.agent.schedule;
    case DEPLOYMENT_BATCH:
        return deployment->spec.workload.batch.schedule;
    default:
        return (struct text){0};
    }
}

static struct document *
new_object(const struct workload *workload, const char *version, const char *kind)
{
    struct document *object =
        object_new(workload->arena, version, kind, workload->namespace,
                   names_workload(workload->arena, workload->deployment->metadata.name));
    object_set_owner(object, &workload->owner);
    return object;
}

/* NULL: the type has none. */
static const struct job_workload *
job_of(const struct deployment *deployment)
{
    switch (deployment->spec.type) {
    case DEPLOYMENT_JOB:
        return &deployment->spec.workload.job;
    case DEPLOYMENT_CRON_JOB:
        return &deployment->spec.workload.cron_job.job;
    default:
        return NULL;
    }
}

/* ttlSecondsAfterFinished is never put on a Job of ours: one that went away by itself would be made, and run,
 * again. Its time is kept by the reconciler. */
static void
put_job_spec(const struct workload *workload, struct document *spec, const struct document *template)
{
    const struct job_workload *job = job_of(workload->deployment);
    if (job) {
        object_put_int(spec, "completions", job->completions);
        object_put_int(spec, "parallelism", job->parallelism);
        if (job->completions > 1)
            object_put_text(spec, "completionMode", TEXT("Indexed"));
        object_put_int(spec, "backoffLimit", job->backoff_limit);
        if (job->active_deadline != FIELD_UNSET)
            object_put_int(spec, "activeDeadlineSeconds", seconds_of_ms(job->active_deadline));
    }
    bool is_scheduled = !text_is_empty(workload_schedule(workload->deployment));
    if (job && is_scheduled && job->ttl_after_finished != FIELD_UNSET)
        object_put_int(spec, "ttlSecondsAfterFinished", job->ttl_after_finished / 1000);
    if (workload->deployment->spec.type == DEPLOYMENT_BATCH)
        put_batch_bounds(spec, &workload->deployment->spec.workload.batch);
    object_put(spec, "template", with_restart(workload, template, "Never"));
}

/* A pod that a node loses is no failure; exit codes that a second try cannot change end the job at once. */
static void
put_batch_bounds(struct document *spec, const struct batch_workload *batch)
{
    static const int hopeless[] = {2, 3, 6,
                                   7}; /* usage, an invalid file, expired, stopped: api/cli/command.h */
    object_put_int(spec, "backoffLimit", BATCH_ATTEMPTS);
    if (batch->deadline != FIELD_UNSET)
        object_put_int(spec, "activeDeadlineSeconds",
                       seconds_of_ms(batch->deadline) + BATCH_END_GRACE_SECONDS);
    struct document *lost = object_append(spec, "podFailurePolicy.rules");
    object_put_text(lost, "action", TEXT("Ignore"));
    struct document *condition = object_append(lost, "onPodConditions");
    object_put_text(condition, "type", TEXT("DisruptionTarget"));
    object_put_text(condition, "status", TEXT("True"));
    put_failure_rule(spec, "FailJob", hopeless, COUNT_OF(hopeless));
}

static void
put_failure_rule(struct document *spec, const char *action, const int *exit_codes, size_t count)
{
    struct document *rule = object_append(spec, "podFailurePolicy.rules");
    object_put_text(rule, "action", text_of(action));
    object_put_text(rule, "onExitCodes.containerName", TEXT(WORKLOAD_CONTAINER));
    object_put_text(rule, "onExitCodes.operator", TEXT("In"));
    struct document *values = document_new_list(document_arena(spec));
    for (size_t i = 0; i < count; i++)
        document_append(values, document_new_int(document_arena(spec), exit_codes[i]));
    object_put(rule, "onExitCodes.values", values);
}

static const struct document *
with_restart(const struct workload *workload, const struct document *template, const char *policy)
{
    struct document *copy = document_new_map(workload->arena), *spec = document_new_map(workload->arena);
    const struct document *old = document_find(template, TEXT("spec"));
    for (size_t i = 0; i < document_count(template); i++)
        document_set(copy, document_key_at(template, i), document_value_at(template, i));
    for (size_t i = 0; i < document_count(old); i++)
        document_set(spec, document_key_at(old, i), document_value_at(old, i));
    if (!document_find(old, TEXT("restartPolicy")))
        document_set_text(spec, "restartPolicy", text_of(policy));
    document_set(copy, TEXT("spec"), spec);
    return copy;
}
