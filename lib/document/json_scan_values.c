/* Looking at what json_scan found: kinds, items, members, strings, whole numbers. Trusts that it was
 * validated.
 */
#include <assert.h>

#include "lib/base/buffer.h"
#include "lib/base/parse.h"
#include "lib/document/json_lex.h"
#include "lib/document/json_scan.h"

enum json_kind
json_scan_kind(struct text raw)
{
    switch (raw.length > 0 ? raw.bytes[0] : 0) {
    case 0:
        return JSON_ABSENT;
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case '"':
        return JSON_STRING;
    case 't':
        return JSON_TRUE;
    case 'f':
        return JSON_FALSE;
    case 'n':
        return JSON_NULL;
    default:
        return JSON_NUMBER;
    }
}

static void
skip_string(struct json_lex *lex)
{
    bool is_valid = json_lex_string(lex);
    assert(is_valid);
}

/* Past a list or an object: to where as many have been closed as were opened. */
static void
skip_container(struct json_lex *lex)
{
    size_t depth = 0;
    do {
        char byte = *lex->at;
        depth += byte == '{' || byte == '[';
        depth -= byte == '}' || byte == ']';
        if (byte == '"')
            skip_string(lex);
        else
            lex->at++;
    } while (depth > 0);
}

/* Past a number or a word. */
static void
skip_word(struct json_lex *lex)
{
    while (lex->at < lex->end && !strchr(",]} \t\r\n", *lex->at))
        lex->at++;
}

static void
skip_value(struct json_lex *lex, enum json_kind kind)
{
    if (kind == JSON_STRING)
        skip_string(lex);
    else if (kind == JSON_ARRAY || kind == JSON_OBJECT)
        skip_container(lex);
    else
        skip_word(lex);
}

/* To where the next item or member of a container begins; false at its end. */
static bool
find_next(struct json_lex *lex)
{
    json_lex_blanks(lex);
    if (*lex->at == ',') {
        lex->at++;
        json_lex_blanks(lex);
    }
    return *lex->at != ']' && *lex->at != '}';
}

static struct text
take_value(struct json_lex *lex)
{
    const char *value = lex->at;
    skip_value(lex, json_scan_kind((struct text){value, 1}));
    return (struct text){value, (size_t)(lex->at - value)};
}

bool
json_scan_next(struct text array, size_t *at, struct text *out_item, enum json_kind *out_kind)
{
    if (json_scan_kind(array) != JSON_ARRAY)
        return false;
    struct json_lex lex = {
        .start = array.bytes, .at = array.bytes + (*at ? *at : 1), .end = array.bytes + array.length};
    if (!find_next(&lex))
        return false;
    *out_item = take_value(&lex);
    *out_kind = json_scan_kind(*out_item);
    *at = (size_t)(lex.at - array.bytes);
    return true;
}

bool
json_scan_next_member(struct text object, size_t *at, struct text *out_key, struct text *out_value)
{
    if (json_scan_kind(object) != JSON_OBJECT)
        return false;
    struct json_lex lex = {
        .start = object.bytes, .at = object.bytes + (*at ? *at : 1), .end = object.bytes + object.length};
    if (!find_next(&lex))
        return false;
    *out_key = take_value(&lex);
    json_lex_blanks(&lex);
    lex.at++; /* the colon */
    json_lex_blanks(&lex);
    *out_value = take_value(&lex);
    *at = (size_t)(lex.at - object.bytes);
    return true;
}

struct text
json_scan_string(struct arena *arena, struct text raw)
{
    if (json_scan_kind(raw) != JSON_STRING)
        return (struct text){0};
    struct text inside = text_slice(raw, 1, raw.length - 1);
    if (text_find_byte(inside, '\\') < 0)
        return inside;

    struct buffer value;
    buffer_init(&value, arena, inside.length);
    const char *at = inside.bytes, *end = at + inside.length;
    while (at < end) {
        char bytes[4];
        size_t length = json_lex_unescape(&at, bytes);
        buffer_add(&value, bytes, length);
    }
    return buffer_text(&value);
}

bool
json_scan_int(struct text raw, int64_t *out_value)
{
    if (text_equals(raw, TEXT("-0"))) {
        *out_value = 0;
        return true;
    }
    return parse_int64(raw, out_value);
}
