/* Reading: one scan that validates the whole body and finds our fields. See openai_request_edit.c for
 * writing. */
#include "gateway/dialects/openai_request.h"

#include "lib/base/error.h"
#include "lib/document/json_scan.h"

enum wanted {
    WANTED_MODEL,
    WANTED_PROMPT, /* messages, prompt or input */
    WANTED_STREAM,
    WANTED_STREAM_OPTIONS,
    WANTED_INCLUDE_USAGE,
    WANTED_MAX_TOKENS,
    WANTED_MAX_COMPLETION_TOKENS,
    WANTED_N,
    WANTED_BEST_OF, /* completions: as many are made, and billed, to choose n from */
    WANTED_TOOLS,
    WANTED_AUDIO,             /* without it nothing is spoken */
    WANTED_SAFETY_IDENTIFIER, /* the end user, by a name that OpenAI wants hashed */
    WANTED_USER,              /* the same by its old field */
    WANTED_COUNT,
};

enum { MAX_MODEL_BYTES = 512, MAX_ANSWERS = 1024 };

static const char *const prompt_keys[] = {
    [MODEL_ENDPOINT_CHAT] = "messages",
    [MODEL_ENDPOINT_COMPLETIONS] = "prompt",
    [MODEL_ENDPOINT_EMBEDDINGS] = "input",
};

static struct body_span
span_of(struct text body, const struct json_field *field)
{
    if (field->kind == JSON_ABSENT)
        return (struct body_span){0};
    size_t from = (size_t)(field->raw.bytes - body.bytes);
    return (struct body_span){from, from + field->raw.length};
}

static bool
read_flag(const struct json_field *field, bool *out_flag, struct error *err)
{
    *out_flag = field->kind == JSON_TRUE;
    if (field->kind == JSON_TRUE || field->kind == JSON_FALSE || field->kind == JSON_NULL ||
        field->kind == JSON_ABSENT)
        return true;
    return error_set(err, ERROR_INVALID, "%s is not true or false", field->path);
}

/* A whole number from 1 (0 for maxima, which some clients send) or absent. */
static bool
read_count(const struct json_field *field, int64_t lowest, int64_t absent, int64_t *out_count,
           struct error *err)
{
    *out_count = absent;
    if (field->kind == JSON_ABSENT || field->kind == JSON_NULL)
        return true;
    if (field->kind == JSON_NUMBER && json_scan_int(field->raw, out_count) && *out_count >= lowest)
        return true;
    return error_set(err, ERROR_INVALID, "%s is not a whole number from %lld", field->path,
                     (long long)lowest);
}

static bool
read_model(struct arena *arena, const struct json_field *field, struct text *out_model, struct error *err)
{
    if (field->kind == JSON_ABSENT)
        return error_set(err, ERROR_INVALID, "model is missing: name the model to call");
    *out_model = json_scan_string(arena, field->raw);
    if (field->kind != JSON_STRING || text_is_empty(*out_model))
        return error_set(err, ERROR_INVALID, "model is not the name of a model");
    if (out_model->length > MAX_MODEL_BYTES)
        return error_set(err, ERROR_INVALID, "model is longer than %d bytes", MAX_MODEL_BYTES);
    return true;
}

static bool
read_maximum(const struct json_field fields[WANTED_COUNT], struct model_request *request, struct error *err)
{
    int64_t old_style, new_style, best_of = 1;
    bool has_best_of = request->endpoint == MODEL_ENDPOINT_COMPLETIONS;
    if (!read_count(&fields[WANTED_MAX_TOKENS], 0, MODEL_REQUEST_NO_MAXIMUM, &old_style, err) ||
        !read_count(&fields[WANTED_MAX_COMPLETION_TOKENS], 0, MODEL_REQUEST_NO_MAXIMUM, &new_style, err) ||
        !read_count(&fields[WANTED_N], 1, 1, &request->answer_count, err) ||
        (has_best_of && !read_count(&fields[WANTED_BEST_OF], 1, 1, &best_of, err)))
        return false;
    if (request->answer_count > MAX_ANSWERS || best_of > MAX_ANSWERS)
        return error_set(err, ERROR_INVALID, "%s is above %d", best_of > MAX_ANSWERS ? "best_of" : "n",
                         MAX_ANSWERS);
    if (best_of > request->answer_count)
        request->answer_count = best_of;
    /* With both given nobody knows which one a provider obeys: the larger one is what it may cost. */
    request->max_output_tokens = new_style > old_style ? new_style : old_style;
    return true;
}

