/* The roll-up of each type: what its workload says, told as one of few reasons. */
#include "lib/base/arena.h"
#include "lib/base/parse.h"
#include "operator/objects/names.h"
#include "operator/reconcile/deployment_state.h"

static int64_t number_at(const struct document *document, const char *path);
static const struct document *condition_at(const struct document *object, const char *type);
static bool is_said(const struct document *condition, const char *status);
static struct verdict verdict_of_rollout(const struct deployment_state *state, const struct document *pods,
                                         const struct deployment_status *status);
static struct text starting_words(const struct deployment_state *state, struct text counts);

struct verdict
verdict_working(struct text reason, struct text message)
{
    return (struct verdict){CONDITION_UNKNOWN, reason, message};
}

struct verdict
verdict_needs_a_person(struct text reason, struct text message)
{
    return (struct verdict){CONDITION_FALSE, reason, message};
}

struct verdict
verdict_done(struct text reason, struct text message)
{
    return (struct verdict){CONDITION_TRUE, reason, message};
}

bool
verdict_is_set(const struct verdict *verdict)
{
    return verdict->reason.length > 0;
}

struct verdict
verdict_of_pods(const struct deployment_state *state, struct deployment_status *status)
{
    const struct observed_object *seen =
        observed_find(&state->view->observed, TEXT("Deployment"), state->planned->namespace,
                      names_workload(state->arena, state->deployment->metadata.name));
    const struct document *pods = seen ? seen->document : NULL;
    status->replicas = number_at(pods, "status.replicas");
    status->ready_replicas = number_at(pods, "status.readyReplicas");
    if (state->workload.is_suspended && status->replicas == 0)
        return verdict_done(TEXT("Suspended"), state->deployment->spec.suspend
                                                   ? TEXT("nothing runs: spec.suspend is true")
                                                   : TEXT("nothing runs: its workspace is suspended"));
    if (!pods || number_at(pods, "status.observedGeneration") < number_at(pods, "metadata.generation"))
        return verdict_working(TEXT("Pending"), TEXT("its pods are being made"));
    return verdict_of_rollout(state, pods, status);
}

/* The newest pods decide; while they have trouble the old ones may still answer. */
static struct verdict
verdict_of_rollout(const struct deployment_state *state, const struct document *pods,
                   const struct deployment_status *status)
{
    int64_t wanted = 1;
    if (!document_int(document_get(pods, "spec.replicas"), &wanted))
        wanted = 1;
    int64_t updated = number_at(pods, "status.updatedReplicas");
    const struct document *failure = condition_at(pods, "ReplicaFailure");
    struct text counts = text_format(state->arena, "%lld/%lld replicas ready",
                                     (long long)status->ready_replicas, (long long)wanted);
    bool is_whole = updated >= wanted && status->ready_replicas >= wanted && status->replicas <= wanted;
    if (is_whole)
        return verdict_done(TEXT("Available"), counts);
    struct text words = document_text(document_find(failure, TEXT("message")));
    if (is_said(failure, "True") && text_find(words, TEXT("exceeded quota")) >= 0)
        return quota_find_shortage(state, words);
    struct verdict trouble = pods_find_trouble(state);
    if (!verdict_is_set(&trouble) && is_said(failure, "True"))
        trouble = verdict_working(TEXT("Degraded"),
                                  text_format(state->arena, "pods are refused: %.*s", TEXT_ARG(words)));
    const struct document *progress = condition_at(pods, "Progressing");
    bool is_stuck = is_said(progress, "False");
    if (!verdict_is_set(&trouble) && (is_stuck || status->ready_replicas > 0))
        trouble = verdict_working(TEXT("Degraded"), text_format(state->arena, "%.*s%s", TEXT_ARG(counts),
                                                                is_stuck ? ", and none came within "
                                                                           "rollout.progressDeadline"
                                                                         : ""));
    if (!verdict_is_set(&trouble))
        return verdict_working(TEXT("Starting"), starting_words(state, counts));
    return is_stuck ? verdict_needs_a_person(trouble.reason, trouble.message) : trouble;
}

/* Weights that come from outside need a way out, which environments do not have by themselves. */
static struct text
starting_words(const struct deployment_state *state, struct text counts)
{
    struct text uri = state->deployment->spec.workload.model_server.model.uri;
    bool is_fetched =
        state->deployment->spec.type == DEPLOYMENT_MODEL_SERVER && !text_starts_with(uri, TEXT("pvc://"));
    if (!is_fetched)
        return counts;
    return text_format(state->arena,
                       "%.*s; it fetches %.*s, for which the environment's network must let it out "
                       "(Workspace %.*s spec.environments[%.*s].network), or keep weights on a pvc://",
                       TEXT_ARG(counts), TEXT_ARG(uri), TEXT_ARG(state->planned->workspace->metadata.name),
                       TEXT_ARG(state->planned->environment->name));
}

struct verdict
verdict_of_cron_job(const struct deployment_state *state, struct deployment_status *status)
{
    const struct observed_object *seen =
        observed_find(&state->view->observed, TEXT("CronJob"), state->planned->namespace,
                      names_workload(state->arena, state->deployment->metadata.name));
    if (!seen)
        return verdict_working(TEXT("Pending"), TEXT("its CronJob is being made"));
    int64_t started = 0, ended = 0;
    size_t active = document_count(document_get(seen->document, "status.active"));
    status->replicas = (int64_t)active;
    struct text last = document_text(document_get(seen->document, "status.lastScheduleTime"));
    if (parse_time_ms(last, &started)) {
        status->last_run = (struct deployment_run){.source = seen->document,
                                                   .start_time = started,
                                                   .completion_time = FIELD_UNSET,
                                                   .total = FIELD_UNSET};
        struct text success = document_text(document_get(seen->document, "status.lastSuccessfulTime"));
        if (parse_time_ms(success, &ended) && ended >= started)
            status->last_run.completion_time = ended;
    }
    if (state->workload.is_suspended)
        return verdict_done(TEXT("Suspended"), TEXT("no run is started; one that runs goes on to its end"));
    struct verdict trouble = active > 0 ? pods_find_trouble(state) : (struct verdict){0};
    if (verdict_is_set(&trouble))
        return trouble;
    struct text schedule = workload_schedule(state->deployment);
    bool has_run = status->last_run.start_time != FIELD_UNSET && status->last_run.source;
    bool has_failed = has_run && active == 0 && status->last_run.completion_time == FIELD_UNSET;
    if (has_failed)
        return verdict_done(TEXT("LastRunFailed"),
                            text_format(state->arena,
                                        "the run of %.*s failed%s%.*s; the next one comes by %.*s",
                                        TEXT_ARG(last), pods_failure_words(state).length > 0 ? ": " : "",
                                        TEXT_ARG(pods_failure_words(state)), TEXT_ARG(schedule)));
    return verdict_done(TEXT("Available"),
                        text_format(state->arena, "runs by the clock: %.*s", TEXT_ARG(schedule)));
}

static int64_t
number_at(const struct document *document, const char *path)
{
    int64_t number = 0;
    return document_int(document_get(document, path), &number) ? number : 0;
}

static const struct document *
condition_at(const struct document *object, const char *type)
{
    const struct document *conditions = document_get(object, "status.conditions");
    for (size_t i = 0; i < document_count(conditions); i++)
        if (text_equals(document_text(document_find(document_at(conditions, i), TEXT("type"))),
                        text_of(type)))
            return document_at(conditions, i);
    return NULL;
}

static bool
is_said(const struct document *condition, const char *status)
{
    return text_equals(document_text(document_find(condition, TEXT("status"))), text_of(status));
}
