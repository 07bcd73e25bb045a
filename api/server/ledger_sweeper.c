/* See the header. */
#include "api/server/ledger_sweeper.h"

#include "api/server/alert_sender.h"
#include "api/server/ledger/ledger_lending.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/net/loop.h"

enum { EVERY_MS = 60000 };
#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

static const struct metric_description orphaned_description = {
    .name = "weir_ledger_orphaned_leases_total",
    .help = "Leases that no gateway settled or gave back in time: what was open of them counts as spent.",
    .kind = METRIC_COUNTER};

struct ledger_sweeper {
    struct ledger *ledger;
    struct alert_sender *alerts;
    int64_t alert_keep_days;
    struct loop_timer *timer;
    struct metric *orphaned;
    struct arena *work; /* of the sweep that is under way */
};

static void sweep(void *owner);
static void on_swept(void *owner, const struct sweep_answer *answer);
static void on_release(void *owner);

void
ledger_sweeper_start(struct arena *arena, const struct ledger_sweeper_options *options)
{
    struct ledger_sweeper *sweeper = arena_alloc(arena, sizeof(*sweeper));
    *sweeper = (struct ledger_sweeper){.ledger = options->ledger,
                                       .alerts = options->alerts,
                                       .alert_keep_days = options->alert_keep_days,
                                       .work = arena_new(0)};
    arena_defer(arena, on_release, sweeper);
    sweeper->orphaned = metric_with(metrics_add(options->metrics, &orphaned_description), NULL);
    sweeper->timer = loop_timer_new(options->loop, arena, sweep, sweeper);
    loop_timer_start(sweeper->timer, 0);
}

static void
sweep(void *owner)
{
    struct ledger_sweeper *sweeper = owner;
    int64_t now_ms = clock_unix_ms();
    const struct sweep_question question = {now_ms, now_ms - sweeper->alert_keep_days * DAY_MS};
    ledger_sweep(sweeper->ledger, sweeper->work, &question, on_swept, sweeper);
}

/* What fails now is there in a minute too. */
static void
on_swept(void *owner, const struct sweep_answer *answer)
{
    struct ledger_sweeper *sweeper = owner;
    metric_increase(sweeper->orphaned, answer->orphaned);
    alert_sender_note(sweeper->alerts, answer->alerts);
    if (answer->orphaned > 0)
        log_warn("leases_orphaned", LOG_INT("leases", answer->orphaned));
    if (answer->end != LEDGER_DONE)
        log_error("sweep_failed", LOG_STRING("reason", answer->why.message));
    loop_timer_start(sweeper->timer, answer->is_full ? 0 : EVERY_MS);
    arena_reset(sweeper->work);
}

static void
on_release(void *owner)
{
    struct ledger_sweeper *sweeper = owner;
    arena_free(sweeper->work);
}
