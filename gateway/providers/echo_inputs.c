/* See the header. */
#include "gateway/providers/echo_inputs.h"

#include "gateway/providers/echo_tokens.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/json_scan.h"

static bool add_text(struct arena *arena, struct text raw, struct echo_prompt *prompt);
static bool add_ids(struct text raw, struct echo_prompt *prompt);
static bool read_shape(struct arena *arena, const struct json_field *fields, struct echo_prompt *prompt);

bool
echo_inputs_list(struct arena *arena, struct text raw, struct echo_prompt *prompt)
{
    prompt->inputs = arena_alloc_array(arena, ECHO_MAX_INPUTS, sizeof(*prompt->inputs));
    if (raw.length == 0)
        return false;
    if (json_scan_kind(raw) == JSON_STRING)
        return add_text(arena, raw, prompt);
    if (json_scan_kind(raw) != JSON_ARRAY)
        return false;

    struct text item;
    enum json_kind kind;
    for (size_t at = 0; json_scan_next(raw, &at, &item, &kind);) {
        if (prompt->input_count == ECHO_MAX_INPUTS)
            return false;
        if (kind == JSON_NUMBER)
            return add_ids(raw, prompt);
        if (kind == JSON_STRING ? !add_text(arena, item, prompt)
                                : !(kind == JSON_ARRAY && add_ids(item, prompt)))
            return false;
    }
    return prompt->input_count > 0;
}

void
echo_inputs_read(struct arena *arena, const struct echo_ask *ask, struct echo_prompt *prompt)
{
    struct json_field fields[] = {{.path = "input"}, {.path = "dimensions"}, {.path = "encoding_format"}};
    struct error err;
    if (!json_scan(ask->body, fields, COUNT_OF(fields), &err)) {
        prompt->problem = "The body is not one JSON object.";
        return;
    }
    if (!echo_inputs_list(arena, fields[0].raw, prompt)) {
        prompt->param = "input";
        prompt->problem = "input must be a text, a list of 1 to 2048 texts, or token ids.";
        return;
    }
    if (!read_shape(arena, fields, prompt)) {
        prompt->param = "dimensions";
        prompt->problem =
            "dimensions must be between 1 and 3072, and at most 1,048,576 numbers in one reply.";
    }
}

static bool
read_shape(struct arena *arena, const struct json_field *fields, struct echo_prompt *prompt)
{
    prompt->as_base64 = text_equals(json_scan_string(arena, fields[2].raw), TEXT("base64"));
    prompt->dimensions = ECHO_DIMENSIONS;
    if (fields[1].kind == JSON_NUMBER && !json_scan_int(fields[1].raw, &prompt->dimensions))
        return false;
    return prompt->dimensions >= 1 && prompt->dimensions <= ECHO_MAX_DIMENSIONS &&
           prompt->dimensions * (int64_t)prompt->input_count <= ECHO_MAX_NUMBERS;
}

static bool
add_text(struct arena *arena, struct text raw, struct echo_prompt *prompt)
{
    struct text text = json_scan_string(arena, raw);
    prompt->inputs[prompt->input_count++] = text;
    prompt->input_tokens += echo_tokens_count(text);
    return true;
}

static bool
add_ids(struct text raw, struct echo_prompt *prompt)
{
    struct text item;
    enum json_kind kind;
    for (size_t at = 0; json_scan_next(raw, &at, &item, &kind);) {
        if (kind != JSON_NUMBER)
            return false;
        prompt->input_tokens++;
    }
    prompt->inputs[prompt->input_count++] = text_slice(raw, 1, raw.length - 1); /* without its brackets */
    return true;
}
