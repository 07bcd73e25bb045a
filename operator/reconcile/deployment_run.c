/* One run: a Job's counts, a Batch's lines, and what they add up to. */
#include "lib/base/arena.h"
#include "lib/base/parse.h"
#include "operator/reconcile/deployment_state.h"

enum { FAILURES_SHOWN_ONE_BY_ONE = 10 };

static bool
has_been_told_failed(const struct deployment *deployment)
{
    const struct condition *ready = condition_find(&deployment->status.conditions, TEXT("Ready"));
    return ready && text_equals(ready->reason, TEXT("Failed"));
}

static void
put_run(const struct deployment_state *state, const struct observed_object *job, struct deployment_run *run);
static bool has_been_told_failed(const struct deployment *deployment);
static void put_lines(const struct deployment_state *state, struct deployment_run *run);
static bool has_number(const struct document *document, const char *path, int64_t *out_number);
static struct verdict
verdict_of_end(const struct deployment_state *state, const struct deployment_run *run, bool has_failed);
static struct verdict
verdict_of_running(const struct deployment_state *state, const struct observed_object *job,
                   const struct deployment_status *status);
static struct text attempt_words(const struct deployment_state *state, const struct observed_object *job);
static struct text run_words(const struct deployment_state *state, const struct deployment_run *run);

struct verdict
verdict_of_job(const struct deployment_state *state, struct deployment_status *status)
{
    const struct observed_object *job =
        deployment_find_job(state->arena, state->view, state->planned, state->deployment);
    struct deployment_run *run = &status->last_run;
    struct text name = deployment_job_name(state->arena, state->deployment);
    if (!job) {
        bool is_over = text_equals(run->job, name) && run->completion_time != FIELD_UNSET;
        if (is_over) /* what was said of it while it was there stays true */
            return verdict_of_end(state, run, has_been_told_failed(state->deployment));
        if (state->workload.is_suspended)
            return verdict_done(TEXT("Suspended"), TEXT("it has not started"));
        return verdict_working(TEXT("Pending"), TEXT("its Job is being made"));
    }
    put_run(state, job, run);
    bool has_failed = false;
    if (job_end_unix_ms(job, &has_failed) != FIELD_UNSET)
        return verdict_of_end(state, run, has_failed);
    has_number(job->document, "status.active", &status->replicas);
    has_number(job->document, "status.ready", &status->ready_replicas);
    return verdict_of_running(state, job, status);
}

static void
put_run(const struct deployment_state *state, const struct observed_object *job, struct deployment_run *run)
{
    struct deployment_run last = *run;
    bool is_same = text_equals(last.job, job->name);
    *run = (struct deployment_run){.source = job->document,
                                   .job = job->name,
                                   .start_time = FIELD_UNSET,
                                   .completion_time = FIELD_UNSET,
                                   .total = is_same ? last.total : FIELD_UNSET};
    bool has_failed = false;
    if (!parse_time_ms(document_text(document_get(job->document, "status.startTime")), &run->start_time))
        run->start_time = FIELD_UNSET;
    run->completion_time = job_end_unix_ms(job, &has_failed);
    if (state->deployment->spec.type != DEPLOYMENT_BATCH) {
        has_number(job->document, "status.succeeded", &run->succeeded);
        has_number(job->document, "status.failed", &run->failed);
        return;
    }
    run->succeeded = is_same ? last.succeeded : 0;
    run->failed = is_same ? last.failed : 0;
    put_lines(state, run);
}

/* The pod says how far it is while it runs, and its last words are exact; between two pods what was known
 * stays. */
static void
put_lines(const struct deployment_state *state, struct deployment_run *run)
{
    const struct batch_progress_list *batches = &state->view->batches;
    const struct document *summary = run->completion_time == FIELD_UNSET ? NULL : pods_batch_summary(state);
    if (summary) {
        has_number(summary, "total", &run->total);
        has_number(summary, "succeeded", &run->succeeded);
        has_number(summary, "failed", &run->failed);
        return;
    }
    for (size_t i = 0; i < batches->count; i++) {
        if (!text_equals(batches->items[i].namespace, state->planned->namespace) ||
            !text_equals(batches->items[i].deployment, state->deployment->metadata.name) ||
            batches->items[i].total <= 0)
            continue;
        struct batch_progress shown = batch_progress_shown(&batches->items[i]);
        run->total = shown.total;
        run->succeeded = shown.succeeded;
        run->failed = shown.failed;
    }
}