/* Messages, texts or lists of tokens; a list of plain numbers is one prompt. */
static size_t
count_prompts(struct text list)
{
    struct text item;
    enum json_kind kind;
    size_t count = 0;
    for (size_t at = 0; json_scan_next(list, &at, &item, &kind);) {
        if (kind == JSON_NUMBER)
            return 1;
        count++;
    }
    return count;
}

static bool
read_prompt(const struct json_field fields[WANTED_COUNT], struct model_request *request, struct error *err)
{
    const struct json_field *prompt = &fields[WANTED_PROMPT];
    if (prompt->kind == JSON_ABSENT || prompt->kind == JSON_NULL)
        return error_set(err, ERROR_INVALID, "%s is missing", prompt->path);
    bool is_chat = request->endpoint == MODEL_ENDPOINT_CHAT;
    if (prompt->kind != JSON_ARRAY && (is_chat || prompt->kind != JSON_STRING))
        return error_set(err, ERROR_INVALID,
                         is_chat ? "messages is not a list" : "%s is not a text or a list", prompt->path);

    request->prompt = prompt->raw;
    request->prompt_bytes = prompt->raw.length + fields[WANTED_TOOLS].raw.length;
    request->message_count = prompt->kind == JSON_ARRAY ? count_prompts(prompt->raw) : 1;
    if (is_chat && request->message_count == 0)
        return error_set(err, ERROR_INVALID, "messages is empty");
    if (request->endpoint == MODEL_ENDPOINT_COMPLETIONS && request->message_count > 1)
        request->answer_count *= (int64_t)request->message_count;
    return true;
}

bool
openai_request_read(struct arena *arena, enum model_endpoint endpoint, struct text body,
                    struct model_request *out_request, struct error *err)
{
    struct json_field fields[WANTED_COUNT] = {
        [WANTED_MODEL] = {.path = "model"},
        [WANTED_PROMPT] = {.path = prompt_keys[endpoint]},
        [WANTED_STREAM] = {.path = "stream"},
        [WANTED_STREAM_OPTIONS] = {.path = "stream_options"},
        [WANTED_INCLUDE_USAGE] = {.path = "stream_options.include_usage"},
        [WANTED_MAX_TOKENS] = {.path = "max_tokens"},
        [WANTED_MAX_COMPLETION_TOKENS] = {.path = "max_completion_tokens"},
        [WANTED_N] = {.path = "n"},
        [WANTED_BEST_OF] = {.path = "best_of"},
        [WANTED_TOOLS] = {.path = "tools"},
        [WANTED_AUDIO] = {.path = "audio"},
        [WANTED_SAFETY_IDENTIFIER] = {.path = "safety_identifier"},
        [WANTED_USER] = {.path = "user"},
    };
    struct model_request request = {.endpoint = endpoint, .body = body};
    if (!json_scan(body, fields, WANTED_COUNT, err))
        return error_context(err, "the body is not a JSON object");
    if (!read_model(arena, &fields[WANTED_MODEL], &request.model, err) ||
        !read_flag(&fields[WANTED_STREAM], &request.stream, err) ||
        !read_flag(&fields[WANTED_INCLUDE_USAGE], &request.wants_usage, err) ||
        !read_maximum(fields, &request, err) || !read_prompt(fields, &request, err))
        return false;
    const struct json_field *options = &fields[WANTED_STREAM_OPTIONS];
    if (options->kind != JSON_ABSENT && options->kind != JSON_NULL && options->kind != JSON_OBJECT)
        return error_set(err, ERROR_INVALID, "stream_options is not an object");

    if (endpoint == MODEL_ENDPOINT_EMBEDDINGS)
        request.stream = false; /* there are no streams of vectors; the provider says so itself */

    request.user = json_scan_string(arena, fields[WANTED_SAFETY_IDENTIFIER].raw);
    if (text_is_empty(request.user))
        request.user = json_scan_string(arena, fields[WANTED_USER].raw);
    request.wants_audio = fields[WANTED_AUDIO].kind != JSON_ABSENT && fields[WANTED_AUDIO].kind != JSON_NULL;
    request.offers_tools = fields[WANTED_TOOLS].kind == JSON_ARRAY;
    request.model_at = span_of(body, &fields[WANTED_MODEL]);
    request.max_tokens_at = span_of(body, &fields[WANTED_MAX_TOKENS]);
    request.max_completion_tokens_at = span_of(body, &fields[WANTED_MAX_COMPLETION_TOKENS]);
    request.stream_options_at = span_of(body, options);
    request.include_usage_at = span_of(body, &fields[WANTED_INCLUDE_USAGE]);
    *out_request = request;
    return true;
}
