/* What pods say about themselves: containers that wait, pods without a node, and how ended ones ended. */
#include "lib/base/arena.h"
#include "lib/document/json.h"
#include "operator/objects/names.h"
#include "operator/reconcile/deployment_state.h"

/* What a container waits for, how bad that is, and what to do. */
struct waiting_words {
    const char *waiting; /* the kubelet's reason */
    const char *reason;
    const char *advice;
};

/* Worst first: one of these explains the others. */
static const struct waiting_words waits[] = {
    {"ImagePullBackOff", "ImagePullFailed",
     "check the image's name, its tag and whether the node may pull it"},
    {"ErrImagePull", "ImagePullFailed", "check the image's name, its tag and whether the node may pull it"},
    {"InvalidImageName", "ImagePullFailed", "write the image as host/name:tag or host/name@sha256:..."},
    {"ErrImageNeverPull", "ImagePullFailed", "the image is not on the node, and may not be pulled"},
    {"CreateContainerConfigError", "ConfigMissing", "create what is missing, or correct the reference"},
    {"CreateContainerError", "StartFailed", "check command and args"},
    {"RunContainerError", "StartFailed", "check command and args"},
    {"CrashLoopBackOff", "Degraded", "see kubectl logs --previous"},
};

static const struct observed_object *
next_pod(const struct deployment_state *state, const struct observed_object *last);
static bool has_ended(const struct observed_object *pod);
static struct verdict
find_waiting(const struct deployment_state *state, const struct observed_object *pod, size_t *out_rank);
static struct verdict say_waiting(const struct deployment_state *state, const struct observed_object *pod,
                                  const struct document *container, const struct waiting_words *words);
static struct verdict
find_unscheduled(const struct deployment_state *state, const struct observed_object *pod);
static const struct document *find_ended(const struct deployment_state *state, bool wants_success);

struct verdict
pods_find_trouble(const struct deployment_state *state)
{
    struct verdict worst = {0}, homeless = {0};
    size_t worst_rank = COUNT_OF(waits);
    for (const struct observed_object *pod = NULL; (pod = next_pod(state, pod));) {
        if (has_ended(pod) || pod->is_deleting)
            continue;
        size_t rank = COUNT_OF(waits);
        struct verdict found = find_waiting(state, pod, &rank);
        if (rank < worst_rank) {
            worst = found;
            worst_rank = rank;
        }
        if (!verdict_is_set(&homeless))
            homeless = find_unscheduled(state, pod);
    }
    return verdict_is_set(&worst) ? worst : homeless;
}

static const struct observed_object *
next_pod(const struct deployment_state *state, const struct observed_object *last)
{
    return observed_next_pod(&state->view->observed, state->planned->namespace,
                             state->deployment->metadata.name, last);
}

static bool
has_ended(const struct observed_object *pod)
{
    struct text phase = document_text(document_get(pod->document, "status.phase"));
    return text_equals(phase, TEXT("Succeeded")) || text_equals(phase, TEXT("Failed"));
}

static struct verdict
find_waiting(const struct deployment_state *state, const struct observed_object *pod, size_t *out_rank)
{
    const struct document *containers = document_get(pod->document, "status.containerStatuses");
    struct verdict worst = {0};
    for (size_t i = 0; i < document_count(containers); i++) {
        const struct document *container = document_at(containers, i);
        struct text reason = document_text(document_get(container, "state.waiting.reason"));
        for (size_t rank = 0; rank < *out_rank; rank++) {
            if (!text_equals(reason, text_of(waits[rank].waiting)))
                continue;
            worst = say_waiting(state, pod, container, &waits[rank]);
            *out_rank = rank;
        }
    }
    return worst;
}

/* The kubelet says it by turns in two ways: while it tries, and while it waits before it tries again. */
static struct text
pull_failure(struct text message)
{
    const struct text again = TEXT("Back-off pulling image "), before = TEXT("ErrImagePull: ");
    ptrdiff_t at = text_starts_with(message, again) ? text_find(message, before) : -1;
    return at < 0 ? message : text_slice(message, (size_t)at + before.length, message.length);
}

