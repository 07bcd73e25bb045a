/* See the header. */
#include "operator/control/alert_listening.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/net/websocket.h"

struct alert_listening {
    alert_fn on_alert;
    void *owner;
    bool is_said;      /* on this stream, and not answered yet */
    struct arena *own; /* of told; NULL: nothing was told */
    struct text_list told;
};

static void on_release(void *owner);

struct alert_listening *
alert_listening_new(struct arena *arena, alert_fn on_alert, void *owner)
{
    struct alert_listening *listening = arena_alloc(arena, sizeof(*listening));
    *listening = (struct alert_listening){.on_alert = on_alert, .owner = owner};
    arena_defer(arena, on_release, listening);
    return listening;
}

void
alert_listening_begin(struct alert_listening *listening)
{
    listening->is_said = false;
}

void
alert_listening_say(struct alert_listening *listening, struct websocket_stream *stream)
{
    if (listening->is_said)
        return;
    scoped_arena struct arena *scratch = arena_new(0);
    const struct ledger_frame frame = {.type = LEDGER_LISTEN, .listen = {.told = listening->told}};
    struct buffer message;
    buffer_init(&message, scratch, 512);
    ledger_frame_print(scratch, &frame, &message);
    listening->is_said = true;
    websocket_stream_send(stream, buffer_text(&message));
}

bool
alert_listening_take(struct alert_listening *listening, struct websocket_stream *stream,
                     const struct raised_alert_list *alerts, struct error *err)
{
    if (!listening->is_said)
        return error_set(err, ERROR_INVALID, "Alerts came and nobody listened");
    struct arena *own = arena_new(0);
    struct text_list told = {.items = arena_alloc_array(own, alerts->count, sizeof(*told.items))};
    for (; told.count < alerts->count; told.count++) {
        listening->on_alert(listening->owner, &alerts->items[told.count]);
        told.items[told.count] = text_copy(own, alerts->items[told.count].id);
    }
    arena_free(listening->own);
    listening->own = own;
    listening->told = told;
    listening->is_said = false;
    alert_listening_say(listening, stream);
    return true;
}

static void
on_release(void *owner)
{
    struct alert_listening *listening = owner;
    arena_free(listening->own);
}
