/* Reading one usage object: missing details are zero, odd ones are not believed. */
#include "gateway/dialects/openai_usage.h"

#include "lib/document/json_scan.h"

enum wanted {
    WANTED_PROMPT,
    WANTED_COMPLETION,
    WANTED_CACHED,
    WANTED_CACHE_WRITE,
    WANTED_AUDIO_IN,
    WANTED_REASONING,
    WANTED_AUDIO_OUT,
    WANTED_COUNT
};

/* 0 for what is not there; false for what is there and is no count. */
static bool
read_count(const struct json_field *field, int64_t *out_count)
{
    *out_count = 0;
    if (field->kind == JSON_ABSENT || field->kind == JSON_NULL)
        return true;
    return field->kind == JSON_NUMBER && json_scan_int(field->raw, out_count) && *out_count >= 0 &&
           *out_count <= USAGE_COUNT_MAX;
}

/* A part out of what is left of its whole. */
static int64_t
take_out(int64_t part, int64_t *whole)
{
    int64_t taken = part < *whole ? part : *whole;
    *whole -= taken;
    return taken;
}

bool
openai_usage_read(struct text raw, struct call_usage *out_usage)
{
    struct json_field fields[WANTED_COUNT] = {
        [WANTED_PROMPT] = {.path = "prompt_tokens"},
        [WANTED_COMPLETION] = {.path = "completion_tokens"},
        [WANTED_CACHED] = {.path = "prompt_tokens_details.cached_tokens"},
        [WANTED_CACHE_WRITE] = {.path = "prompt_tokens_details.cache_write_tokens"},
        [WANTED_AUDIO_IN] = {.path = "prompt_tokens_details.audio_tokens"},
        [WANTED_REASONING] = {.path = "completion_tokens_details.reasoning_tokens"},
        [WANTED_AUDIO_OUT] = {.path = "completion_tokens_details.audio_tokens"},
    };
    int64_t counts[WANTED_COUNT];
    if (!json_scan(raw, fields, WANTED_COUNT, NULL) || fields[WANTED_PROMPT].kind == JSON_ABSENT)
        return false;
    for (size_t i = 0; i < WANTED_COUNT; i++)
        if (!read_count(&fields[i], &counts[i]))
            return false;

    *out_usage = (struct call_usage){
        .source = USAGE_PROVIDER,
        .vector = {.input_tokens = counts[WANTED_PROMPT],
                   .output_tokens = counts[WANTED_COMPLETION],
                   .requests = 1},
    };
    struct usage_vector *vector = &out_usage->vector;
    vector->cache_read_tokens = take_out(counts[WANTED_CACHED], &vector->input_tokens);
    vector->cache_write_tokens = take_out(counts[WANTED_CACHE_WRITE], &vector->input_tokens);
    vector->audio_input_tokens = take_out(counts[WANTED_AUDIO_IN], &vector->input_tokens);
    vector->reasoning_tokens = take_out(counts[WANTED_REASONING], &vector->output_tokens);
    vector->audio_output_tokens = take_out(counts[WANTED_AUDIO_OUT], &vector->output_tokens);
    return true;
}
