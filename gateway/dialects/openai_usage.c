/* Reading one usage object: missing details are zero, odd ones are not believed. */
#include "gateway/dialects/openai_usage.h"

#include "lib/document/json_scan.h"

enum wanted {
    WANTED_PROMPT,
    WANTED_COMPLETION,
    WANTED_CACHED,
    WANTED_CACHE_WRITE,
    WANTED_REASONING,
    WANTED_COUNT
};

/* 0 for what is not there; false for what is there and is no count. */
static bool
read_count(const struct json_field *field, int64_t *out_count)
{
    *out_count = 0;
    if (field->kind == JSON_ABSENT || field->kind == JSON_NULL)
        return true;
    return field->kind == JSON_NUMBER && json_scan_int(field->raw, out_count) && *out_count >= 0;
}

static int64_t
part_of(int64_t part, int64_t whole)
{
    return part < whole ? part : whole;
}

bool
openai_usage_read(struct text raw, struct call_usage *out_usage)
{
    struct json_field fields[WANTED_COUNT] = {
        [WANTED_PROMPT] = {.path = "prompt_tokens"},
        [WANTED_COMPLETION] = {.path = "completion_tokens"},
        [WANTED_CACHED] = {.path = "prompt_tokens_details.cached_tokens"},
        [WANTED_CACHE_WRITE] = {.path = "prompt_tokens_details.cache_write_tokens"},
        [WANTED_REASONING] = {.path = "completion_tokens_details.reasoning_tokens"},
    };
    int64_t counts[WANTED_COUNT];
    if (!json_scan(raw, fields, WANTED_COUNT, NULL) || fields[WANTED_PROMPT].kind == JSON_ABSENT)
        return false;
    for (size_t i = 0; i < WANTED_COUNT; i++)
        if (!read_count(&fields[i], &counts[i]))
            return false;

    int64_t cached = part_of(counts[WANTED_CACHED], counts[WANTED_PROMPT]);
    int64_t written = part_of(counts[WANTED_CACHE_WRITE], counts[WANTED_PROMPT] - cached);
    int64_t reasoning = part_of(counts[WANTED_REASONING], counts[WANTED_COMPLETION]);
    *out_usage = (struct call_usage){.source = USAGE_PROVIDER,
                                     .input_tokens = counts[WANTED_PROMPT] - cached - written,
                                     .cache_read_tokens = cached,
                                     .cache_write_tokens = written,
                                     .output_tokens = counts[WANTED_COMPLETION] - reasoning,
                                     .reasoning_tokens = reasoning};
    return true;
}
