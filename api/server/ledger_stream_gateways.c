/* How many gateways an environment has, whichever weir-api their streams are with: each hears it, so that it
 * knows its part of a limit when nothing can be lent. */
#include "api/server/ledger/ledger_peers.h"
#include "api/server/ledger_stream_parts.h"
#include "lib/base/arena.h"
#include "lib/net/loop.h"

/* Many come and go together: when a ledger starts, and when gateways are rolled out. */
enum { SOON_MS = 50 };

static bool is_there(const struct ledger_stream *stream);
static bool is_of_same(const struct ledger_stream *stream, const struct ledger_stream *other);
static int64_t count_elsewhere(const struct ledger_stream *stream, const struct ledger_stream *all);
static bool is_here(const struct ledger_stream *all, struct text journal);
static void tell(struct ledger_stream *stream, const struct ledger_stream *all);

void
ledger_stream_add_gateway(struct ledger_stream *stream)
{
    for (struct ledger_stream *other = *stream->list; other; other = other->next)
        if (other != stream && text_equals(other->origin.journal, stream->origin.journal)) {
            other->is_followed = true;
            call_recalls_leave(other->host->recalls, &other->recalled);
        }
    tell(stream, *stream->list);
    ledger_stream_gateways_changed(stream->host);
}

void
ledger_stream_gateways_changed(const struct ledger_stream_host *host)
{
    if (!loop_timer_is_running(host->tell_gateways))
        loop_timer_start(host->tell_gateways, SOON_MS);
}

struct peer_gateway_list
ledger_stream_list_gateways(const struct ledger_stream *streams, struct arena *arena)
{
    struct peer_gateway_list list = {0};
    size_t capacity = 0;
    for (const struct ledger_stream *stream = streams; stream; stream = stream->next) {
        if (!is_there(stream))
            continue;
        list.items = arena_grow(arena, list.items, list.count, &capacity, sizeof(*list.items));
        list.items[list.count++] =
            (struct peer_gateway){.journal = text_copy(arena, stream->origin.journal),
                                  .workspace = text_copy(arena, stream->origin.workspace),
                                  .environment = text_copy(arena, stream->origin.environment),
                                  .name = text_copy(arena, stream->hello.gateway)};
    }
    return list;
}

void
ledger_stream_tell_gateways(struct ledger_stream *streams)
{
    for (struct ledger_stream *stream = streams; stream; stream = stream->next)
        if (is_there(stream))
            tell(stream, streams);
}

static bool
is_there(const struct ledger_stream *stream)
{
    return stream->is_welcome && !stream->is_refused && !stream->is_followed;
}

static bool
is_of_same(const struct ledger_stream *stream, const struct ledger_stream *other)
{
    return text_equals(stream->origin.environment, other->origin.environment) &&
           text_equals(stream->origin.workspace, other->origin.workspace);
}

/* One that dialled here since its peer heard of it last is counted once. */
static int64_t
count_elsewhere(const struct ledger_stream *stream, const struct ledger_stream *all)
{
    const struct peer_gateway_list *elsewhere = stream->host->elsewhere;
    int64_t count = 0;
    for (size_t i = 0; elsewhere && i < elsewhere->count; i++) {
        const struct peer_gateway *gateway = &elsewhere->items[i];
        count += text_equals(gateway->environment, stream->origin.environment) &&
                 text_equals(gateway->workspace, stream->origin.workspace) && !is_here(all, gateway->journal);
    }
    return count;
}

static bool
is_here(const struct ledger_stream *all, struct text journal)
{
    for (const struct ledger_stream *stream = all; stream; stream = stream->next)
        if (is_there(stream) && text_equals(stream->origin.journal, journal))
            return true;
    return false;
}

static void
tell(struct ledger_stream *stream, const struct ledger_stream *all)
{
    int64_t count = 0;
    if (!stream->hears_gateways)
        return;
    for (const struct ledger_stream *other = all; other; other = other->next)
        count += is_there(other) && is_of_same(stream, other);
    count += count_elsewhere(stream, all);
    if (count == stream->told_gateways)
        return;
    stream->told_gateways = count;
    const struct ledger_frame frame = {.type = LEDGER_GATEWAYS, .gateways = {.count = count}};
    ledger_stream_send(stream, &frame);
}
