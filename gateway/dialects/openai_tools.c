/* See the header. Most answers call nothing, and one look for the word shows it. */
#include "gateway/dialects/openai_tools.h"

#include "api/types/usage_record.h"
#include "lib/base/arena.h"
#include "lib/base/utf8.h"
#include "lib/document/json_scan.h"

static void take_choice(struct openai_tools *tools, struct text choice);
static void take_calls(struct openai_tools *tools, const struct json_field *calls);
static void add(struct openai_tools *tools, struct text name);

void
openai_tools_init(struct openai_tools *tools, struct arena *arena)
{
    *tools = (struct openai_tools){.arena = arena};
}

void
openai_tools_take(struct openai_tools *tools, struct text choices)
{
    struct text choice;
    enum json_kind kind;
    if (text_find(choices, TEXT("\"tool_calls\"")) < 0)
        return;
    for (size_t at = 0; json_scan_next(choices, &at, &choice, &kind);)
        if (kind == JSON_OBJECT)
            take_choice(tools, choice);
}

void
openai_tools_take_answer(struct openai_tools *tools, struct text answer)
{
    struct json_field choices = {.path = "choices"};
    if (text_find(answer, TEXT("\"tool_calls\"")) >= 0 && json_scan(answer, &choices, 1, NULL) &&
        choices.kind == JSON_ARRAY)
        openai_tools_take(tools, choices.raw);
}

static void
take_choice(struct openai_tools *tools, struct text choice)
{
    struct json_field calls[] = {{.path = "message.tool_calls"}, {.path = "delta.tool_calls"}};
    if (!json_scan(choice, calls, COUNT_OF(calls), NULL))
        return;
    for (size_t i = 0; i < COUNT_OF(calls); i++)
        take_calls(tools, &calls[i]);
}

static void
take_calls(struct openai_tools *tools, const struct json_field *calls)
{
    struct text call;
    enum json_kind kind;
    if (calls->kind != JSON_ARRAY)
        return;
    for (size_t at = 0; json_scan_next(calls->raw, &at, &call, &kind);) {
        struct json_field name = {.path = "function.name"};
        if (kind == JSON_OBJECT && json_scan(call, &name, 1, NULL))
            add(tools, json_scan_string(tools->arena, name.raw));
    }
}

static void
add(struct openai_tools *tools, struct text name)
{
    struct text_list *names = &tools->names;
    name = utf8_at_most(name, USAGE_TOOL_MAX_BYTES);
    for (size_t i = 0; i < names->count; i++)
        if (text_equals(names->items[i], name))
            return;
    if (text_is_empty(name) || names->count == USAGE_MAX_TOOLS)
        return;
    if (!names->items)
        names->items = arena_alloc_array(tools->arena, USAGE_MAX_TOOLS, sizeof(*names->items));
    names->items[names->count++] = text_copy(tools->arena, name);
}
