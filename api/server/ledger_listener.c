/* A Listen of the operator's, until there are alerts to answer it with: looked for when some were made here,
 * and every few seconds for what other ledgers made on the same database. */
#include "api/server/alert_document.h"
#include "api/server/ledger/ledger_untold.h"
#include "api/server/ledger_stream_parts.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/net/loop.h"

enum { EVERY_MS = 5000 };

struct ledger_listener {
    struct ledger_stream *stream;
    struct arena *arena; /* of the frame too */
    struct text_list told;
    struct loop_timer *timer;
    struct arena *work; /* of the look that is under way */
    bool is_looking, wants_look;
};

static void look(void *owner);
static void on_looked(void *owner, const struct alerts_answer *answer);
static void answer_with(struct ledger_listener *listener, const struct alerts_answer *answer);

bool
ledger_listener_begin(struct ledger_stream *stream, struct arena *arena, const struct ledger_listen *listen,
                      struct error *err)
{
    if (stream->listener)
        return error_set(err, ERROR_INVALID, "a Listen came before the one before it was answered");
    struct ledger_listener *listener = arena_alloc(arena, sizeof(*listener));
    *listener = (struct ledger_listener){
        .stream = stream, .arena = arena, .told = listen->told, .work = arena_new(0)};
    listener->timer = loop_timer_new(stream->host->loop, arena, look, listener);
    stream->listener = listener;
    look(listener);
    return true;
}

void
ledger_listener_wake(struct ledger_stream *stream)
{
    if (stream->listener)
        look(stream->listener);
}

void
ledger_listener_forget(struct ledger_stream *stream)
{
    struct ledger_listener *listener = stream->listener;
    stream->listener = NULL;
    if (!listener)
        return;
    arena_free(listener->work);
    arena_free(listener->arena);
}

static void
look(void *owner)
{
    struct ledger_listener *listener = owner;
    const struct untold_question question = {listener->told.items, listener->told.count, LEDGER_MAX_ALERTS};
    listener->wants_look = listener->is_looking;
    if (listener->is_looking)
        return;
    listener->is_looking = true;
    ledger_untold(listener->stream->host->ledger, listener->work, &question, on_looked, listener);
}

/* What fails is tried again with the next look. */
static void
on_looked(void *owner, const struct alerts_answer *answer)
{
    struct ledger_listener *listener = owner;
    listener->is_looking = false;
    if (answer->end != LEDGER_DONE)
        log_error("alerts_not_read", LOG_STRING("reason", answer->why.message));
    else if (answer->count > 0) {
        answer_with(listener, answer);
        return;
    } else {
        listener->told.count = 0;
    }
    arena_reset(listener->work);
    loop_timer_start(listener->timer, listener->wants_look ? 0 : EVERY_MS);
}

static void
answer_with(struct ledger_listener *listener, const struct alerts_answer *answer)
{
    struct ledger_stream *stream = listener->stream;
    struct ledger_frame frame = {.type = LEDGER_ALERTS};
    struct raised_alert_list *alerts = &frame.alerts.alerts;
    alerts->items = arena_alloc_array(listener->work, answer->count, sizeof(*alerts->items));
    for (; alerts->count < answer->count; alerts->count++)
        alerts->items[alerts->count] = alert_document(listener->work, &answer->alerts[alerts->count]);
    ledger_stream_send(stream, &frame);
    ledger_listener_forget(stream);
}
