/* The events of a streamed answer: for each answer its role, its tokens one by one, its finish_reason; then
 * usage when asked for; then [DONE]. Nothing is kept but where we stand, so a long answer needs no more
 * memory than a short one. */
#include "gateway/providers/echo_reply.h"

#include "gateway/providers/echo_json.h"
#include "gateway/providers/echo_tokens.h"
#include "lib/base/buffer.h"

enum step { STEP_OPEN, STEP_TOKENS, STEP_FINISH, STEP_USAGE, STEP_DONE, STEP_OVER };

static void next_choice_event(struct echo_stream *stream, struct buffer *out);
static void open_event(const struct echo_stream *stream, struct buffer *out);
static void close_event(const struct echo_stream *stream, struct buffer *out);
static void add_first_delta(const struct echo_stream *stream, struct buffer *out);
static void add_token(const struct echo_stream *stream, struct buffer *out, struct text token);

bool
echo_stream_next(struct echo_stream *stream, struct buffer *out)
{
    if (stream->step <= STEP_FINISH && stream->answer < stream->prompt.answer_count) {
        next_choice_event(stream, out);
        return true;
    }
    if (stream->step < STEP_USAGE)
        stream->step = STEP_USAGE;
    if (stream->step == STEP_USAGE) {
        stream->step = STEP_DONE;
        if (stream->ask.include_usage) {
            open_event(stream, out);
            buffer_add_string(out, "[],\"usage\":");
            echo_json_usage(out, &stream->prompt);
            buffer_add_string(out, "}\n\n");
            return true;
        }
    }
    if (stream->step == STEP_OVER)
        return false;
    buffer_add_string(out, "data: [DONE]\n\n");
    stream->step = STEP_OVER;
    return true;
}

/* A completion has no opening event: its first is a token, or its end. */
static void
next_choice_event(struct echo_stream *stream, struct buffer *out)
{
    const struct echo_answer *answer = &stream->prompt.answers[stream->answer];
    bool is_chat = stream->ask.endpoint == ECHO_CHAT;
    open_event(stream, out);
    echo_json_key_int(out, "[{\"index\":", (int64_t)stream->answer);
    if (stream->step == STEP_OPEN) {
        stream->rest = answer->words;
        stream->step = STEP_TOKENS;
        if (is_chat) {
            add_first_delta(stream, out);
            close_event(stream, out);
            return;
        }
    }
    if (stream->rest.length > 0) {
        add_token(stream, out, echo_tokens_next(&stream->rest));
        close_event(stream, out);
        return;
    }
    buffer_add_string(out, is_chat ? ",\"delta\":{},\"logprobs\":null,\"finish_reason\":"
                                   : ",\"text\":\"\",\"logprobs\":null,\"finish_reason\":");
    echo_json_finish_reason(out, answer);
    close_event(stream, out);
    stream->answer++;
    stream->step = STEP_OPEN;
}

static void
open_event(const struct echo_stream *stream, struct buffer *out)
{
    buffer_add_string(out, "data: ");
    echo_json_open(out, &stream->ask,
                   stream->ask.endpoint == ECHO_CHAT ? "chat.completion.chunk" : "text_completion");
}

/* With usage asked for, every event but the one that has it says null. */
static void
close_event(const struct echo_stream *stream, struct buffer *out)
{
    buffer_add_string(out, stream->ask.include_usage ? "}],\"usage\":null}\n\n" : "}]}\n\n");
}

static void
add_first_delta(const struct echo_stream *stream, struct buffer *out)
{
    const struct echo_answer *answer = &stream->prompt.answers[stream->answer];
    buffer_add_string(out, ",\"delta\":{\"role\":\"assistant\",\"content\":");
    if (text_is_empty(answer->tool)) {
        buffer_add_string(out, "\"\",\"refusal\":null");
    } else {
        buffer_add_string(out, "null,\"tool_calls\":[{\"index\":0,\"id\":");
        echo_json_tool_call_id(out, &stream->ask, stream->answer);
        buffer_add_string(out, ",\"type\":\"function\",\"function\":{\"name\":");
        buffer_add_json_string(out, answer->tool);
        buffer_add_string(out, ",\"arguments\":\"\"}}]");
    }
    buffer_add_string(out, "},\"logprobs\":null,\"finish_reason\":null");
}

static void
add_token(const struct echo_stream *stream, struct buffer *out, struct text token)
{
    const struct echo_answer *answer = &stream->prompt.answers[stream->answer];
    bool is_chat = stream->ask.endpoint == ECHO_CHAT;
    bool is_tool = !text_is_empty(answer->tool);
    if (is_tool)
        buffer_add_string(out, ",\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":");
    else
        buffer_add_string(out, is_chat ? ",\"delta\":{\"content\":" : ",\"text\":");
    buffer_add_json_string(out, token);
    if (is_tool)
        buffer_add_string(out, "}}]}");
    else if (is_chat)
        buffer_add_byte(out, '}');
    buffer_add_string(out, ",\"logprobs\":null,\"finish_reason\":null");
}
