/* Whole bodies; events are in echo_stream.c. */
#include "gateway/providers/echo_reply.h"

#include "gateway/providers/echo_json.h"
#include "gateway/providers/echo_vector.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/net/digest.h"

static struct text problem_body(struct arena *arena, const struct echo_prompt *prompt);
static struct text
chat_body(struct arena *arena, const struct echo_ask *ask, const struct echo_prompt *prompt);
static void
add_message(struct buffer *out, const struct echo_ask *ask, const struct echo_answer *answer, size_t index);
static struct text
completions_body(struct arena *arena, const struct echo_ask *ask, const struct echo_prompt *prompt);
static struct text
embeddings_body(struct arena *arena, const struct echo_ask *ask, const struct echo_prompt *prompt);
static void
add_vector(struct arena *arena, struct buffer *out, const struct echo_prompt *prompt, const float *numbers);

struct echo_reply
echo_reply_to(struct arena *arena, const struct echo_ask *ask)
{
    struct echo_prompt prompt = echo_prompt_read(arena, ask);
    struct echo_reply reply = {.status = 200};
    if (prompt.problem) {
        reply.status = 400;
        reply.body = problem_body(arena, &prompt);
        return reply;
    }
    reply.input_tokens = prompt.input_tokens;
    reply.output_tokens = prompt.output_tokens;
    reply.is_stream = ask->stream && ask->endpoint != ECHO_EMBEDDINGS;
    if (reply.is_stream)
        reply.stream = (struct echo_stream){.ask = *ask, .prompt = prompt};
    else if (ask->endpoint == ECHO_EMBEDDINGS)
        reply.body = embeddings_body(arena, ask, &prompt);
    else if (ask->endpoint == ECHO_COMPLETIONS)
        reply.body = completions_body(arena, ask, &prompt);
    else
        reply.body = chat_body(arena, ask, &prompt);
    return reply;
}

struct text
echo_reply_error(struct arena *arena, int status)
{
    const char *type = "server_error";
    if (status == 429)
        type = "rate_limit_error";
    else if (status < 500)
        type = "invalid_request_error";
    struct buffer out;
    buffer_init(&out, arena, 256);
    echo_json_error(&out, type, NULL,
                    "This Echo provider was told to answer with an error (echo.errorStatus).");
    return buffer_text(&out);
}

static struct text
problem_body(struct arena *arena, const struct echo_prompt *prompt)
{
    struct buffer out;
    buffer_init(&out, arena, 256);
    echo_json_error(&out, "invalid_request_error", prompt->param, prompt->problem);
    return buffer_text(&out);
}

static void
end_choice(struct buffer *out, const struct echo_answer *answer)
{
    buffer_add_string(out, ",\"logprobs\":null,\"finish_reason\":");
    echo_json_finish_reason(out, answer);
    buffer_add_byte(out, '}');
}

static void
end_choices(struct buffer *out, const struct echo_prompt *prompt)
{
    buffer_add_string(out, "],\"usage\":");
    echo_json_usage(out, prompt);
    buffer_add_byte(out, '}');
}

static struct text
chat_body(struct arena *arena, const struct echo_ask *ask, const struct echo_prompt *prompt)
{
    struct buffer out;
    buffer_init(&out, arena, 1024);
    echo_json_open(&out, ask, "chat.completion");
    for (size_t i = 0; i < prompt->answer_count; i++) {
        echo_json_key_int(&out, i == 0 ? "[{\"index\":" : ",{\"index\":", (int64_t)i);
        buffer_add_string(&out, ",\"message\":");
        add_message(&out, ask, &prompt->answers[i], i);
        end_choice(&out, &prompt->answers[i]);
    }
    end_choices(&out, prompt);
    return buffer_text(&out);
}

static void
add_message(struct buffer *out, const struct echo_ask *ask, const struct echo_answer *answer, size_t index)
{
    buffer_add_string(out, "{\"role\":\"assistant\",\"content\":");
    if (text_is_empty(answer->tool)) {
        buffer_add_json_string(out, answer->words);
        buffer_add_string(out, ",\"refusal\":null}");
        return;
    }
    buffer_add_string(out, "null,\"refusal\":null,\"tool_calls\":[{\"id\":");
    echo_json_tool_call_id(out, ask, index);
    buffer_add_string(out, ",\"type\":\"function\",\"function\":{\"name\":");
    buffer_add_json_string(out, answer->tool);
    buffer_add_string(out, ",\"arguments\":");
    buffer_add_json_string(out, answer->words);
    buffer_add_string(out, "}}]}");
}

static struct text
completions_body(struct arena *arena, const struct echo_ask *ask, const struct echo_prompt *prompt)
{
    struct buffer out;
    buffer_init(&out, arena, 1024);
    echo_json_open(&out, ask, "text_completion");
    for (size_t i = 0; i < prompt->answer_count; i++) {
        echo_json_key_int(&out, i == 0 ? "[{\"index\":" : ",{\"index\":", (int64_t)i);
        buffer_add_string(&out, ",\"text\":");
        buffer_add_json_string(&out, prompt->answers[i].words);
        end_choice(&out, &prompt->answers[i]);
    }
    end_choices(&out, prompt);
    return buffer_text(&out);
}

static struct text
embeddings_body(struct arena *arena, const struct echo_ask *ask, const struct echo_prompt *prompt)
{
    struct buffer out;
    buffer_init(&out, arena, 4096);
    float *numbers = arena_alloc_array(arena, (size_t)prompt->dimensions, sizeof(*numbers));
    buffer_add_string(&out, "{\"object\":\"list\",\"data\":[");
    for (size_t i = 0; i < prompt->input_count; i++) {
        echo_json_key_int(
            &out, i == 0 ? "{\"object\":\"embedding\",\"index\":" : ",{\"object\":\"embedding\",\"index\":",
            (int64_t)i);
        buffer_add_string(&out, ",\"embedding\":");
        echo_vector(prompt->inputs[i], numbers, (size_t)prompt->dimensions);
        add_vector(arena, &out, prompt, numbers);
        buffer_add_byte(&out, '}');
    }
    buffer_add_string(&out, "],\"model\":");
    buffer_add_json_string(&out, ask->model);
    echo_json_key_int(&out, ",\"usage\":{\"prompt_tokens\":", prompt->input_tokens);
    echo_json_key_int(&out, ",\"total_tokens\":", prompt->input_tokens);
    buffer_add_string(&out, "}}");
    return buffer_text(&out);
}

/* base64 is of little-endian 32-bit floats, as OpenAI's. */
static void
add_vector(struct arena *arena, struct buffer *out, const struct echo_prompt *prompt, const float *numbers)
{
    size_t count = (size_t)prompt->dimensions;
    if (prompt->as_base64) {
        buffer_add_byte(out, '"');
        buffer_add_text(out, digest_base64(arena, numbers, count * sizeof(*numbers)));
        buffer_add_byte(out, '"');
        return;
    }
    for (size_t i = 0; i < count; i++)
        buffer_print(out, "%c%.9g", i == 0 ? '[' : ',', (double)numbers[i]);
    buffer_add_byte(out, ']');
}
