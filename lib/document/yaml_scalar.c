/* What a YAML scalar without quotes means. */
#include "lib/document/yaml_scalar.h"

#include "lib/base/buffer.h"
#include "lib/document/document_build.h"
#include "lib/document/json_lex.h"

/* A number taken apart: [sign] whole [. fraction] [e exponent]. */
struct number_parts {
    bool is_negative;
    struct text whole, fraction, exponent;
};

static bool
is_one_of(struct text plain, const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        if (text_equals(plain, text_of(words[i])))
            return true;
    return false;
}

static bool
is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static struct text
take_digits(struct text *rest)
{
    size_t count = 0;
    while (count < rest->length && is_digit(rest->bytes[count]))
        count++;
    struct text digits = text_slice(*rest, 0, count);
    *rest = text_slice(*rest, count, rest->length);
    return digits;
}

static bool
take_byte(struct text *rest, char byte)
{
    if (rest->length == 0 || rest->bytes[0] != byte)
        return false;
    *rest = text_slice(*rest, 1, rest->length);
    return true;
}

/* [-+]? ( . [0-9]+ | [0-9]+ ( . [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool
split_number(struct text plain, struct number_parts *out_parts)
{
    struct number_parts parts = {0};
    struct text rest = plain;
    parts.is_negative = take_byte(&rest, '-');
    if (!parts.is_negative)
        (void)take_byte(&rest, '+');

    parts.whole = take_digits(&rest);
    if (take_byte(&rest, '.'))
        parts.fraction = take_digits(&rest);
    if (parts.whole.length == 0 && parts.fraction.length == 0)
        return false;
    if (take_byte(&rest, 'e') || take_byte(&rest, 'E')) {
        parts.exponent = rest;
        if (!take_byte(&rest, '-'))
            (void)take_byte(&rest, '+');
        if (take_digits(&rest).length == 0)
            return false;
    }
    *out_parts = parts;
    return rest.length == 0;
}

static struct document *
new_decimal(struct arena *arena, struct text plain, const struct number_parts *parts)
{
    if (json_lex_is_number(plain))
        return document_new_number(arena, plain);

    struct buffer json;
    buffer_init(&json, arena, plain.length + 4);
    if (parts->is_negative)
        buffer_add_byte(&json, '-');
    buffer_add_text(&json, parts->whole.length > 0 ? parts->whole : TEXT("0"));
    if (parts->fraction.length > 0) {
        buffer_add_byte(&json, '.');
        buffer_add_text(&json, parts->fraction);
    }
    if (parts->exponent.length > 0) {
        buffer_add_byte(&json, 'e');
        buffer_add_text(&json, parts->exponent);
    }
    return document_new_number(arena, buffer_text(&json));
}

/* The digits of 0x1f or 0o17 as a number; false when they are not all digits of the base or too many. */
static bool
parse_based(struct text digits, uint64_t base, uint64_t *out_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits.length; i++) {
        char byte = digits.bytes[i];
        char lower = (char)(byte | 0x20);
        uint64_t digit = is_digit(byte)                 ? (uint64_t)(byte - '0')
                         : lower >= 'a' && lower <= 'f' ? (uint64_t)(lower - 'a' + 10)
                                                        : base;
        if (digit >= base || value > (UINT64_MAX - digit) / base)
            return false;
        value = value * base + digit;
    }
    *out_value = value;
    return digits.length > 0;
}

static struct document *
new_based(struct arena *arena, struct text plain)
{
    uint64_t value = 0;
    struct text digits = text_slice(plain, 2, plain.length);
    bool is_hex = text_starts_with(plain, TEXT("0x")) && parse_based(digits, 16, &value);
    bool is_octal = text_starts_with(plain, TEXT("0o")) && parse_based(digits, 8, &value);
    if (!is_hex && !is_octal)
        return NULL;
    return document_new_number(arena, text_format(arena, "%llu", (unsigned long long)value));
}

static bool
refuse(const char *reason, const char **out_reason)
{
    *out_reason = reason;
    return false;
}

/* YAML 1.1, which Kubernetes' clients read, has more words for true and false, and more ways to write a
 * number. */
bool
yaml_scalar_is_disputed(struct text plain)
{
    static const char *const words[] = {"y", "Y",  "yes", "Yes", "YES", "on",  "On",  "ON", "n",
                                        "N", "no", "No",  "NO",  "off", "Off", "OFF", NULL};
    bool is_binary = text_starts_with(plain, TEXT("0b")) && plain.length > 2 && is_digit(plain.bytes[2]);
    bool has_underscore =
        plain.length > 1 && is_digit(plain.bytes[0]) && is_digit(plain.bytes[plain.length - 1]);
    for (size_t i = 0; has_underscore && i < plain.length; i++)
        has_underscore = is_digit(plain.bytes[i]) || plain.bytes[i] == '_';
    has_underscore = has_underscore && text_find_byte(plain, '_') > 0;
    return is_one_of(plain, words) || is_binary || has_underscore;
}

bool
yaml_scalar_resolve(struct arena *arena, struct text plain, struct document **out_document,
                    const char **out_reason)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const trues[] = {"true", "True", "TRUE", NULL};
    static const char *const falses[] = {"false", "False", "FALSE", NULL};
    static const char *const not_json[] = {".inf",  ".Inf",  ".INF", "+.inf", "+.Inf", "+.INF", "-.inf",
                                           "-.Inf", "-.INF", ".nan", ".NaN",  ".NAN",  NULL};
    struct number_parts parts;
    struct document *document = NULL;
    if (yaml_scalar_is_disputed(plain))
        return refuse(
            "a word that Kubernetes' clients read as true, false or a number, and others as text; put it in "
            "quotes if text is meant",
            out_reason);
    if (is_one_of(plain, nulls)) {
        document = document_new_null(arena);
    } else if (is_one_of(plain, trues) || is_one_of(plain, falses)) {
        document = document_new_bool(arena, is_one_of(plain, trues));
    } else if (is_one_of(plain, not_json)) {
        return refuse("not a finite number; put it in quotes if text is meant", out_reason);
    } else if (split_number(plain, &parts)) {
        if (parts.whole.length > 1 && parts.whole.bytes[0] == '0')
            return refuse(
                "a number with a leading 0 is octal to some and decimal to others; write it without, "
                "or put it in quotes if text is meant",
                out_reason);
        document = new_decimal(arena, plain, &parts);
    } else {
        document = new_based(arena, plain);
    }
    *out_document = document ? document : document_new_text(arena, plain);
    return true;
}
