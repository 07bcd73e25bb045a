/* Name resolution by c-ares, driven by our loop: its sockets are loop_ios, its clock is a loop_timer.
 *
 * Answers never come from inside resolver_ask: numeric addresses, "localhost" and what c-ares knows at once
 * are told by a task. A cancelled query goes on inside c-ares and its answer is dropped. */
#include "lib/net/resolver.h"

#include <ares.h>
#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/net/loop.h"

enum {
    MAX_SOCKETS = 16,
    TRY_MS = 1500, /* of each server, at first */
    TRIES = 2,
    MAX_NAME_BYTES = 254,
};

enum query_state { QUERY_FREE, QUERY_ASKED, QUERY_ANSWERED, QUERY_CANCELLED };

struct query {
    struct resolver *resolver;
    struct query *next; /* in all, or in the free list */
    enum query_state state;
    int ticket;
    int port;
    struct resolved resolved;
    struct error why;
    char host[MAX_NAME_BYTES];
    resolver_fn on_resolved;
    void *owner;
};

struct watched {
    struct resolver *resolver;
    struct loop_io *io;
    ares_socket_t fd;
};

struct resolver {
    struct arena *arena;
    struct loop *loop;
    ares_channel channel; /* NULL until the first name, and after close */
    struct watched watched[MAX_SOCKETS];
    struct loop_timer *timer;
    struct loop_task *tell;
    struct query *queries; /* asked or answered */
    struct query *free_queries;
    int last_ticket;
};

static void resolver_release(void *owner);
static struct query *query_new(struct resolver *resolver);
static bool answer_at_once(struct query *query, struct text host);
static bool open_channel(struct resolver *resolver, struct error *why);
static void ask_ares(struct query *query);
static void on_addresses(void *owner, int status, int timeouts, struct ares_addrinfo *found);
static void on_socket_state(void *owner, ares_socket_t fd, int readable, int writable);
static void on_socket(void *owner, int events);
static void on_time(void *owner);
static void set_timer(struct resolver *resolver);
static void tell(void *owner);

struct resolver *
resolver_new(struct arena *arena, struct loop *loop)
{
    struct resolver *resolver = arena_alloc(arena, sizeof(*resolver));
    resolver->arena = arena;
    resolver->loop = loop;
    resolver->timer = loop_timer_new(loop, arena, on_time, resolver);
    resolver->tell = loop_task_new(loop, arena, tell, resolver);
    for (size_t i = 0; i < MAX_SOCKETS; i++)
        resolver->watched[i] = (struct watched){.resolver = resolver, .fd = ARES_SOCKET_BAD};
    arena_defer(arena, resolver_release, resolver);
    return resolver;
}

void
resolver_close(struct resolver *resolver)
{
    for (struct query *query = resolver->queries; query; query = query->next)
        query->state = QUERY_CANCELLED;
    if (resolver->channel)
        ares_destroy(resolver->channel);
    resolver->channel = NULL;
    loop_timer_stop(resolver->timer);
    loop_task_cancel(resolver->tell);
}

bool
resolver_use_servers(struct resolver *resolver, const char *servers, struct error *err)
{
    if (!resolver->channel && !open_channel(resolver, err))
        return false;
    int status = ares_set_servers_ports_csv(resolver->channel, servers);
    if (status != ARES_SUCCESS)
        return error_set(err, ERROR_INVALID, "cannot use the name servers %s: %s", servers,
                         ares_strerror(status));
    return true;
}

int
resolver_ask(struct resolver *resolver, struct text host, int port, resolver_fn on_resolved, void *owner)
{
    struct query *query = query_new(resolver);
    query->port = port;
    query->on_resolved = on_resolved;
    query->owner = owner;
    if (host.length == 0 || host.length >= MAX_NAME_BYTES) {
        error_set(&query->why, ERROR_INVALID, "a host name of %zu bytes cannot be looked up", host.length);
        query->state = QUERY_ANSWERED;
    } else {
        memcpy(query->host, host.bytes, host.length);
        query->host[host.length] = '\0';
        if (answer_at_once(query, host))
            query->state = QUERY_ANSWERED;
        else
            ask_ares(query);
    }
    if (query->state == QUERY_ANSWERED)
        loop_task_post(resolver->tell);
    return query->ticket;
}

void
resolver_cancel(struct resolver *resolver, int ticket)
{
    for (struct query *query = resolver->queries; query; query = query->next)
        if (query->ticket == ticket && query->state == QUERY_ANSWERED) {
            query->state = QUERY_CANCELLED;
            loop_task_post(resolver->tell);
        } else if (query->ticket == ticket && query->state == QUERY_ASKED) {
            query->on_resolved = NULL; /* c-ares still holds it */
        }
}

static void
resolver_release(void *owner)
{
    resolver_close(owner);
}

/* ---- queries ---- */

static struct query *
query_new(struct resolver *resolver)
{
    struct query *query = resolver->free_queries;
    if (query)
        resolver->free_queries = query->next;
    else
        query = arena_alloc(resolver->arena, sizeof(*query));
    *query = (struct query){.resolver = resolver, .state = QUERY_ASKED, .ticket = ++resolver->last_ticket};
    struct query **last = &resolver->queries;
    while (*last)
        last = &(*last)->next;
    *last = query;
    return query;
}

