/* Jobs that are made once, kept as they are, and gone when their time is over. */
#include "operator/reconcile/deployment_job.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/parse.h"
#include "lib/document/json.h"
#include "lib/net/digest.h"
#include "operator/objects/names.h"
#include "operator/reconcile/environment_objects.h"

enum { HASH_DIGITS = 8 };

static const struct job_workload *job_of(const struct deployment *deployment);
static bool is_job_set(const struct deployment *deployment);
static int64_t kept_until(const struct deployment *deployment, int64_t end_unix_ms);
static void
resume(struct document *job, const struct workload *workload, const struct observed_object *observed);

bool
deployment_runs_once(const struct deployment *deployment)
{
    bool is_job = deployment->spec.type == DEPLOYMENT_JOB || deployment->spec.type == DEPLOYMENT_BATCH;
    return is_job && text_is_empty(workload_schedule(deployment));
}

struct text
deployment_queue(struct arena *arena, const struct cluster_view *view,
                 const struct planned_environment *planned, const struct deployment *deployment)
{
    bool is_agent = deployment->spec.type == DEPLOYMENT_AGENT;
    if (!deployment_runs_once(deployment) && (is_agent || text_is_empty(workload_schedule(deployment))))
        return (struct text){0};
    const struct job_workload *job = job_of(deployment);
    if (job && !text_is_empty(job->queue))
        return job->queue;
    return environment_queue_of(arena, view, planned->workspace, planned->environment).local_queue;
}

/* NULL: the type is another. */
static const struct job_workload *
job_of(const struct deployment *deployment)
{
    if (deployment->spec.type == DEPLOYMENT_JOB)
        return &deployment->spec.workload.job;
    if (deployment->spec.type == DEPLOYMENT_CRON_JOB)
        return &deployment->spec.workload.cron_job.job;
    return NULL;
}

static bool
is_job_set(const struct deployment *deployment)
{
    return deployment->spec.type == DEPLOYMENT_JOB && deployment->spec.workload.job.group.source;
}

/* How long it is kept is left out: to change that is no other run. */
struct text
deployment_job_name(struct arena *arena, const struct deployment *deployment)
{
    if (!deployment_runs_once(deployment))
        return (struct text){0};
    struct deployment_spec spec = deployment->spec;
    spec.workload.job.ttl_after_finished = FIELD_UNSET;
    const struct document *encoded =
        schema_encode(arena, &deployment_spec_schema, &spec, SCHEMA_ENCODE_PLAIN);
    static const char *const parts[] = {"workload", "resources", "podPatches"};
    struct document *written = document_new_map(arena);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        const struct document *part = document_find(encoded, text_of(parts[i]));
        if (part)
            document_set(written, text_of(parts[i]), part);
    }
    struct buffer canonical;
    buffer_init(&canonical, arena, 1024);
    json_print_canonical(written, &canonical);
    struct text hash = digest_sha256_hex(arena, buffer_text(&canonical));
    struct text base = names_workload(arena, deployment->metadata.name);
    return text_format(arena, "%.*s-%.*s", TEXT_ARG(base), HASH_DIGITS, hash.bytes);
}

const struct observed_object *
deployment_find_job(struct arena *arena, const struct cluster_view *view,
                    const struct planned_environment *planned, const struct deployment *deployment)
{
    return observed_find(&view->observed, is_job_set(deployment) ? TEXT("JobSet") : TEXT("Job"),
                         planned->namespace, deployment_job_name(arena, deployment));
}

struct document *
deployment_job_wanted(const struct cluster_view *view, const struct workload *workload,
                      const struct document *template)
{
    const struct deployment *deployment = workload->deployment;
    struct text name = deployment_job_name(workload->arena, deployment);
    bool in_group = is_job_set(deployment);
    const struct observed_object *observed =
        observed_find(&view->observed, in_group ? TEXT("JobSet") : TEXT("Job"), workload->namespace, name);
    const struct deployment_run *last = &deployment->status.last_run;
    bool has_ended = last->completion_time != FIELD_UNSET && text_equals(last->job, name);
    if (!observed && has_ended)
        return NULL;
    bool has_failed = false;
    int64_t end = job_end_unix_ms(observed, &has_failed);
    bool is_over = end != FIELD_UNSET && view->now_unix_ms >= kept_until(deployment, end);
    if (is_over && has_ended) /* not before it stands in the status: it would be run again */
        return NULL;
    struct document *job = in_group ? workload_job_set(workload, template) : workload_job(workload, template);
    object_put_text(job, "metadata.name", name);
    if (observed)
        resume(job, workload, observed);
    return job;
}

static int64_t
kept_until(const struct deployment *deployment, int64_t end_unix_ms)
{
    const struct job_workload *job = job_of(deployment);
    if (!job || job->ttl_after_finished == FIELD_UNSET)
        return INT64_MAX;
    return end_unix_ms + job->ttl_after_finished;
}

/* Said in so many words only to a Job that was suspended: Kueue lets its Jobs start by itself. */
static void
resume(struct document *job, const struct workload *workload, const struct observed_object *observed)
{
    bool is_held = document_bool(document_get(observed->document, "spec.suspend"));
    if (is_held && !workload->is_suspended && text_is_empty(workload->queue))
        object_put_bool(job, "spec.suspend", false);
}

int64_t
job_end_unix_ms(const struct observed_object *job, bool *out_failed)
{
    const struct document *conditions = job ? document_get(job->document, "status.conditions") : NULL;
    for (size_t i = 0; i < document_count(conditions); i++) {
        const struct document *condition = document_at(conditions, i);
        struct text type = document_text(document_find(condition, TEXT("type")));
        bool failed = text_equals(type, TEXT("Failed"));
        bool ended = failed || text_equals(type, TEXT("Complete")) || text_equals(type, TEXT("Completed"));
        int64_t when = 0;
        if (!ended || !text_equals(document_text(document_find(condition, TEXT("status"))), TEXT("True")))
            continue;
        *out_failed = failed;
        if (!parse_time_ms(document_text(document_find(condition, TEXT("lastTransitionTime"))), &when))
            when = 0;
        return when;
    }
    return FIELD_UNSET;
}

int64_t
deployment_wake_unix_ms(struct arena *arena, const struct cluster_view *view,
                        const struct planned_environment *planned, const struct deployment *deployment)
{
    if (!deployment_runs_once(deployment))
        return 0;
    bool has_failed = false;
    int64_t end = job_end_unix_ms(deployment_find_job(arena, view, planned, deployment), &has_failed);
    int64_t until = end == FIELD_UNSET ? INT64_MAX : kept_until(deployment, end);
    return until == INT64_MAX || until <= view->now_unix_ms ? 0 : until;
}
