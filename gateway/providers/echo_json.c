/* See the header. */
#include "gateway/providers/echo_json.h"

#include "lib/base/buffer.h"

static void add_null_or_string(struct buffer *out, const char *value);

void
echo_json_open(struct buffer *out, const struct echo_ask *ask, const char *object)
{
    buffer_add_string(out, "{\"id\":\"");
    buffer_add_string(out, ask->endpoint == ECHO_CHAT ? "chatcmpl-" : "cmpl-");
    buffer_add_text(out, ask->reply_id);
    buffer_add_string(out, "\",\"object\":\"");
    buffer_add_string(out, object);
    echo_json_key_int(out, "\",\"created\":", ask->unix_seconds);
    buffer_add_string(out, ",\"model\":");
    buffer_add_json_string(out, ask->model);
    buffer_add_string(out, ",\"system_fingerprint\":\"fp_echo\",\"choices\":");
}

void
echo_json_finish_reason(struct buffer *out, const struct echo_answer *answer)
{
    if (answer->is_cut)
        buffer_add_string(out, "\"length\"");
    else if (!text_is_empty(answer->tool))
        buffer_add_string(out, "\"tool_calls\"");
    else
        buffer_add_string(out, "\"stop\"");
}

void
echo_json_usage(struct buffer *out, const struct echo_prompt *prompt)
{
    echo_json_key_int(out, "{\"prompt_tokens\":", prompt->input_tokens);
    echo_json_key_int(out, ",\"completion_tokens\":", prompt->output_tokens);
    echo_json_key_int(out, ",\"total_tokens\":", prompt->input_tokens + prompt->output_tokens);
    buffer_add_string(out, ",\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0}"
                           ",\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0"
                           ",\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}");
}

void
echo_json_tool_call_id(struct buffer *out, const struct echo_ask *ask, size_t answer)
{
    buffer_add_string(out, "\"call_");
    buffer_add_text(out, ask->reply_id);
    echo_json_key_int(out, "_", (int64_t)answer);
    buffer_add_byte(out, '"');
}

void
echo_json_key_int(struct buffer *out, const char *key, int64_t value)
{
    buffer_add_string(out, key);
    buffer_add_int(out, value);
}

void
echo_json_error(struct buffer *out, const char *type, const char *param, const char *message)
{
    buffer_add_string(out, "{\"error\":{\"message\":");
    add_null_or_string(out, message);
    buffer_add_string(out, ",\"type\":");
    add_null_or_string(out, type);
    buffer_add_string(out, ",\"param\":");
    add_null_or_string(out, param);
    buffer_add_string(out, ",\"code\":null}}");
}

static void
add_null_or_string(struct buffer *out, const char *value)
{
    if (value)
        buffer_add_json_string(out, text_of(value));
    else
        buffer_add_string(out, "null");
}
