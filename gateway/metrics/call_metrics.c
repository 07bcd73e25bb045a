/* The families, and which field of a record goes where. */
#include "gateway/metrics/call_metrics.h"

#include "lib/base/arena.h"
#include "lib/base/compiler.h"
#include "lib/base/metrics.h"
#include "lib/schema/schema.h"

struct call_metrics {
    struct metric_family *requests, *tokens, *duration, *first_byte, *refusals, *shadow, *attempts,
        *refused_messages, *cost, *unpriced;
    struct metric *in_flight, *lost;
};

/* clang-format off */
/* OpenTelemetry's GenAI buckets: 10 ms to 82 s, and 1 ms to 10 s for the first piece. */
static const double duration_bounds[] = {0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92};
static const double first_byte_bounds[] = {0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10};

static const char *const request_labels[] = {"workspace", "environment", "caller", "endpoint", "model", "outcome", "status", NULL};
static const char *const token_labels[] = {"workspace", "environment", "caller", "model", "class", "source", NULL};
static const char *const cost_labels[] = {"workspace", "environment", "caller", "model", "provider", NULL};
static const char *const time_labels[] = {"workspace", "environment", "endpoint", "model", "stream", NULL};
static const char *const rule_labels[] = {"workspace", "environment", "code", "policy", NULL};
static const char *const shadow_labels[] = {"workspace", "environment", "code", NULL};
static const char *const attempt_labels[] = {"workspace", "environment", "provider", NULL};
static const char *const status_labels[] = {"status", NULL};
static const char *const version_labels[] = {"version", NULL};

static const struct metric_description requests_description = {
    .name = "weir_requests_total", .help = "Finished calls, one for each that has its last usage record.",
    .kind = METRIC_COUNTER, .labels = request_labels, .max_series = 5000};
static const struct metric_description tokens_description = {
    .name = "weir_tokens_total", .help = "Tokens of all tries of calls; classes are disjoint.",
    .kind = METRIC_COUNTER, .labels = token_labels, .max_series = 5000};
static const struct metric_description cost_description = {
    .name = "weir_call_cost_nano_usd_total", .help = "What calls cost, all their tries, in whole billionths of a US dollar.",
    .kind = METRIC_COUNTER, .labels = cost_labels, .max_series = 5000};
static const struct metric_description unpriced_description = {
    .name = "weir_unpriced_calls_total", .help = "Tries of calls that used something without a price.",
    .kind = METRIC_COUNTER, .labels = cost_labels, .max_series = 5000};
static const struct metric_description duration_description = {
    .name = "weir_request_duration_seconds", .help = "From the request to the end of the answer.",
    .kind = METRIC_HISTOGRAM, .labels = time_labels,
    .bounds = duration_bounds, .bound_count = COUNT_OF(duration_bounds), .max_series = 500};
static const struct metric_description first_byte_description = {
    .name = "weir_first_byte_seconds", .help = "From the request to the first byte of the answer.",
    .kind = METRIC_HISTOGRAM, .labels = time_labels,
    .bounds = first_byte_bounds, .bound_count = COUNT_OF(first_byte_bounds), .max_series = 500};
static const struct metric_description refusals_description = {
    .name = "weir_refusals_total", .help = "Calls refused by a rule, by error code and policy.",
    .kind = METRIC_COUNTER, .labels = rule_labels};
static const struct metric_description shadow_description = {
    .name = "weir_shadow_refusals_total", .help = "Calls a rule in Shadow mode would have refused.",
    .kind = METRIC_COUNTER, .labels = shadow_labels};
static const struct metric_description attempts_description = {
    .name = "weir_upstream_attempts_total", .help = "Requests sent upstream, by the provider asked last.",
    .kind = METRIC_COUNTER, .labels = attempt_labels};
static const struct metric_description refused_messages_description = {
    .name = "weir_refused_messages_total", .help = "HTTP messages refused before they were calls, by status.",
    .kind = METRIC_COUNTER, .labels = status_labels, .max_series = 32};
static const struct metric_description in_flight_description = {
    .name = "weir_requests_in_flight", .help = "Calls running now.", .kind = METRIC_GAUGE};
static const struct metric_description lost_description = {
    .name = "weir_lost_calls_total", .help = "Calls in flight when this gateway's predecessor died, recorded at start.",
    .kind = METRIC_COUNTER};
static const struct metric_description build_description = {
    .name = "weir_build_info", .help = "Always 1; the labels say which build this is.",
    .kind = METRIC_GAUGE, .labels = version_labels, .max_series = 1};
/* clang-format on */

static void count_tokens(struct call_metrics *calls, const struct usage_record *record, struct text model);
static void count_cost(struct call_metrics *calls, const struct usage_record *record, struct text model);
static void count_times(struct call_metrics *calls, const struct usage_record *record, struct text model);
static void count_rules(struct call_metrics *calls, const struct usage_record *record);
static struct text status_word(int64_t status, char out[4]);

