/* The states of a call: asking for credentials, waiting in the queue, on the wire, waiting to try again. Each
 * attempt has an arena of its own; the call lives in its owner's and goes with it. */
#include "operator/kube/kube_call.h"

#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/id.h"
#include "lib/net/loop.h"
#include "operator/kube/kube_answer.h"
#include "operator/kube/kube_auth.h"

enum call_state {
    CALL_ASKING,  /* for credentials */
    CALL_QUEUED,  /* in the client's list */
    CALL_ON_WIRE, /* holds a place in the window unless it is the lease's */
    CALL_PAUSED,  /* its timer runs */
    CALL_OVER,
};

struct kube_call {
    struct kube_client *client;
    struct kube_call *previous, *next; /* while queued */
    struct kube_call_options options;
    kube_answer_fn on_answer;
    void *owner;
    enum call_state state;
    struct arena *attempt;
    struct loop_timer *timer;
    struct fetch_call *fetch;
    struct text credentials; /* in attempt */
    struct buffer body;      /* in attempt */
    int attempts;
    bool was_refused; /* 401: credentials are asked for again only once */
    bool is_held_back;
};

static void begin_attempt(void *owner);
static void on_credentials(void *owner, struct text headers, const struct error *err);
static void enqueue(struct kube_call *call);
static void leave_queue(struct kube_call *call);
static void run_queue(struct kube_client *client);
static void put_on_wire(struct kube_call *call);
static void give_place_back(struct kube_call *call, bool is_too_many);
static bool may_send(void *owner);
static void on_body(void *owner, struct text content);
static void on_fetch_end(void *owner, enum fetch_end end, const struct error *why);
static void answer_with(struct kube_call *call, struct kube_answer *answer);
static void call_release(void *owner);

bool
kube_call_is_write(const struct kube_path_request *request)
{
    return request->method.length > 0 && !text_equals(request->method, TEXT("GET"));
}

void
kube_call_start(struct arena *arena, struct kube_client *client, const struct kube_call_options *options,
                kube_answer_fn on_answer, void *owner)
{
    struct kube_call *call = arena_alloc(arena, sizeof(*call));
    call->client = client;
    call->on_answer = on_answer;
    call->owner = owner;
    const struct kube_path_request *request = &options->request;
    call->options = *options;
    call->options.request = (struct kube_path_request){
        .path = text_copy(arena, request->path),
        .accept = text_copy(arena, request->accept),
        .method = request->method.length > 0 ? text_copy(arena, request->method) : TEXT("GET"),
        .body = text_copy(arena, request->body),
        .content_type = text_copy(arena, request->content_type),
        .is_lease = request->is_lease,
    };
    call->timer = loop_timer_new(client->loop, arena, begin_attempt, call);
    arena_defer(arena, call_release, call);
    begin_attempt(call);
}

static void
call_release(void *owner)
{
    struct kube_call *call = owner;
    enum call_state was = call->state;
    if (was == CALL_QUEUED)
        leave_queue(call);
    call->state = CALL_OVER;
    struct arena *attempt = call->attempt;
    call->attempt = NULL;
    arena_free(attempt);
    if (was == CALL_ON_WIRE)
        give_place_back(call, false);
}

static void
begin_attempt(void *owner)
{
    struct kube_call *call = owner;
    arena_free(call->attempt);
    call->attempt = arena_new(0);
    call->attempts++;
    call->state = CALL_ASKING;
    kube_auth_get(call->attempt, call->client->auth, call->client->fetch, on_credentials, call);
}

static void
on_credentials(void *owner, struct text headers, const struct error *err)
{
    struct kube_call *call = owner;
    if (err && err->kind != ERROR_NONE) {
        struct kube_answer answer = {.error = *err};
        answer_with(call, &answer);
        return;
    }
    call->credentials = text_copy(call->attempt, headers);
    if (call->options.request.is_lease)
        put_on_wire(call);
    else
        enqueue(call);
}

/* ---- the queue ---- */

static void
enqueue(struct kube_call *call)
{
    struct kube_client *client = call->client;
    call->state = CALL_QUEUED;
    call->next = NULL;
    call->previous = client->last;
    *(client->last ? &client->last->next : &client->first) = call;
    client->last = call;
    run_queue(client);
}

static void
leave_queue(struct kube_call *call)
{
    struct kube_client *client = call->client;
    *(call->previous ? &call->previous->next : &client->first) = call->next;
    *(call->next ? &call->next->previous : &client->last) = call->previous;
}

static void
run_queue(struct kube_client *client)
{
    while (client->first && kube_window_take(&client->window)) {
        struct kube_call *call = client->first;
        leave_queue(call);
        put_on_wire(call);
    }
}

