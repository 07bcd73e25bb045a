/* The life of one request of a watch: asked, answered piece by piece, ended; then what comes next. */
#include "operator/kube/kube_watch_flow.h"

#include <assert.h>

#include "lib/base/arena.h"
#include "operator/kube/kube_cache_private.h"
#include "operator/kube/kube_scan_event.h"
#include "operator/kube/kube_watch_metrics.h"

enum { MOST_ANSWER_BYTES = 64 * 1024 };

const struct kube_watch_times kube_watch_times = {
    .watch_least_ms = 300000, /* as client-go: 5 to 10 minutes, so that watches do not end together */
    .watch_most_ms = 600000,
    .slack_ms = 30000,
    .page_ms = 60000,
    .quiet_ms = 30000,
    .backoff_first_ms = KUBE_BACKOFF_FIRST_MS,
    .patience_ms = 2000,
};

static bool take_page(struct kube_watch_flow *flow, struct text piece);
static bool take_stream(struct kube_watch_flow *flow, struct text piece);
static void end_request(struct kube_watch_flow *flow, const struct error *why);
static void follow_verdict(struct kube_watch_flow *flow, const struct kube_watch_verdict *verdict);
static void say_trouble(const struct kube_watch_flow *flow, struct kube_watch_step *step);

static void
release(void *owner)
{
    arena_free(owner);
}

void
kube_watch_flow_init(struct kube_watch_flow *flow, struct arena *arena,
                     const struct kube_watch_options *options, const struct kube_watch_times *times)
{
    *flow = (struct kube_watch_flow){.options = *options, .times = *times};
    flow->options.namespace = text_copy(arena, options->namespace);
    flow->options.label_selector = text_copy(arena, options->label_selector);
    flow->state.backoff_first_ms = times->backoff_first_ms;
    flow->token_arena = arena_new(0);
    arena_defer(arena, release, flow->token_arena);
    kube_lines_init(&flow->lines, arena);
    kube_scan_list_init(&flow->list, arena);
}

struct kube_watch_question
kube_watch_flow_ask(struct kube_watch_flow *flow, struct arena *arena, int64_t now_ms, uint64_t random)
{
    struct kube_watch_state *state = &flow->state;
    state->lacks_watch_list |= flow->options.table->cache->lacks_watch_list;
    if (state->ask == KUBE_ASK_WATCH_LIST && state->lacks_watch_list)
        state->ask = KUBE_ASK_LIST;
    if (state->ask != KUBE_ASK_WATCH && flow->token.length == 0)
        kube_table_sweep_begin(flow->options.table);

    kube_lines_reset(&flow->lines);
    kube_scan_list_reset(&flow->list);
    buffer_init(&flow->answer, arena, 0);
    flow->end = (struct kube_watch_end){.kind = KUBE_END_CLOSED};
    flow->why.kind = ERROR_NONE;
    flow->status = 0;
    flow->started_ms = now_ms;

    const struct kube_watch_times *times = &flow->times;
    int64_t timeout_ms = times->watch_least_ms +
                         (int64_t)(random % (uint64_t)(times->watch_most_ms - times->watch_least_ms + 1));
    return (struct kube_watch_question){
        .request = kube_watch_request(flow, arena, timeout_ms),
        .hard_stop_ms = state->ask == KUBE_ASK_LIST ? times->page_ms : timeout_ms + times->slack_ms,
    };
}

void
kube_watch_flow_head(struct kube_watch_flow *flow, int status, int64_t retry_after_ms)
{
    flow->status = status;
    flow->end.was_open = status == 200;
    flow->end.retry_after_ms = retry_after_ms;
}

bool
kube_watch_flow_piece(struct kube_watch_flow *flow, struct text piece)
{
    if (flow->why.kind != ERROR_NONE || flow->is_stopped)
        return false;
    if (flow->status == 200)
        return flow->state.ask == KUBE_ASK_LIST ? take_page(flow, piece) : take_stream(flow, piece);
    buffer_add_text(&flow->answer, text_slice(piece, 0, MOST_ANSWER_BYTES - flow->answer.length));
    return true;
}

static bool
take_stream(struct kube_watch_flow *flow, struct text piece)
{
    struct text line;
    enum kube_line found;
    while ((found = kube_lines_next(&flow->lines, &piece, &line)) == KUBE_LINE_WHOLE)
        if (!kube_watch_take_line(flow, line))
            return false;
    if (found == KUBE_LINE_NEEDS_MORE)
        return true;
    error_set(&flow->why, ERROR_INVALID, "an event is longer than %u bytes", KUBE_LINE_MAX_BYTES);
    return kube_watch_flow_fail(flow, KUBE_END_GARBLED);
}

static bool
take_page(struct kube_watch_flow *flow, struct text piece)
{
    struct text item;
    enum kube_list_step step;
    while ((step = kube_scan_list_next(&flow->list, &piece, &item)) == KUBE_LIST_ITEM)
        if (!kube_watch_take_item(flow, item))
            return false;
    if (step == KUBE_LIST_NEEDS_MORE)
        return true;
    error_set(&flow->why, ERROR_INVALID, "the answer is no list, or an item is longer than %u bytes",
              KUBE_ITEM_MAX_BYTES);
    return kube_watch_flow_fail(flow, KUBE_END_GARBLED);
}

