/* One question at a time; a failure is logged once, until there is an answer again. What peers have is asked
 * for when their numbers are others. */
#include "api/server/peer_watch.h"

#include "lib/base/arena.h"
#include "lib/base/id.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/net/loop.h"

enum { SOON_MS = 250 }; /* many come and go together */

struct known_peer {
    struct peer peer;
    int missed; /* answers in which it was not heard of again */
};

struct known_peers {
    struct arena *arena; /* their texts are in it */
    struct known_peer *items;
    size_t count;
    struct text_list looks; /* that were there */
};

struct peer_watch {
    struct peer_watch_options options;
    struct loop_timer *timer;
    struct arena *work; /* of the question that is with the ledger */
    struct peer self;
    bool is_asking, has_changed, has_failed;
    bool has_new_peers; /* what they have is to be asked for */
    struct known_peers known;
    struct arena *listed; /* where elsewhere is */
    struct peer_gateway_list elsewhere;
};

static void ask(void *owner);
static struct peer_list find_gone(const struct peer_watch *watch);
static void on_peers(void *owner, const struct peers_answer *answer);
static struct known_peers take_peers(struct peer_watch *watch, const struct peer_list *peers);
static void take_looks(struct peer_watch *watch, const struct peers_answer *answer);
static bool was_there(const struct text_list *looks, struct text id);
static struct known_peer *find(const struct known_peers *known, struct text id);
static void on_gateways(void *owner, const struct peer_gateways_answer *answer);
static void list_elsewhere(struct peer_watch *watch, const struct peer_gateway_list *gateways);
static void go_on(struct peer_watch *watch, enum ledger_end end, const struct error *why);
static void on_release(void *owner);

struct peer_watch *
peer_watch_start(struct arena *arena, const struct peer_watch_options *options)
{
    struct peer_watch *watch = arena_alloc(arena, sizeof(*watch));
    *watch = (struct peer_watch){.options = *options,
                                 .work = arena_new(0),
                                 .self = {.id = id_new(arena)},
                                 .has_changed = true,
                                 .known = {.arena = arena_new(0)},
                                 .listed = arena_new(0)};
    arena_defer(arena, on_release, watch);
    watch->timer = loop_timer_new(options->loop, arena, ask, watch);
    loop_timer_start(watch->timer, 0);
    return watch;
}

void
peer_watch_wake(struct peer_watch *watch)
{
    if (!watch->has_changed && !watch->is_asking)
        loop_timer_start(watch->timer, SOON_MS);
    watch->has_changed = true;
}

struct text
peer_watch_self(const struct peer_watch *watch)
{
    return watch->self.id;
}

const struct peer_gateway_list *
peer_watch_elsewhere(const struct peer_watch *watch)
{
    return &watch->elsewhere;
}

static void
ask(void *owner)
{
    struct peer_watch *watch = owner;
    struct peer_gateway_list here = {0};
    struct peer_list gone = find_gone(watch);
    bool says_all = watch->has_changed;
    if (says_all) {
        here = watch->options.list_here(watch->options.owner, watch->work);
        watch->self.changes++;
    }
    watch->is_asking = true;
    watch->has_changed = false;
    const struct peers_question question = {watch->self,
                                            says_all ? arena_copy(watch->work, &here, sizeof(here)) : NULL,
                                            arena_copy(watch->work, &gone, sizeof(gone))};
    ledger_peers_beat(watch->options.ledger, watch->work, &question, on_peers, watch);
}

/* Each is forgotten by whoever noticed, if nobody was faster. */
static struct peer_list
find_gone(const struct peer_watch *watch)
{
    const struct known_peers *known = &watch->known;
    struct peer_list gone = {arena_alloc_array(watch->work, known->count, sizeof(*gone.items)), 0};
    for (size_t i = 0; i < known->count; i++)
        if (known->items[i].missed >= PEER_WATCH_MOST_MISSED)
            gone.items[gone.count++] = known->items[i].peer;
    return gone;
}

static void
on_peers(void *owner, const struct peers_answer *answer)
{
    struct peer_watch *watch = owner;
    if (answer->end != LEDGER_DONE) {
        watch->has_changed = true; /* what was not committed is said again */
        go_on(watch, answer->end, &answer->why);
        return;
    }
    take_looks(watch, answer);
    if (watch->has_new_peers)
        ledger_peers_gateways(watch->options.ledger, watch->work, watch->self.id, on_gateways, watch);
    else
        go_on(watch, answer->end, &answer->why);
}

