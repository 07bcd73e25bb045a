/* Curl's multi handle on our loop: its sockets, its timer, its results. One pool for each identity, so that a
 * connection made as somebody else is never used again. */
#include <assert.h>
#include <curl/curl.h>

#include "lib/base/arena.h"
#include "lib/net/fetch_private.h"
#include "lib/net/loop.h"

enum { MOST_KEPT_CONNECTIONS = 128 }; /* curl counts those in use too: watches stand long */

struct fetch_socket {
    struct fetch_socket *next; /* while idle */
    struct fetch_pool *pool;
    struct loop_io *io;
    curl_socket_t fd;
};

static int on_socket_wish(CURL *easy, curl_socket_t fd, int what, void *owner, void *assigned);
static int on_timer_wish(CURLM *multi, long timeout_ms, void *owner);
static void on_socket_event(void *owner, int events);
static void on_time(void *owner);
static void start_waiting(void *owner);
static void act(struct fetch_pool *pool, curl_socket_t fd, int events);
static void settle(struct fetch_pool *pool);
static void release_transfer(struct fetch_transfer *transfer);

struct fetch_pool *
fetch_pool_new(struct fetch_client *client, const struct fetch_identity *identity)
{
    struct arena *arena = arena_new(0);
    struct fetch_pool *pool = arena_alloc(arena, sizeof(*pool));
    pool->arena = arena;
    pool->client = client;
    pool->identity = fetch_identity_copy(arena, identity);
    pool->timer = loop_timer_new(client->loop, arena, on_time, pool);
    pool->starting = loop_task_new(client->loop, arena, start_waiting, pool);
    pool->multi = curl_multi_init();
    assert(pool->multi);
    curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, on_socket_wish);
    curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool);
    curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, on_timer_wish);
    curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool);
    curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, (long)MOST_KEPT_CONNECTIONS);
    curl_multi_setopt(pool->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    return pool;
}

void
fetch_pool_free(struct fetch_pool *pool)
{
    while (pool->transfers) {
        struct fetch_transfer *transfer = pool->transfers;
        fetch_transfer_part(transfer);
        release_transfer(transfer);
    }
    curl_multi_cleanup(pool->multi);
    arena_free(pool->arena);
}

void
fetch_pool_add(struct fetch_pool *pool, struct fetch_transfer *transfer)
{
    transfer->next = pool->transfers;
    if (pool->transfers)
        pool->transfers->previous = transfer;
    pool->transfers = transfer;
    loop_task_post(pool->starting); /* never at once: curl may be on the stack */
}

void
fetch_pool_drop(struct fetch_transfer *transfer)
{
    if (transfer->pool->depth == 0 && !transfer->is_ending)
        release_transfer(transfer);
}

void
fetch_pool_finish(struct fetch_transfer *transfer, enum fetch_end end, const struct error *why)
{
    transfer->is_ending = true; /* its owner may cancel it, or end its arena, from within on_end */
    if (transfer->call)
        transfer->events.on_end(transfer->events.owner, end, why);
    fetch_transfer_part(transfer);
    release_transfer(transfer);
}

static void
release_transfer(struct fetch_transfer *transfer)
{
    struct fetch_pool *pool = transfer->pool;
    if (transfer->is_added)
        curl_multi_remove_handle(pool->multi, transfer->easy);
    *(transfer->previous ? &transfer->previous->next : &pool->transfers) = transfer->next;
    if (transfer->next)
        transfer->next->previous = transfer->previous;
    arena_free(transfer->arena);
    if (!pool->transfers && pool != pool->client->current)
        loop_task_post(pool->client->sweep);
}

static void
start_waiting(void *owner)
{
    struct fetch_pool *pool = owner;
    struct fetch_transfer *refused = NULL;
    for (struct fetch_transfer *transfer = pool->transfers; transfer; transfer = transfer->next) {
        if (transfer->is_added)
            continue;
        if (transfer->refusal.kind != ERROR_NONE) {
            refused = transfer;
            continue;
        }
        transfer->is_added = true;
        CURLMcode code = curl_multi_add_handle(pool->multi, transfer->easy);
        assert(code == CURLM_OK);
    }
    if (!refused)
        return;
    loop_task_post(pool->starting); /* one in a turn: what on_end does may change the list */
    fetch_pool_finish(refused, FETCH_NOT_SENT, &refused->refusal);
}

/* ---- curl's wishes ---- */

static struct fetch_socket *
take_socket(struct fetch_pool *pool)
{
    struct fetch_socket *socket = pool->idle_sockets;
    if (socket) {
        pool->idle_sockets = socket->next;
        return socket;
    }
    socket = arena_alloc(pool->arena, sizeof(*socket));
    socket->pool = pool;
    socket->io = loop_io_new(pool->client->loop, pool->arena, on_socket_event, socket);
    return socket;
}

static int
on_socket_wish(CURL *easy, curl_socket_t fd, int what, void *owner, void *assigned)
{
    (void)easy;
    struct fetch_pool *pool = owner;
    struct fetch_socket *socket = assigned;
    if (what == CURL_POLL_REMOVE) {
        if (!socket)
            return 0;
        loop_io_stop(socket->io);
        socket->next = pool->idle_sockets;
        pool->idle_sockets = socket;
        curl_multi_assign(pool->multi, fd, NULL);
        return 0;
    }
    if (!socket) {
        socket = take_socket(pool);
        curl_multi_assign(pool->multi, fd, socket);
    }
    socket->fd = fd;
    loop_io_watch(socket->io, fd,
                  (what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0));
    return 0;
}

static int
on_timer_wish(CURLM *multi, long timeout_ms, void *owner)
{
    (void)multi;
    struct fetch_pool *pool = owner;
    if (timeout_ms < 0)
        loop_timer_stop(pool->timer);
    else
        loop_timer_start(pool->timer, timeout_ms);
    return 0;
}

static void
on_socket_event(void *owner, int events)
{
    struct fetch_socket *socket = owner;
    act(socket->pool, socket->fd,
        (events & LOOP_READ ? CURL_CSELECT_IN : 0) | (events & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

static void
on_time(void *owner)
{
    act(owner, CURL_SOCKET_TIMEOUT, 0);
}

static void
act(struct fetch_pool *pool, curl_socket_t fd, int events)
{
    int running;
    pool->depth++;
    curl_multi_socket_action(pool->multi, fd, events, &running);
    pool->depth--;
    settle(pool);
}

/* What was cancelled while curl was on the stack goes; what curl has finished is told. */
static void
settle(struct fetch_pool *pool)
{
    for (struct fetch_transfer *transfer = pool->transfers, *next; transfer; transfer = next) {
        next = transfer->next;
        if (!transfer->call)
            release_transfer(transfer);
    }
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(pool->multi, &left))) {
        struct fetch_transfer *transfer = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        struct error why = {0};
        enum fetch_end end = fetch_transfer_end(transfer, (int)message->data.result, &why);
        fetch_pool_finish(transfer, end, &why);
    }
}