/* The kubelet's own words name the Secret, the key or the image. */
static struct verdict
say_waiting(const struct deployment_state *state, const struct observed_object *pod,
            const struct document *container, const struct waiting_words *words)
{
    struct text message = document_text(document_get(container, "state.waiting.message"));
    struct text image = document_text(document_find(container, TEXT("image")));
    struct text reason = text_of(words->reason), advice = text_of(words->advice);
    bool is_config = text_equals(reason, TEXT("ConfigMissing"));
    if (is_config && (text_find(message, TEXT("secret")) >= 0 || text_find(message, TEXT("Secret")) >= 0))
        reason = TEXT("SecretMissing");
    if (is_config && text_find(message, TEXT("runAsNonRoot")) >= 0) {
        reason = TEXT("StartFailed");
        advice = TEXT("the image runs as root, which this environment does not allow: build it with a "
                      "numeric USER, or set one with podPatches at /spec/securityContext/runAsUser");
    }
    if (text_equals(reason, TEXT("Degraded"))) {
        struct text last = pods_failure_words(state);
        if (last.length > 0)
            message = last;
    }
    if (text_is_empty(message))
        message = text_of(words->waiting);
    if (text_equals(reason, TEXT("ImagePullFailed")))
        message = text_format(state->arena, "image %.*s cannot be pulled: %.*s", TEXT_ARG(image),
                              TEXT_ARG(pull_failure(message)));
    return verdict_working(reason, text_format(state->arena, "pod %.*s: %.*s; %.*s", TEXT_ARG(pod->name),
                                               TEXT_ARG(message), TEXT_ARG(advice)));
}

static struct verdict
find_unscheduled(const struct deployment_state *state, const struct observed_object *pod)
{
    const struct document *conditions = document_get(pod->document, "status.conditions");
    for (size_t i = 0; i < document_count(conditions); i++) {
        const struct document *condition = document_at(conditions, i);
        if (!text_equals(document_text(document_find(condition, TEXT("type"))), TEXT("PodScheduled")) ||
            !text_equals(document_text(document_find(condition, TEXT("status"))), TEXT("False")))
            continue;
        struct text message = document_text(document_find(condition, TEXT("message")));
        return verdict_working(TEXT("Pending"),
                               text_format(state->arena,
                                           "no node takes pod %.*s: %.*s; ask for less, or have nodes added",
                                           TEXT_ARG(pod->name), TEXT_ARG(message)));
    }
    return (struct verdict){0};
}

/* The terminated state of the container that ended last, by the time it gives. */
static const struct document *
find_ended(const struct deployment_state *state, bool wants_success)
{
    const struct document *newest = NULL;
    for (const struct observed_object *pod = NULL; (pod = next_pod(state, pod));) {
        const struct document *containers = document_get(pod->document, "status.containerStatuses");
        for (size_t j = 0; j < document_count(containers); j++) {
            const struct document *container = document_at(containers, j);
            const struct document *ended = document_get(container, "state.terminated");
            int64_t code = 0;
            if (!ended)
                ended = document_get(container, "lastState.terminated");
            if (!ended || !document_int(document_find(ended, TEXT("exitCode")), &code) ||
                (code == 0) != wants_success)
                continue;
            struct text time = document_text(document_find(ended, TEXT("finishedAt")));
            if (!newest || text_compare(time, document_text(document_find(newest, TEXT("finishedAt")))) > 0)
                newest = ended;
        }
    }
    return newest;
}

struct text
pods_failure_words(const struct deployment_state *state)
{
    const struct document *ended = find_ended(state, false);
    if (!ended)
        return (struct text){0};
    struct text reason = document_text(document_find(ended, TEXT("reason")));
    struct text message = text_trim(document_text(document_find(ended, TEXT("message"))));
    struct document *summary = NULL;
    if (text_starts_with(message, TEXT("{")) &&
        json_parse(state->arena, message, (struct text){0}, &summary, NULL)) /* of weir batch */
        return document_text(document_find(summary, TEXT("message")));
    return text_format(state->arena, "it ended with exit code %.*s (%.*s)%s%.*s",
                       TEXT_ARG(document_text(document_find(ended, TEXT("exitCode")))), TEXT_ARG(reason),
                       message.length > 0 ? ": " : "", TEXT_ARG(message));
}

const struct document *
pods_batch_summary(const struct deployment_state *state)
{
    for (int success = 1; success >= 0; success--) {
        const struct document *ended = find_ended(state, success == 1);
        struct text message = document_text(document_find(ended, TEXT("message")));
        struct document *summary = NULL;
        if (message.length > 0 && json_parse(state->arena, message, (struct text){0}, &summary, NULL))
            return summary;
    }
    return NULL;
}

size_t
pods_count(const struct deployment_state *state)
{
    size_t count = 0;
    for (const struct observed_object *pod = NULL; (pod = next_pod(state, pod));)
        count += !has_ended(pod);
    return count;
}
