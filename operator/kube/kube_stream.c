/* A request whose body comes in pieces, on a connection of its own: watches. Neither queued nor tried again:
 * whoever watches knows where to go on. */
#include "lib/base/arena.h"
#include "lib/net/fetch_client.h"
#include "operator/kube/kube_answer.h"
#include "operator/kube/kube_auth.h"
#include "operator/kube/kube_call.h"

struct kube_stream {
    struct arena *arena;
    struct kube_client *client;
    struct kube_path_request request;
    int64_t hard_stop_ms;
    struct kube_stream_events events;
    struct fetch_call *fetch;
    int status;
};

static void
on_head(void *owner, struct fetch_call *fetch, int status)
{
    struct kube_stream *stream = owner;
    stream->status = status;
    if (status == 401)
        kube_auth_refused(stream->client->auth);
    if (stream->events.on_head)
        stream->events.on_head(stream->events.owner, status,
                               kube_answer_retry_after_ms(fetch_header(fetch, "Retry-After")));
}

static void
on_body(void *owner, struct text piece)
{
    struct kube_stream *stream = owner;
    if (stream->events.on_piece)
        stream->events.on_piece(stream->events.owner, piece);
}

static void
on_end(void *owner, enum fetch_end end, const struct error *why)
{
    struct kube_stream *stream = owner;
    (void)end;
    kube_call_count(stream->client, TEXT("GET"), stream->status);
    stream->events.on_end(stream->events.owner, why);
}

static void
on_credentials(void *owner, struct text headers, const struct error *err)
{
    struct kube_stream *stream = owner;
    if (fetch_is_over(stream->fetch))
        return;
    if (err && err->kind != ERROR_NONE) {
        fetch_cancel(stream->fetch);
        stream->events.on_end(stream->events.owner, err);
        return;
    }
    struct fetch_request request = {
        .method = TEXT("GET"),
        .url = kube_call_url(stream->arena, stream->client, stream->request.path),
        .headers = kube_call_headers(stream->arena, stream->client, &stream->request, headers),
        .total_ms = stream->hard_stop_ms,
        .head_ms = KUBE_READ_TIMEOUT_MS,
        .max_body_bytes = INT64_MAX,
        .wants_fresh_connection = true,
    };
    fetch_send(stream->fetch, &request);
}

struct fetch_call *
kube_stream_start(struct arena *arena, struct kube_client *client, const struct kube_path_request *request,
                  int64_t hard_stop_ms, const struct kube_stream_events *events)
{
    struct kube_stream *stream = arena_alloc(arena, sizeof(*stream));
    *stream = (struct kube_stream){
        .arena = arena,
        .client = client,
        .request = {.path = text_copy(arena, request->path), .accept = text_copy(arena, request->accept)},
        .hard_stop_ms = hard_stop_ms,
        .events = *events,
    };
    struct fetch_events fetch_events = {NULL, on_head, on_body, on_end, stream};
    stream->fetch = fetch_new(arena, client->fetch, &fetch_events);
    kube_auth_get(arena, client->auth, client->fetch, on_credentials, stream);
    return stream->fetch;
}
