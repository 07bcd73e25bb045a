/* Several ways of knowing people, one after the other. */
#include "api/server/rest/rest_identity.h"

#include "lib/base/arena.h"

/* Stands between the question and each way in turn. */
struct turn {
    struct rest_asking asking; /* what the ways see */
    struct rest_asking *outer;
    const struct rest_authenticator_list *ways;
    size_t at;
};

static void identify_any(void *owner, struct rest_asking *asking);
static void ask_one(struct turn *turn);
static void on_one(struct rest_asking *asking, enum rest_verdict verdict);

struct rest_authenticator
rest_known_by_any(const struct rest_authenticator_list *ways)
{
    return (struct rest_authenticator){.identify = identify_any, .owner = (void *)(uintptr_t)ways};
}

static void
identify_any(void *owner, struct rest_asking *asking)
{
    struct turn *turn = arena_alloc(asking->arena, sizeof(*turn));
    *turn = (struct turn){.asking = *asking, .outer = asking, .ways = owner};
    turn->asking.on_verdict = on_one;
    ask_one(turn);
}

static void
ask_one(struct turn *turn)
{
    if (turn->at == turn->ways->count) {
        turn->outer->on_verdict(turn->outer, REST_UNKNOWN);
        return;
    }
    const struct rest_authenticator *way = &turn->ways->items[turn->at++];
    turn->asking.by = way;
    way->identify(way->owner, &turn->asking);
}

static void /* NOLINTNEXTLINE(misc-no-recursion): as deep as there are ways */
on_one(struct rest_asking *asking, enum rest_verdict verdict)
{
    struct turn *turn = (struct turn *)(void *)asking;
    if (verdict == REST_UNKNOWN) {
        ask_one(turn);
        return;
    }
    turn->outer->by = turn->asking.by;
    turn->outer->who = turn->asking.who;
    turn->outer->on_verdict(turn->outer, verdict);
}
