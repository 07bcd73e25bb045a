/* Sends events one after another. The first of its kind goes out at once, the second starts a series; what
 * comes after is counted and told when the series closes, or every half hour (client-go's rules). */
#include "operator/kube/kube_events.h"

#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/map.h"
#include "lib/base/metrics.h"
#include "lib/net/loop.h"
#include "operator/kube/kube_client.h"
#include "operator/kube/kube_event_series.h"

enum {
    MOST_SERIES = 1000, /* open or waiting; more are dropped */
    CLOSE_MS = 6 * 60000,
    REFRESH_MS = 30 * 60000,
    SWEEP_MS = 30000,
    MOST_ATTEMPTS = 12,
    FIRST_PAUSE_MS = 1000,
    LONGEST_PAUSE_MS = 30000,
};

static const struct metric_description dropped_description = {
    .name = "weir_events_dropped_total",
    .help = "Events that were not sent: too many at once, or refused by the API server",
    .kind = METRIC_COUNTER,
};

static const struct kube_resource event_resource = {.api_version = TEXT("events.k8s.io/v1"),
                                                    .kind = TEXT("Event"),
                                                    .plural = TEXT("events"),
                                                    .is_namespaced = true};

struct open_series {
    struct arena *arena; /* it lives there itself */
    struct open_series *previous, *next;
    struct open_series *next_waiting;
    struct kube_event_series series;
    uint64_t hash; /* of the key */
    int64_t seen_at_ms, told_at_ms, told_count;
    int attempts;
    bool is_made; /* the Event object exists */
    bool is_waiting;
};

struct kube_events {
    struct kube_events_options options;
    struct metric *dropped; /* NULL: not counted */
    struct open_series *series;
    size_t count;
    struct open_series *first, *last; /* waiting to be sent */
    struct open_series *sending;
    struct arena *call;
    struct loop_timer *send_timer, *sweep_timer;
};

static void events_release(void *owner);
static struct open_series *find(const struct kube_events *events, struct text key);
static struct open_series *open_new(struct kube_events *events, const struct kube_event *event);
static void close_series(struct kube_events *events, struct open_series *open);
static void wait_to_send(struct kube_events *events, struct open_series *open);
static void send_next(void *owner);
static void on_answer(void *owner, const struct kube_answer *answer);
static void sweep(void *owner);

struct kube_events *
kube_events_new(struct arena *arena, const struct kube_events_options *options)
{
    struct kube_events *events = arena_alloc(arena, sizeof(*events));
    events->options = *options;
    events->options.controller = text_copy(arena, options->controller);
    events->options.instance = text_copy(arena, options->instance);
    if (options->metrics)
        events->dropped = metric_with(metrics_add(options->metrics, &dropped_description), NULL);
    events->send_timer = loop_timer_new(options->loop, arena, send_next, events);
    events->sweep_timer = loop_timer_new(options->loop, arena, sweep, events);
    arena_defer(arena, events_release, events);
    return events;
}

static void
drop(struct kube_events *events)
{
    if (events->dropped)
        metric_increase(events->dropped, 1);
}

void
kube_events_record(struct kube_events *events, const struct kube_event *event)
{
    struct arena *scratch = arena_new(0);
    struct open_series *open = find(events, kube_event_key(scratch, event));
    arena_free(scratch);
    if (!open) {
        if (events->count == MOST_SERIES)
            drop(events);
        else
            wait_to_send(events, open_new(events, event));
        return;
    }
    if (!text_is_empty(event->id))
        return;
    open->series.count++;
    open->series.last_unix_ms = clock_unix_ms();
    open->seen_at_ms = clock_now_ms();
    if (open->series.count == 2)
        wait_to_send(events, open);
}

static void
events_release(void *owner)
{
    struct kube_events *events = owner;
    arena_free(events->call);
    while (events->series)
        close_series(events, events->series);
}

/* ---- open series ---- */

static struct open_series *
find(const struct kube_events *events, struct text key)
{
    uint64_t hash = map_hash(key);
    for (struct open_series *open = events->series; open; open = open->next)
        if (open->hash == hash && text_equals(open->series.key, key))
            return open;
    return NULL;
}

static struct open_series *
open_new(struct kube_events *events, const struct kube_event *event)
{
    struct arena *arena = arena_new(0);
    struct open_series *open = arena_alloc(arena, sizeof(*open));
    open->arena = arena;
    kube_event_series_init(arena, &open->series, event, clock_unix_ms());
    open->hash = map_hash(open->series.key);
    open->seen_at_ms = clock_now_ms();
    open->next = events->series;
    if (events->series)
        events->series->previous = open;
    events->series = open;
    events->count++;
    if (!loop_timer_is_running(events->sweep_timer))
        loop_timer_start(events->sweep_timer, SWEEP_MS);
    return open;
}

