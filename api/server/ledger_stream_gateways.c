/* How many gateways an environment has, as far as their streams are here: each hears it, so that it knows
 * its part of a limit when nothing can be lent. */
#include "api/server/ledger_stream_parts.h"
#include "lib/net/loop.h"

/* Many come and go together: when a ledger starts, and when gateways are rolled out. */
enum { SOON_MS = 50 };

static bool is_there(const struct ledger_stream *stream);
static bool is_of_same(const struct ledger_stream *stream, const struct ledger_stream *other);
static void tell(struct ledger_stream *stream, const struct ledger_stream *all);

void
ledger_stream_add_gateway(struct ledger_stream *stream)
{
    for (struct ledger_stream *other = *stream->list; other; other = other->next)
        if (other != stream && text_equals(other->origin.journal, stream->origin.journal))
            other->is_followed = true;
    tell(stream, *stream->list);
    ledger_stream_gateways_changed(stream->host);
}

void
ledger_stream_gateways_changed(const struct ledger_stream_host *host)
{
    if (!loop_timer_is_running(host->tell_gateways))
        loop_timer_start(host->tell_gateways, SOON_MS);
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

static void
tell(struct ledger_stream *stream, const struct ledger_stream *all)
{
    int64_t count = 0;
    if (!stream->hears_gateways)
        return;
    for (const struct ledger_stream *other = all; other; other = other->next)
        count += is_there(other) && is_of_same(stream, other);
    if (count == stream->told_gateways)
        return;
    stream->told_gateways = count;
    const struct ledger_frame frame = {.type = LEDGER_GATEWAYS, .gateways = {.count = count}};
    ledger_stream_send(stream, &frame);
}
