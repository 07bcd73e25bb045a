/* See the header. */
#include "tests/unit/simulator/simulator_message.h"

bool
sim_stream_put(struct sim_stream *stream, const struct sim_message *message)
{
    if (stream->count == SIM_MAX_MESSAGES)
        return false;
    stream->messages[(stream->first + stream->count++) % SIM_MAX_MESSAGES] = *message;
    return true;
}

bool
sim_stream_take(struct sim_stream *stream, struct sim_message *out_message)
{
    if (stream->count == 0)
        return false;
    *out_message = stream->messages[stream->first];
    stream->first = (stream->first + 1) % SIM_MAX_MESSAGES;
    stream->count--;
    return true;
}
