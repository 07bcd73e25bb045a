/* Open questions are in a table by caller and key, and in a list, oldest first, for the clock. A question's
 * number tells its bucket, so one table finds it by either. */
#include "api/server/call_recall.h"

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/net/loop.h"

enum { BUCKETS = 1024, FIRST_BLOCK_BYTES = 1024 };

struct recall {
    struct arena *arena;
    struct recall *next;          /* of its bucket */
    struct recall *older, *newer; /* of all */
    struct recalled_gateway *asker;
    struct ledger_recall question; /* as it is asked of the others */
    int64_t asked_as;              /* its number on the asker's stream */
    int64_t until_ms;
    const struct recalled_gateway **asked; /* NULL: it has answered, or is gone */
    size_t asked_count, waiting_count;
    bool is_partial;
};

struct call_recalls {
    struct loop *loop;
    struct loop_timer *timer;
    struct recalled_gateway *gateways;
    struct recall *buckets[BUCKETS];
    struct recall *oldest, *newest;
    int64_t last_number;
};

static size_t bucket_of(const struct recalled_gateway *asker, const struct ledger_recall *recall);
static bool is_of_same(const struct recalled_gateway *gateway, const struct recalled_gateway *other);
static bool is_same_gateway(const struct recalled_gateway *gateway, const struct recalled_gateway *other);
static struct recall *find_open(const struct call_recalls *recalls, const struct recalled_gateway *asker,
                                const struct ledger_recall *recall);
static struct recall *
open_recall(struct call_recalls *recalls, struct recalled_gateway *asker, const struct ledger_recall *recall);
static void ask_others(struct call_recalls *recalls, struct recall *recall);
static bool tick_off(struct recall *recall, const struct recalled_gateway *gateway);
static void answer(struct call_recalls *recalls, struct recall *recall, const struct ledger_recalled *known);
static void answer_if_all_said(struct call_recalls *recalls, struct recall *recall);
static void drop(struct call_recalls *recalls, struct recall *recall);
static void on_time(void *owner);
static void drop_all(void *owner);

struct call_recalls *
call_recalls_new(struct arena *arena, struct loop *loop)
{
    struct call_recalls *recalls = arena_alloc(arena, sizeof(*recalls));
    *recalls = (struct call_recalls){.loop = loop};
    recalls->timer = loop_timer_new(loop, arena, on_time, recalls);
    arena_defer(arena, drop_all, recalls);
    return recalls;
}

void
call_recalls_join(struct call_recalls *recalls, struct recalled_gateway *gateway)
{
    gateway->next = recalls->gateways;
    gateway->place = &recalls->gateways;
    if (gateway->next)
        gateway->next->place = &gateway->next;
    recalls->gateways = gateway;
}

void
call_recalls_leave(struct call_recalls *recalls, struct recalled_gateway *gateway)
{
    if (!gateway->place)
        return;
    if (gateway->next)
        gateway->next->place = gateway->place;
    *gateway->place = gateway->next;
    gateway->place = NULL;
    for (struct recall *recall = recalls->oldest, *newer; recall; recall = newer) {
        newer = recall->newer;
        if (recall->asker == gateway) {
            drop(recalls, recall);
        } else if (tick_off(recall, gateway)) {
            recall->is_partial = true;
            answer_if_all_said(recalls, recall);
        }
    }
}

/* One that asks again about the key that it asks about has forgotten its call of before: its client left. */
void
call_recalls_ask(struct call_recalls *recalls, struct recalled_gateway *gateway,
                 const struct ledger_recall *recall)
{
    struct ledger_recalled said = {.number = recall->number, .verdict = RECALL_RUNNING};
    struct recall *open = find_open(recalls, gateway, recall);
    if (open && is_same_gateway(open->asker, gateway)) {
        drop(recalls, open);
    } else if (open) {
        gateway->answer(gateway->owner, &said);
        return;
    }
    if (gateway->open_count == RECALL_MAX_OF_A_GATEWAY) {
        said.verdict = RECALL_UNKNOWN;
        said.is_partial = true;
        gateway->answer(gateway->owner, &said);
        return;
    }
    open = open_recall(recalls, gateway, recall);
    ask_others(recalls, open);
    answer_if_all_said(recalls, open);
}

void
call_recalls_hear(struct call_recalls *recalls, const struct recalled_gateway *gateway,
                  const struct ledger_recalled *recalled)
{
    struct recall *recall = recalls->buckets[recalled->number % BUCKETS];
    while (recall && recall->question.number != recalled->number)
        recall = recall->next;
    if (!recall || !tick_off(recall, gateway))
        return;
    if (recalled->verdict != RECALL_UNKNOWN)
        answer(recalls, recall, recalled);
    else
        answer_if_all_said(recalls, recall);
}

static size_t
bucket_of(const struct recalled_gateway *asker, const struct ledger_recall *recall)
{
    return (map_hash(asker->workspace) ^ map_hash(asker->environment) ^ map_hash(recall->caller) ^
            map_hash(recall->key)) %
           BUCKETS;
}

