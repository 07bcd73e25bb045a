/* Tells the other weir-api of a database which gateways have a stream with this one, and knows theirs.
 *
 * A peer that is killed is forgotten, with its gateways, when its beat stood still for so many answers of the
 * database: while that is away nobody is. */
#pragma once

#include "api/server/ledger/ledger_peers.h"

struct peer_watch;

#define PEER_WATCH_EVERY_MS 1000
#define PEER_WATCH_MOST_MISSED 15

struct peer_watch_options {
    struct loop *loop;
    struct ledger *ledger;
    int64_t every_ms; /* PEER_WATCH_EVERY_MS, but for tests */
    /* The gateways that have a stream here, each journal once; in the arena. */
    struct peer_gateway_list (*list_here)(void *owner, struct arena *arena);
    /* Those elsewhere are others. */
    void (*on_changed)(void *owner);
    /* A peer asks which calls run; each look once. */
    void (*on_look)(void *owner, const struct peer_look *look);
    void *owner;
};

/* Until the arena ends. */
struct peer_watch *peer_watch_start(struct arena *arena, const struct peer_watch_options *options);
/* Gateways came or went here: peers hear of it now. */
void peer_watch_wake(struct peer_watch *watch);
struct text peer_watch_self(const struct peer_watch *watch); /* its id among peers */
/* Those that have a stream with a peer, each journal once; the list is good for as long as the watch, what is
 * in it until on_changed. One may be here as well: it dialled again. */
const struct peer_gateway_list *peer_watch_elsewhere(const struct peer_watch *watch);
