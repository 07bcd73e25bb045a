/* Chats and prompts; embeddings are read in echo_inputs.c. */
#include "gateway/providers/echo_prompt.h"

#include "gateway/providers/echo_inputs.h"
#include "gateway/providers/echo_sample.h"
#include "gateway/providers/echo_tokens.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/document/json_scan.h"

#define TOKENS_PER_MESSAGE 3
#define TOKENS_PER_REQUEST 3

enum { MESSAGES, TOOLS, TOOL_CHOICE, CHOSEN_NAME, FORMAT_TYPE, FORMAT_SCHEMA, ANSWERS, PROMPT, CHAT_FIELDS };

static void read_chat(struct arena *arena, const struct echo_ask *ask, struct echo_prompt *prompt);
static void read_completions(struct arena *arena, const struct echo_ask *ask, struct echo_prompt *prompt);
static bool scan(const struct echo_ask *ask, struct json_field *fields, struct echo_prompt *prompt);
static struct text read_messages(struct arena *arena, struct text messages, int64_t *out_tokens);
static struct text read_content(struct arena *arena, const struct json_field *content);
static struct echo_answer
answer_chat(struct arena *arena, const struct json_field *fields, struct text words, int64_t most);
static struct text
find_tool_schema(struct arena *arena, struct text tools, struct text wanted, struct text *out_name);
static struct echo_answer cut(struct text words, struct text tool, int64_t most);
static void
repeat(struct arena *arena, struct echo_prompt *prompt, const struct echo_answer *answer, int64_t times);
static int64_t most_tokens(const struct echo_ask *ask);
static void refuse(struct echo_prompt *prompt, const char *param, const char *problem);

struct echo_prompt
echo_prompt_read(struct arena *arena, const struct echo_ask *ask)
{
    struct echo_prompt prompt = {0};
    if (ask->endpoint == ECHO_EMBEDDINGS)
        echo_inputs_read(arena, ask, &prompt);
    else if (ask->endpoint == ECHO_COMPLETIONS)
        read_completions(arena, ask, &prompt);
    else
        read_chat(arena, ask, &prompt);

    for (size_t i = 0; i < prompt.answer_count; i++)
        prompt.output_tokens += prompt.answers[i].tokens;
    return prompt;
}

static void
read_chat(struct arena *arena, const struct echo_ask *ask, struct echo_prompt *prompt)
{
    struct json_field fields[CHAT_FIELDS];
    if (!scan(ask, fields, prompt))
        return;
    if (fields[MESSAGES].kind != JSON_ARRAY) {
        refuse(prompt, "messages", "messages must be a list of messages.");
        return;
    }
    int64_t times = 1;
    if (fields[ANSWERS].kind == JSON_NUMBER && !json_scan_int(fields[ANSWERS].raw, &times))
        times = 0;
    if (times < 1 || times > ECHO_MAX_ANSWERS) {
        refuse(prompt, "n", "n must be between 1 and 128.");
        return;
    }
    struct text words = read_messages(arena, fields[MESSAGES].raw, &prompt->input_tokens);
    if (fields[TOOLS].kind == JSON_ARRAY)
        prompt->input_tokens += echo_tokens_count(fields[TOOLS].raw);

    struct echo_answer answer = answer_chat(arena, fields, words, most_tokens(ask));
    repeat(arena, prompt, &answer, times);
}

static void
read_completions(struct arena *arena, const struct echo_ask *ask, struct echo_prompt *prompt)
{
    struct json_field fields[CHAT_FIELDS];
    if (!scan(ask, fields, prompt))
        return;
    int64_t times = 1;
    if (fields[ANSWERS].kind == JSON_NUMBER && !json_scan_int(fields[ANSWERS].raw, &times))
        times = 0;
    if (!echo_inputs_list(arena, fields[PROMPT].raw, prompt)) {
        refuse(prompt, "prompt", "prompt must be a text, a list of texts, or token ids.");
        return;
    }
    if (times < 1 || times * (int64_t)prompt->input_count > ECHO_MAX_ANSWERS) {
        refuse(prompt, "n", "n times the number of prompts must be between 1 and 128.");
        return;
    }
    prompt->answers = arena_alloc_array(arena, ECHO_MAX_ANSWERS, sizeof(*prompt->answers));
    for (size_t i = 0; i < prompt->input_count; i++) {
        struct echo_answer answer = cut(prompt->inputs[i], TEXT(""), most_tokens(ask));
        repeat(arena, prompt, &answer, times);
    }
}

static bool
scan(const struct echo_ask *ask, struct json_field *fields, struct echo_prompt *prompt)
{
    static const char *const paths[CHAT_FIELDS] = {
        [MESSAGES] = "messages",
        [TOOLS] = "tools",
        [TOOL_CHOICE] = "tool_choice",
        [CHOSEN_NAME] = "tool_choice.function",
        [FORMAT_TYPE] = "response_format.type",
        [FORMAT_SCHEMA] = "response_format.json_schema",
        [ANSWERS] = "n",
        [PROMPT] = "prompt",
    };
    for (int i = 0; i < CHAT_FIELDS; i++)
        fields[i] = (struct json_field){.path = paths[i]};
    struct error err;
    if (json_scan(ask->body, fields, CHAT_FIELDS, &err))
        return true;
    refuse(prompt, NULL, "The body is not one JSON object.");
    return false;
}