static bool
is_of_same(const struct recalled_gateway *gateway, const struct recalled_gateway *other)
{
    return text_equals(gateway->environment, other->environment) &&
           text_equals(gateway->workspace, other->workspace);
}

static bool
is_same_gateway(const struct recalled_gateway *gateway, const struct recalled_gateway *other)
{
    return text_equals(gateway->journal, other->journal);
}

static struct recall *
find_open(const struct call_recalls *recalls, const struct recalled_gateway *asker,
          const struct ledger_recall *recall)
{
    struct recall *open = recalls->buckets[bucket_of(asker, recall)];
    while (open && !(text_equals(open->question.key, recall->key) &&
                     text_equals(open->question.caller, recall->caller) && is_of_same(open->asker, asker)))
        open = open->next;
    return open;
}

static struct recall *
open_recall(struct call_recalls *recalls, struct recalled_gateway *asker, const struct ledger_recall *recall)
{
    size_t bucket = bucket_of(asker, recall);
    struct arena *arena = arena_new(FIRST_BLOCK_BYTES);
    struct recall *open = arena_alloc(arena, sizeof(*open));
    *open = (struct recall){.arena = arena,
                            .next = recalls->buckets[bucket],
                            .older = recalls->newest,
                            .asker = asker,
                            .question = {.number = ++recalls->last_number * BUCKETS + (int64_t)bucket,
                                         .caller = text_copy(arena, recall->caller),
                                         .key = text_copy(arena, recall->key),
                                         .digest = text_copy(arena, recall->digest)},
                            .asked_as = recall->number,
                            .until_ms = loop_now_ms(recalls->loop) + RECALL_WAIT_MS};
    recalls->buckets[bucket] = open;
    *(open->older ? &open->older->newer : &recalls->oldest) = open;
    recalls->newest = open;
    asker->open_count++;
    if (!loop_timer_is_running(recalls->timer))
        loop_timer_start(recalls->timer, RECALL_WAIT_MS);
    return open;
}

static void
ask_others(struct call_recalls *recalls, struct recall *recall)
{
    size_t capacity = 0;
    for (struct recalled_gateway *gateway = recalls->gateways; gateway; gateway = gateway->next) {
        if (!is_of_same(gateway, recall->asker) || is_same_gateway(gateway, recall->asker))
            continue;
        if (!gateway->knows_recall) {
            recall->is_partial = true;
            continue;
        }
        recall->asked = arena_grow(recall->arena, recall->asked, recall->asked_count, &capacity,
                                   sizeof(const struct recalled_gateway *));
        recall->asked[recall->asked_count++] = gateway;
        recall->waiting_count++;
        gateway->ask(gateway->owner, &recall->question);
    }
}

/* False: it was not asked, or has answered. */
static bool
tick_off(struct recall *recall, const struct recalled_gateway *gateway)
{
    for (size_t i = 0; i < recall->asked_count; i++) {
        if (recall->asked[i] != gateway)
            continue;
        recall->asked[i] = NULL;
        recall->waiting_count--;
        return true;
    }
    return false;
}

/* Who knows it is believed without the others. */
static void
answer(struct call_recalls *recalls, struct recall *recall, const struct ledger_recalled *known)
{
    struct ledger_recalled said = *known;
    struct recalled_gateway *asker = recall->asker;
    said.number = recall->asked_as;
    said.is_partial = said.verdict == RECALL_UNKNOWN && recall->is_partial;
    drop(recalls, recall);
    asker->answer(asker->owner, &said);
}

static void
answer_if_all_said(struct call_recalls *recalls, struct recall *recall)
{
    if (recall->waiting_count == 0)
        answer(recalls, recall, &(struct ledger_recalled){.verdict = RECALL_UNKNOWN});
}

static void
drop(struct call_recalls *recalls, struct recall *recall)
{
    struct recall **at = &recalls->buckets[recall->question.number % BUCKETS];
    while (*at != recall)
        at = &(*at)->next;
    *at = recall->next;
    *(recall->older ? &recall->older->newer : &recalls->oldest) = recall->newer;
    *(recall->newer ? &recall->newer->older : &recalls->newest) = recall->older;
    recall->asker->open_count--;
    arena_free(recall->arena);
}

static void
on_time(void *owner)
{
    struct call_recalls *recalls = owner;
    int64_t now_ms = loop_now_ms(recalls->loop);
    while (recalls->oldest && recalls->oldest->until_ms <= now_ms) {
        recalls->oldest->is_partial = true;
        answer(recalls, recalls->oldest, &(struct ledger_recalled){.verdict = RECALL_UNKNOWN});
    }
    if (recalls->oldest)
        loop_timer_start(recalls->timer, recalls->oldest->until_ms - now_ms);
}

static void
drop_all(void *owner)
{
    struct call_recalls *recalls = owner;
    while (recalls->oldest) {
        struct recall *recall = recalls->oldest;
        recalls->oldest = recall->newer;
        arena_free(recall->arena);
    }
}