/* May end other calls? No: nobody is called back here, so the list is as it was. */
static void
give_place_back(struct kube_call *call, bool is_too_many)
{
    if (call->options.request.is_lease)
        return;
    kube_window_return(&call->client->window, is_too_many);
    run_queue(call->client);
}

/* ---- the wire ---- */

static void
put_on_wire(struct kube_call *call)
{
    const struct kube_path_request *request = &call->options.request;
    bool is_write = kube_call_is_write(request);
    call->state = CALL_ON_WIRE;
    buffer_init(&call->body, call->attempt, 4096);
    struct fetch_request fetch = {
        .method = request->method,
        .url = kube_call_url(call->attempt, call->client, request->path),
        .headers = kube_call_headers(call->attempt, call->client, request, call->credentials),
        .body = request->body,
        .connect_ms = KUBE_WRITE_TIMEOUT_MS,
        .total_ms = is_write || request->is_lease ? KUBE_WRITE_TIMEOUT_MS : KUBE_READ_TIMEOUT_MS,
        .max_body_bytes = KUBE_MOST_ANSWER_BYTES,
    };
    struct fetch_events events = {may_send, NULL, on_body, on_fetch_end, call};
    call->fetch = fetch_start(call->attempt, call->client->fetch, &fetch, &events);
}

/* Asked by the wire itself, when the connection stands: a call may have waited long in the queue. */
static bool
may_send(void *owner)
{
    struct kube_call *call = owner;
    const struct kube_client_options *options = &call->client->options;
    call->is_held_back = kube_call_is_write(&call->options.request) && !call->options.request.is_lease &&
                         options->may_write && !options->may_write(options->owner);
    return !call->is_held_back;
}

static void
on_body(void *owner, struct text content)
{
    struct kube_call *call = owner;
    buffer_add_text(&call->body, content);
}

/* Credentials that the server does not believe are asked for again, once; what it wants later comes later. */
static bool
tries_again(struct kube_call *call, const struct kube_answer *answer)
{
    int64_t delay_ms = 0;
    if (answer->status == 401 && !call->was_refused) {
        call->was_refused = true;
        kube_auth_refused(call->client->auth);
    } else if (call->options.request.is_lease ||
               !kube_answer_wants_retry(answer, call->attempts, id_random_u64(), &delay_ms)) {
        return false;
    }
    call->state = CALL_PAUSED;
    loop_timer_start(call->timer, delay_ms);
    return true;
}

static void
tell_warning(struct kube_call *call, struct text path)
{
    const struct kube_client_options *options = &call->client->options;
    struct text words =
        kube_warning_take(call->attempt, &call->client->warnings, fetch_header(call->fetch, "Warning"));
    if (words.length > 0 && options->on_warning)
        options->on_warning(options->owner, path, words);
}

static void
on_fetch_end(void *owner, enum fetch_end end, const struct error *why)
{
    struct kube_call *call = owner;
    struct kube_answer answer = {.is_unknown = end == FETCH_UNKNOWN};
    struct text path = call->options.request.path;
    path = text_cut(&path, '?'); /* selectors and tokens help nobody who reads an error */
    struct text title =
        text_format(call->attempt, "%.*s %.*s", TEXT_ARG(call->options.request.method), TEXT_ARG(path));
    if (end == FETCH_COMPLETE) {
        tell_warning(call, path);
        answer.status = fetch_status(call->fetch);
        answer.body = buffer_text(&call->body);
        answer.retry_after_ms = kube_answer_retry_after_ms(fetch_header(call->fetch, "Retry-After"));
        kube_answer_read(call->attempt, title, &answer);
    } else if (call->is_held_back) {
        answer.reason = TEXT("NotLeader");
        error_set(&answer.error, ERROR_UNAVAILABLE, "%.*s: not sent, another operator may lead by now",
                  (int)(title.length < 200 ? title.length : 200), title.bytes);
    } else {
        answer.error = *why;
    }
    kube_call_count(call->client, call->options.request.method, answer.status);
    call->state = CALL_PAUSED; /* gives its place back once */
    give_place_back(call, answer.status == 429);
    if (!tries_again(call, &answer))
        answer_with(call, &answer);
}

/* The attempt's arena, which the answer lives in, outlasts the call: its owner may end that from within. */
static void
answer_with(struct kube_call *call, struct kube_answer *answer)
{
    struct arena *attempt = call->attempt;
    call->attempt = NULL;
    call->state = CALL_OVER;
    if (answer->status == 404 && call->options.is_missing_fine)
        answer->error = (struct error){0};
    call->on_answer(call->owner, answer);
    arena_free(attempt);
}
