/* Names to addresses without blocking the loop (c-ares); numeric addresses and "localhost" need no query. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;
struct loop;
struct resolver;

#define RESOLVER_MAX_ADDRESSES 8

struct resolved {
    struct sockaddr_storage addresses[RESOLVER_MAX_ADDRESSES]; /* with the port that was asked for */
    size_t count;                                              /* 0: failed, see why */
};

typedef void (*resolver_fn)(void *owner, const struct resolved *resolved, const struct error *why);

struct resolver *resolver_new(struct arena *arena, struct loop *loop);
void resolver_close(struct resolver *resolver);
/* Asks these servers instead of the system's: "127.0.0.1:5353", several with commas between. */
MUST_CHECK bool resolver_use_servers(struct resolver *resolver, const char *servers, struct error *err);
/* on_resolved comes from the loop, exactly once unless cancelled; within some seconds when no server answers.
 * Returns a ticket. */
int resolver_ask(struct resolver *resolver, struct text host, int port, resolver_fn on_resolved, void *owner);
void resolver_cancel(struct resolver *resolver, int ticket);
