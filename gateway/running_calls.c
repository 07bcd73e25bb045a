/* See the header. */
#include "gateway/running_calls.h"

#include "api/types/ledger_frames.h"
#include "gateway/exchange.h"
#include "gateway/ledger_link.h"
#include "gateway/live_config.h"
#include "gateway/live_workloads.h"
#include "lib/base/arena.h"
#include "lib/base/utf8.h"
#include "lib/net/http_server.h"

/* An answer stays far below a message's length whatever names are made of: escaped, a byte may be six. */
enum { MOST_BYTES = LEDGER_MAX_FRAME_BYTES / 2, BYTES_A_CALL = 512, BYTES_A_BYTE = 6 };

struct running_calls {
    struct gateway *gateway;
    struct ledger_link *link;
};

struct listing {
    struct ledger_running *running;
    size_t bytes; /* of its message, at most */
};

static bool on_frame(void *owner, const struct ledger_frame *frame, struct error *err);
static void add_calls_of(struct listing *listing, const struct http_server *server);
static bool add_call(struct listing *listing, const struct exchange *exchange);
static struct running_call call_of(const struct exchange *exchange);
static size_t bytes_of(const struct running_call *call);

void
running_calls_serve(struct arena *arena, struct gateway *gateway, struct ledger_link *link)
{
    struct running_calls *calls = arena_alloc(arena, sizeof(*calls));
    *calls = (struct running_calls){gateway, link};
    const struct ledger_link_events events = {.on_frame = on_frame, .owner = calls};
    ledger_link_serve(link, LEDGER_LINK_CALLS, &events);
}

static bool
on_frame(void *owner, const struct ledger_frame *frame, struct error *err)
{
    const struct running_calls *calls = owner;
    scoped_arena struct arena *scratch = arena_new(0);
    struct ledger_frame answer = {.type = LEDGER_RUNNING, .running = {.number = frame->look.number}};
    struct listing listing = {.running = &answer.running};
    (void)err;
    answer.running.calls.items =
        arena_alloc_array(scratch, LEDGER_MAX_RUNNING, sizeof(*answer.running.calls.items));
    add_calls_of(&listing, calls->gateway->callers);
    add_calls_of(&listing, calls->gateway->tls_callers);
    (void)ledger_link_send(calls->link, &answer); /* without a stream nobody waits for it */
    return true;
}

static void
add_calls_of(struct listing *listing, const struct http_server *server)
{
    const struct http_call *call = NULL;
    while (server && !listing->running->is_cut && (call = http_server_next_call(server, call)))
        listing->running->is_cut = !add_call(listing, http_call_state(call));
}

/* One whose record is on its way to the journal is over. False: there is no room. */
static bool
add_call(struct listing *listing, const struct exchange *exchange)
{
    struct running_call_list *calls = &listing->running->calls;
    if (exchange->depth == 0)
        return true;
    struct running_call call = call_of(exchange);
    listing->bytes += bytes_of(&call);
    if (calls->count == LEDGER_MAX_RUNNING || listing->bytes > MOST_BYTES)
        return false;
    calls->items[calls->count++] = call;
    return true;
}

static struct running_call
call_of(const struct exchange *exchange)
{
    struct running_call call;
    schema_set_defaults(&running_call_schema, &call);
    call.id = exchange_id(exchange);
    call.time = exchange->timing.unix_ms;
    if (exchange->caller)
        call.caller = exchange->caller->name;
    if (exchange->workload)
        call.deployment = exchange->workload->deployment;
    call.model = exchange->request.model;
    if (exchange->target) {
        call.provider = exchange->target->target->provider;
        call.target_model = exchange->target->target->model;
    }
    call.stream = exchange->request.stream;
    call.attempts = exchange->attempts;
    call.bytes = (int64_t)exchange->reply.streamed_bytes;
    struct text *const names[] = {&call.caller, &call.deployment, &call.model, &call.provider,
                                  &call.target_model};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        *names[i] = utf8_at_most(*names[i], RUNNING_NAME_MAX_BYTES);
    return call;
}

static size_t
bytes_of(const struct running_call *call)
{
    size_t names = call->caller.length + call->deployment.length + call->model.length +
                   call->provider.length + call->target_model.length;
    return BYTES_A_CALL + names * BYTES_A_BYTE;
}