static void
close_series(struct kube_events *events, struct open_series *open)
{
    assert(events->count > 0);
    *(open->previous ? &open->previous->next : &events->series) = open->next;
    if (open->next)
        open->next->previous = open->previous;
    events->count--;
    arena_free(open->arena);
}

/* Closes those that have been quiet; what they counted meanwhile is told first. */
static void
sweep(void *owner)
{
    struct kube_events *events = owner;
    int64_t now_ms = clock_now_ms();
    for (struct open_series *open = events->series, *next; open; open = next) {
        next = open->next;
        if (open->is_waiting)
            continue;
        bool is_quiet = now_ms - open->seen_at_ms >= CLOSE_MS;
        bool has_news = open->told_count < open->series.count;
        if (has_news && (is_quiet || now_ms - open->told_at_ms >= REFRESH_MS))
            wait_to_send(events, open);
        else if (is_quiet)
            close_series(events, open);
    }
    if (events->series)
        loop_timer_start(events->sweep_timer, SWEEP_MS);
}

/* ---- sending ---- */

static void
wait_to_send(struct kube_events *events, struct open_series *open)
{
    if (open->is_waiting)
        return;
    open->is_waiting = true;
    open->next_waiting = NULL;
    *(events->first ? &events->last->next_waiting : &events->first) = open;
    events->last = open;
    if (!events->sending && !loop_timer_is_running(events->send_timer))
        loop_timer_start(events->send_timer, 0);
}

static void
send_next(void *owner)
{
    struct kube_events *events = owner;
    struct open_series *open = events->first;
    if (!open)
        return;
    events->sending = open;
    events->call = arena_new(0);
    struct arena *arena = events->call;
    if (open->series.name.length == 0)
        kube_event_series_rename(open->arena, &open->series, id_random_u64());
    struct kube_path_request request = {.path =
                                            kube_resource_path(arena, &event_resource, open->series.namespace,
                                                               open->is_made ? open->series.name : TEXT(""))};
    if (open->is_made) {
        request.method = TEXT("PATCH");
        request.content_type = TEXT("application/merge-patch+json");
        request.body = kube_event_print_count(arena, &open->series);
    } else {
        request.method = TEXT("POST");
        request.body =
            kube_event_print(arena, &open->series, events->options.controller, events->options.instance);
    }
    open->told_count = open->series.count;
    kube_request(arena, events->options.client, &request, on_answer, events);
}

static void
leave_queue(struct kube_events *events, struct open_series *open)
{
    events->first = open->next_waiting;
    open->is_waiting = false;
    open->attempts = 0;
}

static int64_t
pause_after(int attempts)
{
    int64_t pause_ms = FIRST_PAUSE_MS;
    for (int i = 1; i < attempts && pause_ms < LONGEST_PAUSE_MS; i++)
        pause_ms *= 2;
    return (pause_ms < LONGEST_PAUSE_MS ? pause_ms : LONGEST_PAUSE_MS) + (int64_t)(id_random_u64() % 500);
}

/* A 404 for a count: the object has expired, a new one is made. A 409 for a new one: it arrived before. */
static void
on_answer(void *owner, const struct kube_answer *answer)
{
    struct kube_events *events = owner;
    struct open_series *open = events->sending;
    struct arena *call = events->call;
    enum error_kind kind = answer->error.kind;
    bool has_expired = open->is_made && answer->status == 404;
    bool is_told = kind == ERROR_NONE || (!open->is_made && answer->status == 409);
    bool is_passing = kind == ERROR_UNAVAILABLE && !text_equals(answer->reason, TEXT("NotLeader"));
    int64_t pause_ms = 0;
    open->attempts++;
    events->sending = NULL;
    events->call = NULL;
    if (is_told) {
        open->is_made = true;
        open->told_at_ms = clock_now_ms();
        leave_queue(events, open);
        if (open->told_count == 1 && open->series.count > 1)
            wait_to_send(events, open); /* it came again meanwhile */
    } else if ((has_expired || is_passing) && open->attempts < MOST_ATTEMPTS) {
        if (has_expired) {
            open->is_made = false;
            open->series.name = TEXT("");
        }
        pause_ms = has_expired ? 0 : pause_after(open->attempts);
    } else {
        leave_queue(events, open);
        close_series(events, open);
        drop(events);
    }
    arena_free(call);
    loop_timer_start(events->send_timer, pause_ms);
}
