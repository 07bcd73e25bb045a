/* See the header. */
#include "api/server/ledger/usage_row_purposes.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "lib/document/json_scan.h"

static bool
take_tools(struct arena *arena, const struct json_field *tools, struct usage_row *row, struct error *err);
static bool
take_tags(struct arena *arena, const struct json_field *tags, struct usage_row *row, struct error *err);
static void add(struct usage_row *row, struct text purpose, struct text value);
static bool has(const struct usage_row *row, struct text purpose, struct text value);

struct text
usage_row_text(struct arena *arena, struct text raw, size_t most_bytes)
{
    struct text rest = utf8_at_most(json_scan_string(arena, raw), most_bytes);
    if (text_find_byte(rest, '\0') < 0)
        return rest;
    struct buffer out;
    buffer_init(&out, arena, 3 * rest.length);
    for (bool is_first = true; rest.bytes; is_first = false) {
        if (!is_first)
            buffer_add_string(&out, "\xEF\xBF\xBD");
        buffer_add_text(&out, text_cut(&rest, '\0'));
    }
    return utf8_at_most(buffer_text(&out), most_bytes);
}

bool
usage_row_read_purposes(struct arena *arena, const struct usage_row_said *said, struct usage_row *row,
                        struct error *err)
{
    const struct json_field *tools = said->tools, *tags = said->tags;
    if (tools->kind == JSON_ABSENT && tags->kind == JSON_ABSENT && text_is_empty(row->run))
        return true;
    row->purposes.items =
        arena_alloc_array(arena, 1 + USAGE_MAX_TOOLS + USAGE_MAX_TAGS, sizeof(*row->purposes.items));
    add(row, TEXT("run"), row->run);
    return take_tools(arena, tools, row, err) && take_tags(arena, tags, row, err);
}

static bool
take_tools(struct arena *arena, const struct json_field *tools, struct usage_row *row, struct error *err)
{
    struct text tool;
    enum json_kind kind;
    size_t count = 0;
    if (tools->kind == JSON_ABSENT)
        return true;
    bool is_list = tools->kind == JSON_ARRAY;
    for (size_t at = 0; is_list && json_scan_next(tools->raw, &at, &tool, &kind);) {
        is_list = kind == JSON_STRING && ++count <= USAGE_MAX_TOOLS;
        if (is_list)
            add(row, TEXT("tool"), usage_row_text(arena, tool, USAGE_PURPOSE_MAX_BYTES));
    }
    return is_list ||
           error_set(err, ERROR_INVALID, "tools is not a list of at most %d texts", USAGE_MAX_TOOLS);
}

static bool
take_tags(struct arena *arena, const struct json_field *tags, struct usage_row *row, struct error *err)
{
    struct text key, value;
    size_t at = 0, count = 0;
    if (tags->kind == JSON_ABSENT)
        return true;
    if (tags->kind != JSON_OBJECT)
        return error_set(err, ERROR_INVALID, "tags is not an object");
    while (json_scan_next_member(tags->raw, &at, &key, &value)) {
        if (json_scan_kind(value) != JSON_STRING || ++count > USAGE_MAX_TAGS)
            return error_set(err, ERROR_INVALID, "tags has what is no text, or more than %d of them",
                             USAGE_MAX_TAGS);
        key = usage_row_text(arena, key, USAGE_TAG_KEY_MAX_BYTES + 1);
        if (key.length > 0 && key.length <= USAGE_TAG_KEY_MAX_BYTES)
            add(row, text_format(arena, "tag:%.*s", TEXT_ARG(key)),
                usage_row_text(arena, value, USAGE_PURPOSE_MAX_BYTES));
    }
    return true;
}

static void
add(struct usage_row *row, struct text purpose, struct text value)
{
    if (!text_is_empty(value) && !has(row, purpose, value))
        row->purposes.items[row->purposes.count++] = (struct text_pair){purpose, value};
}

/* Of a run or a tag there is one value, of tools there may be several. */
static bool
has(const struct usage_row *row, struct text purpose, struct text value)
{
    bool is_tool = text_equals(purpose, TEXT("tool"));
    for (size_t i = 0; i < row->purposes.count; i++) {
        const struct text_pair *one = &row->purposes.items[i];
        if (text_equals(one->key, purpose) && (!is_tool || text_equals(one->value, value)))
            return true;
    }
    return false;
}
