/* See the header. */
#include "api/server/audit_keeper.h"

#include "api/server/audit_writer.h"
#include "api/server/checkpoint_signer.h"
#include "api/server/ledger/ledger_audit.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/net/loop.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

/* SOON: while something was not signed yet, or there is more. */
enum { EVERY_MS = 60 * 60 * 1000, SOON_MS = 5000 };

struct audit_keeper {
    struct audit_keeper_options options;
    struct loop_timer *timer;
    struct arena *work;
};

static void retain(void *owner);
static void on_retained(void *owner, const struct ledger_outcome *outcome);
static void on_release(void *owner);

void
audit_keeper_start(struct arena *arena, const struct audit_keeper_options *options)
{
    struct audit_keeper *keeper = arena_alloc(arena, sizeof(*keeper));
    *keeper = (struct audit_keeper){.options = *options, .work = arena_new(0)};
    arena_defer(arena, on_release, keeper);
    keeper->timer = loop_timer_new(options->loop, arena, retain, keeper);
    loop_timer_start(keeper->timer, SOON_MS);
}

static void
retain(void *owner)
{
    struct audit_keeper *keeper = owner;
    int64_t now_ms = clock_unix_ms();
    const struct retention_question question = {
        .before_ms = now_ms - keeper->options.days * DAY_MS,
        .now_ms = now_ms,
        .signed_seq = checkpoint_signer_signed(keeper->options.signer),
        .reason = text_format(keeper->work, "kept for %lld days", (long long)keeper->options.days)};
    if (question.signed_seq == 0) {
        arena_reset(keeper->work);
        loop_timer_start(keeper->timer, SOON_MS);
        return;
    }
    ledger_audit_retain(keeper->options.ledger, keeper->work, &question, on_retained, keeper);
}

static void
on_retained(void *owner, const struct ledger_outcome *outcome)
{
    struct audit_keeper *keeper = owner;
    int64_t rows = outcome->noted;
    if (outcome->end != LEDGER_DONE)
        log_error("audit_not_retained", LOG_STRING("reason", outcome->why.message));
    if (rows > 0) {
        log_info("audit_retained", LOG_INT("rows", rows));
        audit_writer_wake(keeper->options.writer);
    }
    arena_reset(keeper->work);
    loop_timer_start(keeper->timer, rows > 0 ? SOON_MS : EVERY_MS);
}

static void
on_release(void *owner)
{
    struct audit_keeper *keeper = owner;
    arena_free(keeper->work);
}
