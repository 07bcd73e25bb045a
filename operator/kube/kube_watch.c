/* The shell of a watch: one request after the other, timers, and telling of trouble that lasts. What is asked
 * and what the answers mean is kube_watch_flow.c. */
#include "operator/kube/kube_watch.h"

#include "lib/base/arena.h"
#include "lib/base/id.h"
#include "lib/net/fetch_client.h"
#include "lib/net/loop.h"
#include "operator/kube/kube_watch_metrics.h"
#include "operator/kube/kube_watch_start.h"

struct kube_watch {
    struct kube_watch_flow flow;
    struct arena *request_arena; /* NULL before the first request */
    struct fetch_call *call;     /* NULL: none is under way */
    struct loop_timer *ask_timer, *quiet_timer;
    struct loop_timer *trouble_timer; /* runs: it is not known yet whether there is trouble */
    struct error trouble;             /* the latest failure; kind ERROR_NONE: all is well */
    enum error_kind told_kind;        /* what the owner believes */
};

static void on_ask(void *owner);
static void on_quiet(void *owner);
static void on_trouble_time(void *owner);
static void on_head(void *owner, int status, int64_t retry_after_ms);
static void on_piece(void *owner, struct text piece);
static void on_end(void *owner, const struct error *why);
static void end_request(struct kube_watch *watch, const struct error *why);
static void note_trouble(struct kube_watch *watch, const struct kube_watch_step *step);
static void note_health(struct kube_watch *watch);
static void tell_trouble(struct kube_watch *watch);

static void
release(void *owner)
{
    struct kube_watch *watch = owner;
    kube_watch_stop(watch);
    arena_free(watch->request_arena);
}

struct kube_watch *
kube_watch_start(struct arena *arena, const struct kube_watch_options *options)
{
    return kube_watch_start_with_times(arena, options, &kube_watch_times);
}

struct kube_watch *
kube_watch_start_with_times(struct arena *arena, const struct kube_watch_options *options,
                            const struct kube_watch_times *times)
{
    struct kube_watch *watch = arena_alloc(arena, sizeof(*watch));
    kube_watch_metrics_add(options->table, options->metrics);
    kube_watch_flow_init(&watch->flow, arena, options, times);
    watch->ask_timer = loop_timer_new(options->loop, arena, on_ask, watch);
    watch->quiet_timer = loop_timer_new(options->loop, arena, on_quiet, watch);
    watch->trouble_timer = loop_timer_new(options->loop, arena, on_trouble_time, watch);
    arena_defer(arena, release, watch);
    loop_timer_start(watch->ask_timer, 0);
    return watch;
}

/* The request's arena stays until the watch's own ends: this may be inside one of its callbacks. */
void
kube_watch_stop(struct kube_watch *watch)
{
    if (watch->flow.is_stopped)
        return;
    watch->flow.is_stopped = true;
    loop_timer_stop(watch->ask_timer);
    loop_timer_stop(watch->quiet_timer);
    loop_timer_stop(watch->trouble_timer);
    if (watch->call)
        fetch_cancel(watch->call);
    watch->call = NULL;
}

void
kube_watch_hurry(struct kube_watch *watch)
{
    bool is_waiting = !watch->flow.is_stopped && !watch->call && watch->trouble.kind != ERROR_NONE;
    if (is_waiting && kube_watch_was_outage(&watch->flow.end))
        loop_timer_start(watch->ask_timer, (int64_t)(id_random_u64() % KUBE_BACKOFF_FIRST_MS));
}

struct text
kube_watch_version(const struct kube_watch *watch)
{
    return kube_watch_flow_version(&watch->flow);
}

static int64_t
now_ms(const struct kube_watch *watch)
{
    return loop_now_ms(watch->flow.options.loop);
}