struct kube_watch_step
kube_watch_flow_end(struct kube_watch_flow *flow, const struct error *why, int64_t now_ms, uint64_t random)
{
    if (flow->end.kind == KUBE_END_CLOSED)
        end_request(flow, why);
    flow->end.lasted_ms = now_ms - flow->started_ms;
    if (flow->is_stopped) /* by what end_request told */
        return (struct kube_watch_step){0};

    struct kube_watch_verdict verdict = kube_watch_decide(&flow->state, &flow->end, now_ms, random);
    follow_verdict(flow, &verdict);
    struct kube_watch_step step = {.delay_ms = verdict.delay_ms, .is_failure = verdict.is_failure};
    if (verdict.is_failure)
        say_trouble(flow, &step);
    kube_watch_count_restart(flow->options.table, &flow->end, verdict.is_failure);
    return step;
}

/* An answer that is not 200. */
static void
end_refused(struct kube_watch_flow *flow)
{
    struct kube_status status;
    struct arena *scratch = flow->options.table->cache->scratch;
    arena_reset(scratch);
    kube_scan_status(scratch, buffer_text(&flow->answer), &status);
    flow->end.code = flow->status;
    if (status.retry_after_ms > flow->end.retry_after_ms)
        flow->end.retry_after_ms = status.retry_after_ms;
    error_set(&flow->why, ERROR_UNAVAILABLE, "%d %.*s: %.*s", flow->status, TEXT_ARG(status.reason),
              TEXT_ARG(status.message));
    kube_watch_flow_fail(flow, status.is_too_new ? KUBE_END_BEHIND : KUBE_END_ANSWERED);
}

static void
end_page(struct kube_watch_flow *flow)
{
    struct kube_list_page page;
    struct arena *scratch = flow->options.table->cache->scratch;
    arena_reset(scratch);
    if (!kube_scan_list_end(&flow->list, scratch, &page, &flow->why)) {
        kube_watch_flow_fail(flow, KUBE_END_GARBLED);
        return;
    }
    flow->end.has_more = page.continue_token.length > 0;
    arena_reset(flow->token_arena);
    flow->token = text_copy(flow->token_arena, page.continue_token);
    if (!flow->end.has_more)
        (void)kube_watch_take_list_end(flow, page.version); /* what it did not like is in flow->end */
}

static void
end_request(struct kube_watch_flow *flow, const struct error *why)
{
    bool is_broken = why && why->kind != ERROR_NONE;
    if (flow->status != 0 && flow->status != 200) {
        end_refused(flow);
    } else if (is_broken || flow->status == 0) {
        if (is_broken)
            flow->why = *why;
        else
            error_set(&flow->why, ERROR_UNAVAILABLE, "no answer");
        kube_watch_flow_fail(flow, KUBE_END_BROKEN);
    } else if (flow->state.ask == KUBE_ASK_LIST) {
        end_page(flow);
    }
}

static void
follow_verdict(struct kube_watch_flow *flow, const struct kube_watch_verdict *verdict)
{
    if (flow->state.lacks_watch_list)
        flow->options.table->cache->lacks_watch_list = true;
    if (verdict->is_list_over)
        flow->token = (struct text){0};
    if (verdict->forgets_version) {
        flow->version_length = 0;
        kube_table_forget_versions(flow->options.table);
    }
}

static void
say_trouble(const struct kube_watch_flow *flow, struct kube_watch_step *step)
{
    const struct kube_resource *resource = flow->options.resource;
    int64_t code = flow->end.kind == KUBE_END_ANSWERED ? flow->end.code : 0;
    const char *words =
        flow->why.kind != ERROR_NONE ? flow->why.message : "the watch ends at once, without an event";
    const char *advice = "";
    enum error_kind kind = ERROR_UNAVAILABLE;
    if (code == 403 || code == 401) {
        kind = ERROR_DENIED;
        advice = "; let the operator's ServiceAccount list and watch them";
    } else if (code == 404) {
        kind = ERROR_NOT_FOUND;
        advice = "; is its CustomResourceDefinition installed?";
    }
    step->is_lasting = code == 403 || code == 404;
    error_set(&step->trouble, kind, "watching %.*s of %.*s: %s%s", TEXT_ARG(resource->plural),
              TEXT_ARG(resource->api_version), words, advice);
}

struct text
kube_watch_flow_version(const struct kube_watch_flow *flow)
{
    return (struct text){flow->version_bytes, flow->version_length};
}

bool
kube_watch_flow_set_version(struct kube_watch_flow *flow, struct text version)
{
    if (version.length > KUBE_VERSION_MAX_BYTES)
        return error_set(&flow->why, ERROR_INVALID, "a resourceVersion of %zu bytes", version.length);
    memcpy(flow->version_bytes, version.bytes, version.length);
    flow->version_length = version.length;
    return true;
}

bool
kube_watch_flow_fail(struct kube_watch_flow *flow, enum kube_watch_end_kind kind)
{
    assert(flow->why.kind != ERROR_NONE);
    flow->end.kind = kind;
    return false;
}