struct call_metrics *
call_metrics_new(struct arena *arena, struct metrics *metrics, struct text version)
{
    struct call_metrics *calls = arena_alloc(arena, sizeof(*calls));
    calls->requests = metrics_add(metrics, &requests_description);
    calls->tokens = metrics_add(metrics, &tokens_description);
    calls->cost = metrics_add(metrics, &cost_description);
    calls->unpriced = metrics_add(metrics, &unpriced_description);
    calls->duration = metrics_add(metrics, &duration_description);
    calls->first_byte = metrics_add(metrics, &first_byte_description);
    calls->refusals = metrics_add(metrics, &refusals_description);
    calls->shadow = metrics_add(metrics, &shadow_description);
    calls->attempts = metrics_add(metrics, &attempts_description);
    calls->refused_messages = metrics_add(metrics, &refused_messages_description);
    calls->in_flight = metric_with(metrics_add(metrics, &in_flight_description), NULL);
    calls->lost = metric_with(metrics_add(metrics, &lost_description), NULL);
    metric_set(metric_with(metrics_add(metrics, &build_description), &version), 1);
    return calls;
}

void
call_metrics_begin(struct call_metrics *calls)
{
    metric_increase(calls->in_flight, 1);
}

void
call_metrics_count(struct call_metrics *calls, const struct usage_record *record)
{
    /* Without a provider the model is whatever the client wrote. */
    struct text model = text_is_empty(record->provider) ? TEXT("unknown") : record->model;
    char status[4];
    struct text labels[] = {
        record->workspace,
        record->environment,
        record->caller,
        record->endpoint,
        model,
        schema_enum_name(call_outcome_names, (int)record->outcome),
        status_word(record->status, status),
    };
    metric_increase(metric_with(calls->requests, labels), 1);
    metric_increase(calls->in_flight, -1);
    count_tokens(calls, record, model);
    count_cost(calls, record, model);
    count_times(calls, record, model);
    count_rules(calls, record);
}

void
call_metrics_count_try(struct call_metrics *calls, const struct usage_record *record)
{
    count_tokens(calls, record, record->model);
    count_cost(calls, record, record->model);
}

void
call_metrics_count_refused_message(struct call_metrics *calls, int status)
{
    char word[4];
    struct text label = status_word(status, word);
    metric_increase(metric_with(calls->refused_messages, &label), 1);
}

void
call_metrics_count_lost(struct call_metrics *calls, int64_t count)
{
    metric_increase(calls->lost, count);
}

static void
count_tokens(struct call_metrics *calls, const struct usage_record *record, struct text model)
{
    const struct {
        struct text name;
        int64_t count;
    } classes[] = {
        {TEXT("input"), record->input_tokens},
        {TEXT("cache_read"), record->cache_read_tokens},
        {TEXT("cache_write"), record->cache_write_tokens},
        {TEXT("cache_write_1h"), record->cache_write_1h_tokens},
        {TEXT("output"), record->output_tokens},
        {TEXT("reasoning"), record->reasoning_tokens},
        {TEXT("audio_input"), record->audio_input_tokens},
        {TEXT("audio_output"), record->audio_output_tokens},
        {TEXT("image_input"), record->image_input_tokens},
        {TEXT("image_output"), record->image_output_tokens},
    };
    struct text source = schema_enum_name(usage_source_names, (int)record->usage_source);
    for (size_t i = 0; i < COUNT_OF(classes); i++) {
        if (classes[i].count <= 0)
            continue;
        struct text labels[] = {
            record->workspace, record->environment, record->caller, model, classes[i].name, source};
        metric_increase(metric_with(calls->tokens, labels), classes[i].count);
    }
}

static void
count_cost(struct call_metrics *calls, const struct usage_record *record, struct text model)
{
    struct text labels[] = {record->workspace, record->environment, record->caller, model, record->provider};
    if (record->cost != FIELD_UNSET && record->cost > 0)
        metric_increase(metric_with(calls->cost, labels), record->cost);
    if (record->unpriced.count > 0)
        metric_increase(metric_with(calls->unpriced, labels), 1);
}

/* Only calls that went to a provider: refusals are quick, and would make everything look fast. */
static void
count_times(struct call_metrics *calls, const struct usage_record *record, struct text model)
{
    if (text_is_empty(record->provider))
        return;
    struct text labels[] = {record->workspace, record->environment, record->endpoint, model,
                            record->stream ? TEXT("true") : TEXT("false")};
    metric_observe(metric_with(calls->duration, labels), (double)record->total_us / 1e6);
    if (record->first_byte_us > 0)
        metric_observe(metric_with(calls->first_byte, labels), (double)record->first_byte_us / 1e6);
    if (record->attempts > 0) {
        struct text attempt[] = {record->workspace, record->environment, record->provider};
        metric_increase(metric_with(calls->attempts, attempt), record->attempts);
    }
}

static void
count_rules(struct call_metrics *calls, const struct usage_record *record)
{
    if (record->outcome == CALL_REFUSED) {
        struct text labels[] = {record->workspace, record->environment, record->code, record->policy};
        metric_increase(metric_with(calls->refusals, labels), 1);
    }
    for (size_t i = 0; i < record->shadow.count; i++) {
        struct text labels[] = {record->workspace, record->environment, record->shadow.items[i]};
        metric_increase(metric_with(calls->shadow, labels), 1);
    }
}

/* Three digits, or "0" when nothing was sent. */
static struct text
status_word(int64_t status, char out[4])
{
    if (status < 100 || status > 999)
        return TEXT("0");
    out[0] = (char)('0' + status / 100);
    out[1] = (char)('0' + status / 10 % 10);
    out[2] = (char)('0' + status % 10);
    return (struct text){out, 3};
}
