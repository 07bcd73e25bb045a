/* Most chats are plain texts, and those are told by one look over the bytes: a part stands in an array inside
 * a message, or is itself what a message has as its content. */
#include "gateway/dialects/openai_parts.h"

#include "lib/document/json_scan.h"

static bool may_have_parts(struct text messages);
static void count_content(struct text message, struct openai_parts *parts);
static void count_part(struct text part, enum json_kind kind, struct openai_parts *parts);

struct openai_parts
openai_parts_count(struct text messages)
{
    struct openai_parts parts = {0};
    if (!may_have_parts(messages))
        return parts;
    struct text message;
    enum json_kind kind;
    for (size_t at = 0; json_scan_next(messages, &at, &message, &kind);)
        if (kind == JSON_OBJECT)
            count_content(message, &parts);
    return parts;
}

static bool
may_have_parts(struct text messages)
{
    struct text inside = text_slice(messages, 1, messages.length);
    if (text_find_byte(inside, '[') >= 0)
        return true;
    for (ptrdiff_t colon; (colon = text_find_byte(inside, ':')) >= 0;) {
        inside = text_trim(text_slice(inside, (size_t)colon + 1, inside.length));
        if (text_starts_with(inside, TEXT("{")))
            return true;
    }
    return false;
}

static void
count_content(struct text message, struct openai_parts *parts)
{
    struct json_field content = {.path = "content"};
    struct text part;
    enum json_kind kind;
    if (!json_scan(message, &content, 1, NULL))
        parts->other_count++;
    else if (content.kind == JSON_OBJECT)
        count_part(content.raw, content.kind, parts);
    for (size_t at = 0; content.kind == JSON_ARRAY && json_scan_next(content.raw, &at, &part, &kind);)
        count_part(part, kind, parts);
}

/* Types are compared as written: one with escapes is none that we know. */
static void
count_part(struct text part, enum json_kind kind, struct openai_parts *parts)
{
    struct json_field type = {.path = "type"};
    if (kind == JSON_STRING)
        return; /* a text, where a provider takes one */
    if (kind != JSON_OBJECT || !json_scan(part, &type, 1, NULL))
        type = (struct json_field){0};
    if (text_equals(type.raw, TEXT("\"text\"")) || text_equals(type.raw, TEXT("\"refusal\"")))
        return;
    if (text_equals(type.raw, TEXT("\"image_url\"")))
        parts->image_count++;
    else if (text_equals(type.raw, TEXT("\"input_audio\"")))
        parts->has_audio = true;
    else
        parts->other_count++;
}