/* Counts every message and returns what the last one of a user or a tool says. */
static struct text
read_messages(struct arena *arena, struct text messages, int64_t *out_tokens)
{
    struct text words = {0}, item;
    enum json_kind kind;
    *out_tokens = TOKENS_PER_REQUEST;
    for (size_t at = 0; json_scan_next(messages, &at, &item, &kind);) {
        struct json_field fields[] = {{.path = "role"}, {.path = "content"}, {.path = "tool_calls"}};
        struct error err;
        if (kind != JSON_OBJECT || !json_scan(item, fields, COUNT_OF(fields), &err))
            continue;
        struct text content = read_content(arena, &fields[1]);
        struct text role = json_scan_string(arena, fields[0].raw);
        *out_tokens += TOKENS_PER_MESSAGE + echo_tokens_count(content);
        if (fields[2].kind == JSON_ARRAY)
            *out_tokens += echo_tokens_count(fields[2].raw);
        if (text_equals(role, TEXT("user")) || text_equals(role, TEXT("tool")))
            words = content;
    }
    return words;
}

/* A text, or the texts of a list of parts, a line each. */
static struct text
read_content(struct arena *arena, const struct json_field *content)
{
    if (content->kind != JSON_ARRAY)
        return json_scan_string(arena, content->raw);

    struct buffer all;
    buffer_init(&all, arena, content->raw.length);
    struct text item;
    enum json_kind kind;
    for (size_t at = 0; json_scan_next(content->raw, &at, &item, &kind);) {
        struct json_field part = {.path = "text"};
        struct error err;
        if (kind != JSON_OBJECT || !json_scan(item, &part, 1, &err) || part.kind != JSON_STRING)
            continue;
        if (all.length > 0)
            buffer_add_byte(&all, '\n');
        buffer_add_text(&all, json_scan_string(arena, part.raw));
    }
    return buffer_text(&all);
}

static struct echo_answer
answer_chat(struct arena *arena, const struct json_field *fields, struct text words, int64_t most)
{
    bool is_required = fields[TOOL_CHOICE].kind == JSON_STRING &&
                       text_equals(json_scan_string(arena, fields[TOOL_CHOICE].raw), TEXT("required"));
    struct json_field name = {.path = "name"}, schema = {.path = "schema"};
    struct error err;
    bool is_chosen =
        fields[CHOSEN_NAME].kind == JSON_OBJECT && json_scan(fields[CHOSEN_NAME].raw, &name, 1, &err);
    if ((is_required || is_chosen) && fields[TOOLS].kind == JSON_ARRAY) {
        struct text tool = {0};
        struct text parameters =
            find_tool_schema(arena, fields[TOOLS].raw, json_scan_string(arena, name.raw), &tool);
        if (!text_is_empty(tool))
            return cut(echo_sample_json(arena, parameters, words), tool, most);
    }
    struct text format = json_scan_string(arena, fields[FORMAT_TYPE].raw);
    if (text_equals(format, TEXT("json_object")))
        return cut(TEXT("{}"), TEXT(""), most);
    if (text_equals(format, TEXT("json_schema")) && fields[FORMAT_SCHEMA].kind == JSON_OBJECT &&
        json_scan(fields[FORMAT_SCHEMA].raw, &schema, 1, &err))
        return cut(echo_sample_json(arena, schema.raw, words), TEXT(""), most);
    return cut(words, TEXT(""), most);
}

/* The tool of that name, or the first when none is named. */
static struct text
find_tool_schema(struct arena *arena, struct text tools, struct text wanted, struct text *out_name)
{
    struct text item;
    enum json_kind kind;
    for (size_t at = 0; json_scan_next(tools, &at, &item, &kind);) {
        struct json_field fields[] = {{.path = "function.name"}, {.path = "function.parameters"}};
        struct error err;
        if (kind != JSON_OBJECT || !json_scan(item, fields, COUNT_OF(fields), &err))
            continue;
        struct text name = json_scan_string(arena, fields[0].raw);
        if (!text_is_empty(name) && (text_is_empty(wanted) || text_equals(name, wanted))) {
            *out_name = name;
            return fields[1].raw;
        }
    }
    return (struct text){0};
}

/* A tool's name is part of the answer: it counts first. */
static struct echo_answer
cut(struct text words, struct text tool, int64_t most)
{
    struct echo_answer answer = {.tool = tool};
    int64_t name_tokens = echo_tokens_count(tool);
    answer.words = echo_tokens_cut(words, most > name_tokens ? most - name_tokens : 0, &answer.tokens);
    answer.is_cut = answer.words.length < words.length;
    answer.tokens += name_tokens;
    return answer;
}

static void
repeat(struct arena *arena, struct echo_prompt *prompt, const struct echo_answer *answer, int64_t times)
{
    if (!prompt->answers)
        prompt->answers = arena_alloc_array(arena, (size_t)times, sizeof(*prompt->answers));
    for (int64_t i = 0; i < times; i++)
        prompt->answers[prompt->answer_count++] = *answer;
}

static int64_t
most_tokens(const struct echo_ask *ask)
{
    bool is_limited = ask->max_output_tokens >= 0 && ask->max_output_tokens < ECHO_MAX_OUTPUT_TOKENS;
    return is_limited ? ask->max_output_tokens : ECHO_MAX_OUTPUT_TOKENS;
}

static void
refuse(struct echo_prompt *prompt, const char *param, const char *problem)
{
    prompt->param = param;
    prompt->problem = problem;
}
