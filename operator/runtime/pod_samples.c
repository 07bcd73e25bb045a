/* A round goes through the namespaces one after the other: asks for the pods' metrics, and when they are
 * there or cannot be had, samples the pods that the cache holds. */
#include "operator/runtime/pod_samples.h"

#include "api/types/object.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/document/json.h"
#include "lib/net/loop.h"
#include "lib/schema/problems.h"
#include "operator/control/sample_publisher.h"
#include "operator/objects/model_engine.h"
#include "operator/objects/names.h"
#include "operator/objects/pod_rates.h"
#include "operator/runtime/cluster_parts.h"
#include "operator/runtime/identities.h"
#include "operator/runtime/namespace_owners.h"

#define METRICS_PATH "/apis/metrics.k8s.io/v1beta1/namespaces/"
enum {
    ROUND_MS = 60000,
    WITHOUT_MS = 600000,      /* until metrics that could not be had are asked for again */
    LONGEST_SPAN_MS = 300000, /* what was not looked at for longer nobody knows */
    MOST_NAMESPACES = 5000,
};

struct pod_samples {
    struct cluster_operator *op;
    struct arena *arena; /* of one time of leading; NULL: not leading, or there is no ledger */
    struct sample_publisher *publisher;
    struct loop_timer *timer;
    struct arena *round; /* of one round; NULL: between rounds */
    struct text_list namespaces;
    size_t at;                  /* the namespace that it is at */
    struct arena *before_arena; /* of the next */
    struct map *before;         /* uid -> int64_t: when it was looked at last */
    struct map *now;            /* the same of this round, in round */
    int64_t without_until_ms;   /* monotonic: metrics are not asked for before */
    struct error trouble;       /* with metrics, as it was told */
};

static void go_on(void *owner);
static void begin_round(struct pod_samples *samples);
static void look_at_next(struct pod_samples *samples);
static void on_metrics(void *owner, const struct kube_answer *answer);
static void note_trouble(struct pod_samples *samples, const struct error *why);
static void sample_namespace(struct pod_samples *samples, const struct pod_usage_list *usage);
static void sample_pod(struct pod_samples *samples, struct arena *scratch, const struct kube_object *pod,
                       const struct runtime_sample *whose, const struct pod_usage_list *usage);
static bool take_span(struct pod_samples *samples, struct text uid, struct runtime_sample *sample);
static struct text
environment_of(struct arena *arena, const struct pod_samples *samples, struct text namespace);
static struct text model_of(struct arena *arena, const struct pod_samples *samples, struct text namespace,
                            const struct document *labels);
static void end_round(struct pod_samples *samples);
static void on_refused(void *owner, struct text reason);
static void release(void *owner);

struct pod_samples *
pod_samples_new(struct arena *arena, struct cluster_operator *op)
{
    struct pod_samples *samples = arena_alloc(arena, sizeof(*samples));
    *samples = (struct pod_samples){.op = op};
    arena_defer(arena, release, samples);
    return samples;
}

void
pod_samples_begin(struct pod_samples *samples)
{
    struct cluster_operator *op = samples->op;
    if (text_is_empty(op->facts.ledger_url) || samples->arena)
        return;
    samples->arena = arena_new(0);
    samples->before_arena = arena_new(0);
    samples->before = map_new(samples->before_arena);
    const struct sample_publisher_options options = {
        .loop = op->loop,
        .address = text_c_string(samples->arena, op->facts.ledger_url),
        .on_refused = on_refused,
        .owner = samples,
    };
    samples->publisher = sample_publisher_start(samples->arena, &options);
    samples->timer = loop_timer_new(op->loop, samples->arena, go_on, samples);
    pod_samples_use_identity(samples);
    loop_timer_start(samples->timer, 0);
}

void
pod_samples_end(struct pod_samples *samples)
{
    if (!samples->arena)
        return;
    arena_free(samples->round);
    arena_free(samples->before_arena);
    arena_free(samples->arena);
    *samples = (struct pod_samples){.op = samples->op};
}

