/* One small question at a time; a failure is logged once, until there is an answer again. */
#include "api/server/key_watch.h"

#include "api/server/ledger/ledger_keys.h"
#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/net/loop.h"

enum { AGAIN_MS = 1000 };

struct key_watch {
    struct key_watch_options options;
    struct loop_timer *timer;
    struct arena *work; /* of the question that is with the ledger */
    int64_t number;
    bool has_failed;
};

static void ask(void *owner);
static void on_news(void *owner, const struct keys_news *news);
static void on_release(void *owner);

void
key_watch_start(struct arena *arena, const struct key_watch_options *options)
{
    struct key_watch *watch = arena_alloc(arena, sizeof(*watch));
    *watch = (struct key_watch){.options = *options, .work = arena_new(0)};
    arena_defer(arena, on_release, watch);
    watch->timer = loop_timer_new(options->loop, arena, ask, watch);
    loop_timer_start(watch->timer, 0);
}

static void
ask(void *owner)
{
    struct key_watch *watch = owner;
    ledger_keys_news(watch->options.ledger, watch->work, watch->number, on_news, watch);
}

static void
on_news(void *owner, const struct keys_news *news)
{
    struct key_watch *watch = owner;
    bool has_failed = news->end != LEDGER_DONE;
    if (has_failed && !watch->has_failed)
        log_error("keys_not_watched", LOG_STRING("reason", news->why.message));
    watch->has_failed = has_failed;
    for (size_t i = 0; !has_failed && i < news->place_count; i++)
        watch->options.on_changed(watch->options.owner, &news->places[i]);
    if (!has_failed)
        watch->number = news->number;
    arena_reset(watch->work);
    loop_timer_start(watch->timer, has_failed ? AGAIN_MS : KEY_WATCH_EVERY_MS);
}

static void
on_release(void *owner)
{
    struct key_watch *watch = owner;
    arena_free(watch->work);
}