struct batch_progress
batch_progress_shown(const struct batch_progress *progress)
{
    struct batch_progress shown = *progress;
    int64_t step = progress->total / 100;
    if (step <= 1 || progress->succeeded + progress->failed >= progress->total)
        return shown;
    shown.succeeded -= shown.succeeded % step;
    if (shown.failed > FAILURES_SHOWN_ONE_BY_ONE) {
        shown.failed -= shown.failed % step;
        if (shown.failed < FAILURES_SHOWN_ONE_BY_ONE)
            shown.failed = FAILURES_SHOWN_ONE_BY_ONE;
    }
    return shown;
}

static bool
has_number(const struct document *document, const char *path, int64_t *out_number)
{
    return document_int(document_get(document, path), out_number);
}

static struct verdict
verdict_of_end(const struct deployment_state *state, const struct deployment_run *run, bool has_failed)
{
    if (!has_failed)
        return verdict_done(TEXT("Completed"), run_words(state, run));
    struct text words = pods_failure_words(state), counts = run_words(state, run);
    if (state->deployment->spec.type == DEPLOYMENT_BATCH && words.length > 0)
        counts = (struct text){0}; /* its last words have them */
    return verdict_needs_a_person(
        TEXT("Failed"),
        text_format(state->arena, "%.*s%s%.*s; to run it again, change its spec or make it anew",
                    TEXT_ARG(counts), counts.length > 0 && words.length > 0 ? "; " : "", TEXT_ARG(words)));
}

static struct verdict
verdict_of_running(const struct deployment_state *state, const struct observed_object *job,
                   const struct deployment_status *status)
{
    bool is_held = document_bool(document_get(job->document, "spec.suspend"));
    if (state->workload.is_suspended)
        return verdict_done(TEXT("Suspended"), TEXT("it goes on where it stopped once nothing suspends it"));
    if (is_held && !text_is_empty(state->workload.queue))
        return verdict_working(TEXT("Queued"),
                               text_format(state->arena, "waits in the queue %.*s for its share of the quota",
                                           TEXT_ARG(state->workload.queue)));
    struct verdict trouble = pods_find_trouble(state);
    if (verdict_is_set(&trouble))
        return trouble;
    if (status->replicas == 0 && pods_count(state) == 0) {
        struct verdict shortage = quota_find_shortage(state, (struct text){0});
        if (verdict_is_set(&shortage))
            return shortage;
    }
    bool is_running = status->ready_replicas > 0;
    struct text failure = is_running ? (struct text){0} : attempt_words(state, job);
    if (failure.length > 0)
        return verdict_working(TEXT("Degraded"), failure);
    return verdict_working(is_running ? TEXT("Running") : TEXT("Starting"),
                           run_words(state, &status->last_run));
}

/* Between two attempts the last one's end is the news; empty: none has failed. */
static struct text
attempt_words(const struct deployment_state *state, const struct observed_object *job)
{
    int64_t failed = 0;
    struct text words = pods_failure_words(state);
    if (!has_number(job->document, "status.failed", &failed) || failed == 0 || words.length == 0)
        return (struct text){0};
    return text_format(state->arena, "%.*s; pods failed so far: %lld, it is tried again", TEXT_ARG(words),
                       (long long)failed);
}

static struct text
run_words(const struct deployment_state *state, const struct deployment_run *run)
{
    bool is_batch = state->deployment->spec.type == DEPLOYMENT_BATCH;
    if (is_batch && run->total == FIELD_UNSET)
        return TEXT("its lines are not counted yet");
    if (!is_batch)
        return text_format(state->arena, "%lld pods succeeded, %lld failed", (long long)run->succeeded,
                           (long long)run->failed);
    int64_t done = run->succeeded + run->failed;
    int64_t percent = run->total > 0 ? done * 100 / run->total : 100;
    return text_format(state->arena, "%lld %% of %lld lines done, %lld failed", (long long)percent,
                       (long long)run->total, (long long)run->failed);
}