void
pod_samples_use_identity(struct pod_samples *samples)
{
    if (!samples->arena)
        return;
    struct error err = {0};
    struct websocket_client_identity identity = identities_operator(samples->op->identities);
    if (!sample_publisher_use_identity(samples->publisher, &identity, &err))
        log_error("certificate_not_used", LOG_STRING("reason", err.message));
}

static void
go_on(void *owner)
{
    struct pod_samples *samples = owner;
    if (!samples->round)
        begin_round(samples);
    look_at_next(samples);
}

static void
begin_round(struct pod_samples *samples)
{
    const struct cluster_operator *op = samples->op;
    const struct kube_table *table = watches_at(op->watches, WATCHED_NAMESPACES)->table;
    const struct kube_object *object;
    struct text_list *list = &samples->namespaces;
    samples->round = arena_new(0);
    samples->now = map_new(samples->round);
    samples->at = 0;
    *list = (struct text_list){
        .items = arena_alloc_array(samples->round, kube_table_count(table) + 1, sizeof(*list->items))};
    for (size_t at = 0; (object = kube_table_next(table, (struct text){0}, &at));)
        if (list->count < MOST_NAMESPACES && namespace_owners_find(op->owners, object->name).length > 0)
            list->items[list->count++] = text_copy(samples->round, object->name);
}

static void
look_at_next(struct pod_samples *samples)
{
    static const struct pod_usage_list none = {0};
    if (samples->at == samples->namespaces.count) {
        end_round(samples);
        return;
    }
    if (loop_now_ms(samples->op->loop) < samples->without_until_ms) {
        sample_namespace(samples, &none);
        samples->at++;
        loop_timer_start(samples->timer, 0); /* others want their turn between two namespaces */
        return;
    }
    struct text namespace = kube_escape(samples->round, samples->namespaces.items[samples->at]);
    const struct kube_path_request request = {
        .method = TEXT("GET"),
        .path = text_format(samples->round, METRICS_PATH "%.*s/pods", TEXT_ARG(namespace))};
    kube_request(samples->round, samples->op->client, &request, on_metrics, samples);
}

static void
on_metrics(void *owner, const struct kube_answer *answer)
{
    struct pod_samples *samples = owner;
    scoped_arena struct arena *scratch = arena_new(0);
    struct pod_usage_list usage = {0};
    struct error why = answer->error;
    if (why.kind == ERROR_NONE && pod_usage_parse(scratch, answer->body, &usage, &why))
        samples->trouble = (struct error){0};
    else
        note_trouble(samples, &why);
    sample_namespace(samples, &usage);
    samples->at++;
    look_at_next(samples);
}

/* Told when it begins: that a cluster has no metrics is nothing to be told again and again. */
static void
note_trouble(struct pod_samples *samples, const struct error *why)
{
    samples->without_until_ms = loop_now_ms(samples->op->loop) + WITHOUT_MS;
    if (samples->trouble.kind == ERROR_NONE)
        log_info("pods_without_metrics", LOG_STRING("reason", why->message));
    samples->trouble = *why;
}

static void
sample_namespace(struct pod_samples *samples, const struct pod_usage_list *usage)
{
    const struct cluster_operator *op = samples->op;
    struct text namespace = samples->namespaces.items[samples->at];
    const struct kube_table *pods = watches_at(op->watches, WATCHED_PODS)->table;
    const struct kube_object *pod;
    struct arena *arena = arena_new(0);
    const struct runtime_sample whose = {.workspace = namespace_owners_find(op->owners, namespace),
                                         .environment = environment_of(arena, samples, namespace),
                                         .namespace = namespace};
    struct arena *scratch = arena_new(0);
    for (size_t at = 0; whose.workspace.length > 0 && (pod = kube_table_next(pods, namespace, &at));) {
        sample_pod(samples, scratch, pod, &whose, usage);
        arena_reset(scratch);
    }
    arena_free(scratch);
    arena_free(arena);
}