static struct known_peers
take_peers(struct peer_watch *watch, const struct peer_list *peers)
{
    const struct known_peers before = watch->known;
    struct known_peers now = {.arena = arena_new(0), .count = peers->count};
    now.items = arena_alloc_array(now.arena, peers->count, sizeof(*now.items));
    watch->has_new_peers = watch->has_new_peers || peers->count != before.count;
    for (size_t i = 0; i < peers->count; i++) {
        const struct peer *peer = &peers->items[i];
        const struct known_peer *known = find(&before, peer->id);
        bool has_moved = !known || known->peer.beat != peer->beat;
        int missed = has_moved ? 0 : known->missed + 1;
        bool was_alive = known && known->missed < PEER_WATCH_MOST_MISSED;
        bool is_alive = missed < PEER_WATCH_MOST_MISSED;
        if (!known || known->peer.changes != peer->changes || was_alive != is_alive)
            watch->has_new_peers = true;
        now.items[i] =
            (struct known_peer){{text_copy(now.arena, peer->id), peer->beat, peer->changes}, missed};
    }
    return now;
}

/* Those that were there the last time are being answered, or were. */
static void
take_looks(struct peer_watch *watch, const struct peers_answer *answer)
{
    struct known_peers before = watch->known, now = take_peers(watch, &answer->peers);
    now.looks.items = arena_alloc_array(now.arena, answer->looks.count, sizeof(*now.looks.items));
    for (size_t i = 0; i < answer->looks.count; i++) {
        const struct peer_look *look = &answer->looks.items[i];
        now.looks.items[now.looks.count++] = text_copy(now.arena, look->id);
        if (!was_there(&before.looks, look->id))
            watch->options.on_look(watch->options.owner, look);
    }
    arena_free(before.arena);
    watch->known = now;
}

static bool
was_there(const struct text_list *looks, struct text id)
{
    for (size_t i = 0; i < looks->count; i++)
        if (text_equals(looks->items[i], id))
            return true;
    return false;
}

static struct known_peer *
find(const struct known_peers *known, struct text id)
{
    for (size_t i = 0; i < known->count; i++)
        if (text_equals(known->items[i].peer.id, id))
            return &known->items[i];
    return NULL;
}

static void
on_gateways(void *owner, const struct peer_gateways_answer *answer)
{
    struct peer_watch *watch = owner;
    if (answer->end == LEDGER_DONE) {
        watch->has_new_peers = false;
        list_elsewhere(watch, &answer->gateways);
        watch->options.on_changed(watch->options.owner);
    }
    go_on(watch, answer->end, &answer->why);
}

static void
list_elsewhere(struct peer_watch *watch, const struct peer_gateway_list *gateways)
{
    struct arena *arena = arena_new(0);
    struct map *journals = map_new(watch->work);
    struct peer_gateway_list elsewhere = {arena_alloc_array(arena, gateways->count, sizeof(*elsewhere.items)),
                                          0};
    for (size_t i = 0; i < gateways->count; i++) {
        const struct peer_gateway *gateway = &gateways->items[i];
        const struct known_peer *peer = find(&watch->known, gateway->peer);
        if (!peer || peer->missed >= PEER_WATCH_MOST_MISSED || map_find(journals, gateway->journal))
            continue;
        map_set(journals, gateway->journal, watch);
        elsewhere.items[elsewhere.count++] =
            (struct peer_gateway){text_copy(arena, gateway->peer), text_copy(arena, gateway->journal),
                                  text_copy(arena, gateway->workspace),
                                  text_copy(arena, gateway->environment), text_copy(arena, gateway->name)};
    }
    arena_free(watch->listed);
    watch->listed = arena;
    watch->elsewhere = elsewhere;
}

static void
go_on(struct peer_watch *watch, enum ledger_end end, const struct error *why)
{
    bool has_failed = end == LEDGER_FAILED;
    if (has_failed && !watch->has_failed)
        log_error("peers_not_watched", LOG_STRING("reason", why->message));
    watch->has_failed = has_failed;
    watch->is_asking = false;
    arena_reset(watch->work);
    bool is_urgent = watch->has_changed && !has_failed;
    loop_timer_start(watch->timer, is_urgent ? SOON_MS : watch->options.every_ms);
}

static void
on_release(void *owner)
{
    struct peer_watch *watch = owner;
    arena_free(watch->work);
    arena_free(watch->known.arena);
    arena_free(watch->listed);
}