static void
on_ask(void *owner)
{
    struct kube_watch *watch = owner;
    struct kube_watch_flow *flow = &watch->flow;
    arena_free(watch->request_arena);
    watch->request_arena = arena_new(0);
    struct kube_watch_question question =
        kube_watch_flow_ask(flow, watch->request_arena, now_ms(watch), id_random_u64());
    struct kube_stream_events events = {on_head, on_piece, on_end, watch};
    watch->call = kube_stream_start(watch->request_arena, flow->options.client, &question.request,
                                    question.hard_stop_ms, &events);
    if (flow->state.ask == KUBE_ASK_WATCH_LIST)
        loop_timer_start(watch->quiet_timer, flow->times.quiet_ms);
}

static void
on_head(void *owner, int status, int64_t retry_after_ms)
{
    struct kube_watch *watch = owner;
    kube_watch_flow_head(&watch->flow, status, retry_after_ms);
    /* A watch may have nothing to say for a minute: one that still stands after our patience is well. */
    if (status == 200 && watch->trouble.kind != ERROR_NONE)
        loop_timer_start(watch->trouble_timer, watch->flow.times.patience_ms);
}

static void
on_piece(void *owner, struct text piece)
{
    struct kube_watch *watch = owner;
    bool goes_on = kube_watch_flow_piece(&watch->flow, piece);
    if (watch->flow.is_stopped)
        return;
    if (watch->flow.end.had_events)
        note_health(watch);
    if (watch->flow.is_stopped)
        return;
    if (!goes_on) {
        fetch_cancel(watch->call);
        end_request(watch, NULL);
    } else if (watch->flow.state.ask == KUBE_ASK_WATCH_LIST) {
        loop_timer_start(watch->quiet_timer, watch->flow.times.quiet_ms);
    } else {
        loop_timer_stop(watch->quiet_timer);
    }
}

static void
on_end(void *owner, const struct error *why)
{
    struct kube_watch *watch = owner;
    if (!watch->flow.is_stopped)
        end_request(watch, why);
}

static void
on_quiet(void *owner)
{
    struct kube_watch *watch = owner;
    struct error why;
    error_set(&why, ERROR_UNAVAILABLE, "the API server sent nothing for %lld s in the middle of a list",
              (long long)(watch->flow.times.quiet_ms / 1000));
    fetch_cancel(watch->call);
    end_request(watch, &why);
}

static void
end_request(struct kube_watch *watch, const struct error *why)
{
    watch->call = NULL;
    loop_timer_stop(watch->quiet_timer);
    struct kube_watch_step step = kube_watch_flow_end(&watch->flow, why, now_ms(watch), id_random_u64());
    if (watch->flow.is_stopped)
        return;
    loop_timer_start(watch->ask_timer, step.delay_ms);
    if (step.is_failure)
        note_trouble(watch, &step);
    else if (watch->flow.end.had_events)
        note_health(watch);
}

static void
note_trouble(struct kube_watch *watch, const struct kube_watch_step *step)
{
    bool is_new = watch->trouble.kind == ERROR_NONE;
    watch->trouble = step->trouble;
    if (step->is_lasting || (watch->told_kind != ERROR_NONE && watch->told_kind != watch->trouble.kind))
        tell_trouble(watch);
    else if (is_new)
        loop_timer_start(watch->trouble_timer, watch->flow.times.patience_ms);
}

static void
on_trouble_time(void *owner)
{
    struct kube_watch *watch = owner;
    if (watch->call && watch->flow.end.was_open)
        note_health(watch);
    else
        tell_trouble(watch);
}

static void
note_health(struct kube_watch *watch)
{
    if (watch->trouble.kind == ERROR_NONE)
        return;
    watch->trouble.kind = ERROR_NONE;
    loop_timer_stop(watch->trouble_timer);
    tell_trouble(watch);
}

/* Tells what changed: a kind of trouble, or its end. */
static void
tell_trouble(struct kube_watch *watch)
{
    const struct kube_watch_events *events = &watch->flow.options.events;
    if (watch->told_kind == watch->trouble.kind)
        return;
    watch->told_kind = watch->trouble.kind;
    if (events->on_trouble)
        events->on_trouble(events->owner, &watch->trouble);
}
