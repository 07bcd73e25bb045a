/* GET http://<pod>:8081/progress answers {"total": 100, "succeeded": 40, "failed": 1}. A pod that does not
 * answer keeps what it said last. */
#include "operator/runtime/batch_poll.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/map.h"
#include "lib/document/json.h"
#include "lib/net/fetch_client.h"
#include "lib/net/loop.h"
#include "operator/objects/names.h"
#include "operator/objects/workload.h"

enum { POLL_MS = 5000, ANSWER_MS = 2000, MOST_ANSWER_BYTES = 4096 };

struct polled_pod {
    struct batch_poll *poll;
    struct arena *arena;
    struct arena *request; /* NULL: none under way */
    struct buffer answer;
    struct text namespace, deployment, url;
    struct batch_progress progress;
    bool has_answered;
};

struct batch_poll {
    struct batch_poll_options options;
    struct arena *arena;
    struct fetch_client *client;
    struct loop_timer *timer;
    struct map *pods; /* "namespace/name" -> struct polled_pod */
};

static void on_time(void *owner);
static void ask(struct polled_pod *pod);
static void on_body(void *owner, struct text content);
static void on_end(void *owner, enum fetch_end end, const struct error *why);
static void take_answer(struct polled_pod *pod);
static void drop(struct polled_pod *pod);
static void release(void *owner);

struct batch_poll *
batch_poll_new(struct arena *arena, const struct batch_poll_options *options)
{
    struct batch_poll *poll = arena_alloc(arena, sizeof(*poll));
    *poll = (struct batch_poll){.options = *options, .arena = arena, .pods = map_new(arena)};
    poll->client = fetch_client_new(arena, options->loop);
    poll->timer = loop_timer_new(options->loop, arena, on_time, poll);
    arena_defer(arena, release, poll);
    return poll;
}

void
batch_poll_note_pod(struct batch_poll *poll, enum kube_change change, const struct kube_object *object)
{
    if (text_find(object->json, TEXT("\"" WORKLOAD_TYPE_LABEL "\":\"Batch\"")) < 0)
        return;
    struct arena *arena = arena_new(1024);
    struct text key = text_format(arena, "%.*s/%.*s", TEXT_ARG(object->namespace), TEXT_ARG(object->name));
    struct document *document = NULL;
    bool is_read = json_parse(arena, object->json, (struct text){0}, &document, NULL);
    struct text address = document_text(document_get(document, "status.podIP"));
    struct text phase = document_text(document_get(document, "status.phase"));
    const struct document *labels = document_get(document, "metadata.labels");
    struct polled_pod *pod = map_find(poll->pods, key);
    bool is_polled =
        is_read && change != KUBE_GONE && address.length > 0 && text_equals(phase, TEXT("Running"));
    if (!is_polled && pod) {
        map_remove(poll->pods, key);
        drop(pod);
    }
    if (!is_polled || pod) {
        arena_free(arena);
        return;
    }
    bool is_v6 = text_find_byte(address, ':') >= 0;
    pod = arena_alloc(arena, sizeof(*pod));
    *pod = (struct polled_pod){.poll = poll,
                               .arena = arena,
                               .namespace = text_copy(arena, object->namespace),
                               .deployment = document_text(document_find(labels, TEXT(DEPLOYMENT_LABEL))),
                               .url = text_format(arena, "http://%s%.*s%s:%d/progress", is_v6 ? "[" : "",
                                                  TEXT_ARG(address), is_v6 ? "]" : "", WORKLOAD_ADMIN_PORT)};
    map_set(poll->pods, key, pod);
    if (!loop_timer_is_running(poll->timer))
        loop_timer_start(poll->timer, POLL_MS);
}

struct batch_progress_list
batch_poll_progress(struct arena *arena, const struct batch_poll *poll, const struct text_list *namespaces)
{
    struct batch_progress_list list = {
        .items = arena_alloc_array(arena, map_count(poll->pods) + 1, sizeof(*list.items))};
    struct text key;
    void *found;
    for (size_t at = 0; map_next(poll->pods, &at, &key, &found);) {
        const struct polled_pod *pod = found;
        for (size_t i = 0; i < namespaces->count && pod->has_answered; i++)
            if (text_equals(namespaces->items[i], pod->namespace))
                list.items[list.count++] =
                    (struct batch_progress){.namespace = text_copy(arena, pod->namespace),
                                            .deployment = text_copy(arena, pod->deployment),
                                            .total = pod->progress.total,
                                            .succeeded = pod->progress.succeeded,
                                            .failed = pod->progress.failed};
    }
    return list;
}

static void
on_time(void *owner)
{
    struct batch_poll *poll = owner;
    struct text key;
    void *found;
    for (size_t at = 0; map_next(poll->pods, &at, &key, &found);)
        ask(found);
    if (map_count(poll->pods) > 0)
        loop_timer_start(poll->timer, POLL_MS);
}

static void
ask(struct polled_pod *pod)
{
    arena_free(pod->request);
    pod->request = arena_new(0);
    buffer_init(&pod->answer, pod->request, 256);
    const struct fetch_request request = {.method = TEXT("GET"),
                                          .url = pod->url,
                                          .connect_ms = ANSWER_MS,
                                          .total_ms = ANSWER_MS,
                                          .max_body_bytes = MOST_ANSWER_BYTES};
    const struct fetch_events events = {.on_body = on_body, .on_end = on_end, .owner = pod};
    fetch_start(pod->request, pod->poll->client, &request, &events);
}

static void
on_body(void *owner, struct text content)
{
    struct polled_pod *pod = owner;
    buffer_add_text(&pod->answer, content);
}

static void
on_end(void *owner, enum fetch_end end, const struct error *why)
{
    (void)why;
    if (end == FETCH_COMPLETE)
        take_answer(owner);
}

static int64_t
percent(const struct batch_progress *progress)
{
    return progress->total > 0 ? (progress->succeeded + progress->failed) * 100 / progress->total : -1;
}

static void
take_answer(struct polled_pod *pod)
{
    struct document *document = NULL;
    struct batch_progress progress = {0};
    if (!json_parse(pod->request, buffer_text(&pod->answer), (struct text){0}, &document, NULL))
        return;
    if (!document_int(document_find(document, TEXT("total")), &progress.total))
        progress.total = 0;
    if (!document_int(document_find(document, TEXT("succeeded")), &progress.succeeded) ||
        !document_int(document_find(document, TEXT("failed")), &progress.failed))
        return;
    bool is_news = !pod->has_answered || percent(&progress) != percent(&pod->progress) ||
                   (progress.failed > 0) != (pod->progress.failed > 0);
    if (!is_news)
        return;
    pod->has_answered = true;
    pod->progress = progress;
    pod->poll->options.on_change(pod->poll->options.owner, pod->namespace);
}

static void
drop(struct polled_pod *pod)
{
    arena_free(pod->request);
    arena_free(pod->arena);
}

static void
release(void *owner)
{
    struct batch_poll *poll = owner;
    struct text key;
    void *found;
    for (size_t at = 0; map_next(poll->pods, &at, &key, &found);)
        drop(found);
}
