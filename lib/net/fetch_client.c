/* The public face: which pool a request goes to, and the thread between a caller's arena and its transfer. */
#include "lib/net/fetch_client.h"

#include <assert.h>
#include <curl/curl.h>

#include "lib/base/arena.h"
#include "lib/net/fetch_private.h"
#include "lib/net/loop.h"

static void client_release(void *owner);
static void sweep(void *owner);
static void call_release(void *owner);

struct fetch_client *
fetch_client_new(struct arena *arena, struct loop *loop)
{
    struct fetch_client *client = arena_alloc(arena, sizeof(*client));
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    assert(code == CURLE_OK);
    client->arena = arena;
    client->loop = loop;
    client->sweep = loop_task_new(loop, arena, sweep, client);
    arena_defer(arena, client_release, client);
    fetch_client_set_identity(client, &(struct fetch_identity){0});
    return client;
}

void
fetch_client_set_identity(struct fetch_client *client, const struct fetch_identity *identity)
{
    if (client->current && fetch_identity_equals(&client->current->identity, identity))
        return;
    struct fetch_pool *pool = fetch_pool_new(client, identity);
    pool->next = client->pools;
    client->pools = pool;
    client->current = pool;
    loop_task_post(client->sweep);
}

struct fetch_call *
fetch_start(struct arena *arena, struct fetch_client *client, const struct fetch_request *request,
            const struct fetch_events *events)
{
    struct fetch_call *call = fetch_new(arena, client, events);
    fetch_send(call, request);
    return call;
}

struct fetch_call *
fetch_new(struct arena *arena, struct fetch_client *client, const struct fetch_events *events)
{
    struct fetch_call *call = arena_alloc(arena, sizeof(*call));
    call->client = client;
    call->events = *events;
    arena_defer(arena, call_release, call);
    return call;
}

void
fetch_send(struct fetch_call *call, const struct fetch_request *request)
{
    assert(!call->transfer);
    if (call->is_over)
        return;
    struct fetch_pool *pool = call->client->current;
    call->transfer = fetch_transfer_new(pool, request, call);
    fetch_pool_add(pool, call->transfer);
}

bool
fetch_is_over(const struct fetch_call *call)
{
    return call->is_over;
}

void
fetch_cancel(struct fetch_call *call)
{
    struct fetch_transfer *transfer = call->transfer;
    call->is_over = true;
    if (!transfer)
        return;
    fetch_transfer_part(transfer);
    fetch_pool_drop(transfer);
}

int
fetch_status(const struct fetch_call *call)
{
    return call->transfer ? call->transfer->status : 0;
}

struct text
fetch_header(const struct fetch_call *call, const char *name)
{
    if (!call->transfer)
        return TEXT("");
    struct text lines = buffer_text(&call->transfer->head);
    while (lines.bytes) {
        struct text line = text_cut(&lines, '\n');
        struct text field = text_cut(&line, ':');
        if (line.bytes && text_equals_ignore_case(field, text_of(name)))
            return text_trim(line);
    }
    return TEXT("");
}

static void
client_release(void *owner)
{
    struct fetch_client *client = owner;
    while (client->pools) {
        struct fetch_pool *pool = client->pools;
        client->pools = pool->next;
        fetch_pool_free(pool);
    }
    curl_global_cleanup();
}

static void
sweep(void *owner)
{
    struct fetch_client *client = owner;
    for (struct fetch_pool **at = &client->pools; *at;) {
        struct fetch_pool *pool = *at;
        if (pool == client->current || pool->transfers) {
            at = &pool->next;
            continue;
        }
        *at = pool->next;
        fetch_pool_free(pool);
    }
}

static void
call_release(void *owner)
{
    fetch_cancel(owner);
}
