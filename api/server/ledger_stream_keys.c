/* What a gateway hears of its environment's keys: all of it, after its Welcome and at each change. */
#include "api/server/ledger/ledger_keys.h"
#include "api/server/ledger_stream_parts.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"

static void on_keys(void *owner, const struct keys_answer *answer);
static void send_keys(struct ledger_stream *stream, const struct kept_keys *kept);

/* One question at a time: what changed after it began is asked for when it is answered, so the newest is said
 * last. */
void
ledger_stream_tell_keys(struct ledger_stream *stream)
{
    if (!stream->is_welcome || !stream->hears_keys || stream->is_refused)
        return;
    stream->has_new_keys = stream->keys != NULL;
    if (stream->keys)
        return;
    const struct key_place place = {.workspace = stream->origin.workspace,
                                    .environment = stream->origin.environment};
    stream->keys = arena_new(0);
    ledger_keys_heard(stream->host->ledger, stream->keys, &place, on_keys, stream);
}

bool
ledger_stream_is_of(const struct ledger_stream *stream, const struct key_place *place)
{
    return text_equals(stream->origin.workspace, place->workspace) &&
           text_equals(stream->origin.environment, place->environment);
}

static void
on_keys(void *owner, const struct keys_answer *answer)
{
    struct ledger_stream *stream = owner;
    if (answer->end != LEDGER_DONE) {
        ledger_stream_refuse(stream, &answer->why); /* it hears all when it dials again */
        return;
    }
    send_keys(stream, &answer->keys);
    arena_free(stream->keys);
    stream->keys = NULL;
    if (stream->has_new_keys)
        ledger_stream_tell_keys(stream);
}

static void
send_keys(struct ledger_stream *stream, const struct kept_keys *kept)
{
    struct ledger_frame frame = {.type = LEDGER_KEYS};
    struct ledger_key_list *keys = &frame.keys.keys;
    int64_t now_ms = clock_unix_ms();
    keys->items = arena_alloc_array(stream->keys, kept->count, sizeof(*keys->items));
    for (; keys->count < kept->count; keys->count++)
        keys->items[keys->count] = key_for_gateways(&kept->items[keys->count], now_ms);
    ledger_stream_send(stream, &frame);
}