static void
add_address(struct query *query, int family, const void *address)
{
    if (query->resolved.count == RESOLVER_MAX_ADDRESSES)
        return;
    struct sockaddr_storage *added = &query->resolved.addresses[query->resolved.count++];
    struct sockaddr_in *ip4 = (struct sockaddr_in *)added;
    struct sockaddr_in6 *ip6 = (struct sockaddr_in6 *)added;
    if (family == AF_INET) {
        ip4->sin_family = AF_INET;
        ip4->sin_port = htons((uint16_t)query->port);
        memcpy(&ip4->sin_addr, address, sizeof(ip4->sin_addr));
    } else {
        ip6->sin6_family = AF_INET6;
        ip6->sin6_port = htons((uint16_t)query->port);
        memcpy(&ip6->sin6_addr, address, sizeof(ip6->sin6_addr));
    }
}

static bool
answer_at_once(struct query *query, struct text host)
{
    struct in_addr ip4 = {.s_addr = htonl(INADDR_LOOPBACK)};
    struct in6_addr ip6 = IN6ADDR_LOOPBACK_INIT;
    if (text_equals_ignore_case(host, TEXT("localhost"))) {
        add_address(query, AF_INET, &ip4);
        add_address(query, AF_INET6, &ip6);
    } else if (inet_pton(AF_INET, query->host, &ip4) == 1) {
        add_address(query, AF_INET, &ip4);
    } else if (inet_pton(AF_INET6, query->host, &ip6) == 1) {
        add_address(query, AF_INET6, &ip6);
    }
    return query->resolved.count > 0;
}

/* Answered queries leave the list one by one: a callback may ask, cancel or close meanwhile. */
static void
tell(void *owner)
{
    struct resolver *resolver = owner;
    struct query **at = &resolver->queries;
    while (*at) {
        struct query *query = *at;
        if (query->state == QUERY_ASKED) {
            at = &query->next;
            continue;
        }
        resolver_fn on_resolved = query->state == QUERY_ANSWERED ? query->on_resolved : NULL;
        *at = query->next;
        if (on_resolved)
            on_resolved(query->owner, &query->resolved, &query->why);
        query->state = QUERY_FREE;
        query->next = resolver->free_queries;
        resolver->free_queries = query;
        at = &resolver->queries;
    }
}

/* ---- c-ares ---- */

static bool
open_channel(struct resolver *resolver, struct error *why)
{
    struct ares_options options = {
        .timeout = TRY_MS, .tries = TRIES, .sock_state_cb = on_socket_state, .sock_state_cb_data = resolver};
    int status = ares_init_options(&resolver->channel, &options,
                                   ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
    if (status == ARES_SUCCESS)
        return true;
    resolver->channel = NULL;
    return error_set(why, ERROR_UNAVAILABLE, "the name resolver does not start: %s", ares_strerror(status));
}

static void
ask_ares(struct query *query)
{
    struct resolver *resolver = query->resolver;
    const struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    if (!resolver->channel && !open_channel(resolver, &query->why)) {
        query->state = QUERY_ANSWERED;
        return;
    }
    ares_getaddrinfo(resolver->channel, query->host, NULL, &hints, on_addresses, query);
    set_timer(resolver);
}

static void
on_addresses(void *owner, int status, int timeouts, struct ares_addrinfo *found)
{
    (void)timeouts;
    struct query *query = owner;
    if (query->state == QUERY_ASKED) {
        for (struct ares_addrinfo_node *node = status == ARES_SUCCESS ? found->nodes : NULL; node;
             node = node->ai_next)
            if (node->ai_family == AF_INET)
                add_address(query, AF_INET, &((struct sockaddr_in *)(void *)node->ai_addr)->sin_addr);
            else if (node->ai_family == AF_INET6)
                add_address(query, AF_INET6, &((struct sockaddr_in6 *)(void *)node->ai_addr)->sin6_addr);
        if (query->resolved.count == 0)
            error_set(&query->why, ERROR_UNAVAILABLE, "the name %s was not found: %s", query->host,
                      status == ARES_SUCCESS ? "it has no address" : ares_strerror(status));
        query->state = QUERY_ANSWERED;
        loop_task_post(query->resolver->tell);
    }
    if (found)
        ares_freeaddrinfo(found);
}

static void
on_socket_state(void *owner, ares_socket_t fd, int readable, int writable)
{
    struct resolver *resolver = owner;
    struct watched *slot = NULL;
    for (size_t i = 0; i < MAX_SOCKETS; i++)
        if (resolver->watched[i].fd == fd || (!slot && resolver->watched[i].fd == ARES_SOCKET_BAD))
            slot = &resolver->watched[i];
    if (!slot)
        return; /* that socket's query runs into its time-out */
    if (!slot->io)
        slot->io = loop_io_new(resolver->loop, resolver->arena, on_socket, slot);
    if (!readable && !writable) {
        loop_io_stop(slot->io);
        slot->fd = ARES_SOCKET_BAD;
        return;
    }
    slot->fd = fd;
    loop_io_watch(slot->io, fd, (readable ? LOOP_READ : 0) | (writable ? LOOP_WRITE : 0));
}

static void
on_socket(void *owner, int events)
{
    struct watched *watched = owner;
    struct resolver *resolver = watched->resolver;
    ares_socket_t fd = watched->fd;
    ares_process_fd(resolver->channel, events & LOOP_READ ? fd : ARES_SOCKET_BAD,
                    events & LOOP_WRITE ? fd : ARES_SOCKET_BAD);
    set_timer(resolver);
}

static void
on_time(void *owner)
{
    struct resolver *resolver = owner;
    ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    set_timer(resolver);
}

static void
set_timer(struct resolver *resolver)
{
    struct timeval wait;
    if (!ares_timeout(resolver->channel, NULL, &wait)) {
        loop_timer_stop(resolver->timer);
        return;
    }
    loop_timer_start(resolver->timer, (int64_t)wait.tv_sec * 1000 + wait.tv_usec / 1000 + 1);
}