static void
sample_pod(struct pod_samples *samples, struct arena *scratch, const struct kube_object *pod,
           const struct runtime_sample *whose, const struct pod_usage_list *usage)
{
    struct document *document = NULL;
    struct pod_rates rates;
    struct runtime_sample sample = *whose;
    if (!json_parse(scratch, pod->json, (struct text){0}, &document, NULL) ||
        !pod_rates_read(document, &rates) || !take_span(samples, pod->uid, &sample))
        return;
    const struct document *labels = document_get(document, "metadata.labels");
    sample.pod = pod->name;
    sample.uid = pod->uid;
    sample.deployment = document_text(document_find(labels, TEXT(DEPLOYMENT_LABEL)));
    sample.model = model_of(scratch, samples, pod->namespace, labels);
    pod_sample_fill(scratch, &rates, pod_usage_find(usage, pod->name), &sample);
    sample_publisher_add(samples->publisher, &sample);
}

/* From the last look at it until now. */
static bool
take_span(struct pod_samples *samples, struct text uid, struct runtime_sample *sample)
{
    const int64_t *before = map_find(samples->before, uid);
    int64_t *now = arena_alloc(samples->round, sizeof(*now));
    *now = clock_unix_ms();
    map_set(samples->now, uid, now);
    if (!before || *now <= *before || *now - *before > LONGEST_SPAN_MS)
        return false;
    sample->from_ms = *before;
    sample->until_ms = *now;
    return true;
}

static struct text
environment_of(struct arena *arena, const struct pod_samples *samples, struct text namespace)
{
    const struct kube_table *table = watches_at(samples->op->watches, WATCHED_NAMESPACES)->table;
    const struct kube_object *object = kube_table_find(table, (struct text){0}, namespace);
    struct document *document = NULL;
    if (!object || !json_parse(arena, text_copy(arena, object->json), (struct text){0}, &document, NULL))
        return (struct text){0};
    return document_text(document_find(document_get(document, "metadata.labels"), TEXT(ENVIRONMENT_LABEL)));
}

/* What the Deployment says that it serves; empty when it is no ModelServer, or is gone. */
static struct text
model_of(struct arena *arena, const struct pod_samples *samples, struct text namespace,
         const struct document *labels)
{
    struct text name = document_text(document_find(labels, TEXT(DEPLOYMENT_LABEL)));
    const struct kube_table *table = watches_at(samples->op->watches, WATCHED_DEPLOYMENTS)->table;
    const struct kube_object *object = kube_table_find(table, namespace, name);
    struct document *document = NULL;
    struct problem_list problems;
    struct object decoded;
    problems_init(&problems, arena);
    if (!object ||
        !text_equals(document_text(document_find(labels, TEXT(WORKLOAD_TYPE_LABEL))), TEXT("ModelServer")) ||
        !json_parse(arena, object->json, (struct text){0}, &document, NULL) ||
        !object_decode(arena, document, &decoded, &problems) || decoded.kind->id != KIND_DEPLOYMENT ||
        decoded.deployment->spec.type != DEPLOYMENT_MODEL_SERVER)
        return (struct text){0};
    return model_server_model(decoded.deployment);
}

/* What was not seen in this round is forgotten. */
static void
end_round(struct pod_samples *samples)
{
    arena_free(samples->before_arena);
    samples->before_arena = samples->round;
    samples->before = samples->now;
    samples->round = NULL;
    sample_publisher_send(samples->publisher);
    loop_timer_start(samples->timer, ROUND_MS);
}

static void
on_refused(void *owner, struct text reason)
{
    (void)owner;
    log_error("samples_refused", LOG_TEXT("reason", reason));
}

static void
release(void *owner)
{
    pod_samples_end(owner);
}
