/* Decoding single values: text, numbers in their four forms, true and false, words.
 *
 * Nothing is converted silently: a number is not text and text is not a number, because a cluster would
 * refuse what a laptop accepted. The hint says what to write instead. */
#include "lib/base/buffer.h"
#include "lib/schema/decode.h"
#include "lib/schema/field_value.h"

static struct text
hint_to_quote(const struct decoder *decoder, const struct document *node)
{
    struct text value = decode_quote(decoder, node);
    return text_format(decoder->arena, "write it in quotes: \"%.*s\"", TEXT_ARG(value));
}

static bool
has_byte(struct text text, char byte)
{
    return text_find_byte(text, byte) >= 0;
}

static void
check_text(struct decoder *decoder, const struct decode_place *at, struct text value)
{
    const struct field *field = at->field;
    size_t highest = field_max_length(field);
    if (value.length > highest)
        decode_problem(decoder, at, (struct text){0}, "is %zu bytes long; at most %zu are allowed",
                       value.length, highest);
    else if (value.length < field->min_length && value.length == 0)
        decode_problem(decoder, at, (struct text){0}, "must not be empty");
    else if (value.length < field->min_length)
        decode_problem(decoder, at, (struct text){0}, "is %zu bytes long; at least %zu are needed",
                       value.length, field->min_length);
    else if (has_byte(value, '\0'))
        decode_problem(decoder, at, (struct text){0}, "contains a NUL character");
    else if (field->format && !field->format->accepts(value))
        decode_problem(decoder, at, (struct text){0}, "%.*s is not %s (example: \"%s\")",
                       TEXT_ARG(decode_quote(decoder, at->node)), field->format->name,
                       field->format->example);
}

void
decode_text(struct decoder *decoder, const struct decode_place *at, struct text *out_value)
{
    enum document_kind kind = document_kind(at->node);
    if (kind == DOCUMENT_NUMBER || kind == DOCUMENT_BOOL) {
        struct text value = decode_quote(decoder, at->node);
        decode_problem(decoder, at, hint_to_quote(decoder, at->node),
                       "must be text; %.*s without quotes is %s", TEXT_ARG(value),
                       kind == DOCUMENT_NUMBER ? "a number" : "true or false");
        return;
    }
    if (kind != DOCUMENT_TEXT) {
        decode_problem_kind(decoder, at, "text");
        return;
    }
    *out_value = document_text(at->node);
    check_text(decoder, at, *out_value);
}

static void
check_range(struct decoder *decoder, const struct decode_place *at, int64_t value)
{
    const struct field *field = at->field;
    if (!field->has_range || (value >= field->lowest && value <= field->highest))
        return;

    struct text written = document_text(at->node);
    struct text lowest = field_print_number(decoder->arena, field, field->lowest);
    struct text highest = field_print_number(decoder->arena, field, field->highest);
    if (field->highest == INT64_MAX)
        decode_problem(decoder, at, (struct text){0}, "%.*s is below %.*s, the lowest allowed",
                       TEXT_ARG(written), TEXT_ARG(lowest));
    else
        decode_problem(decoder, at, (struct text){0}, "%.*s is not between %.*s and %.*s", TEXT_ARG(written),
                       TEXT_ARG(lowest), TEXT_ARG(highest));
}

static bool
decode_whole_number(struct decoder *decoder, const struct decode_place *at, int64_t *out_value)
{
    enum document_kind kind = document_kind(at->node);
    if (kind == DOCUMENT_NUMBER && document_int(at->node, out_value))
        return true;
    struct text value = decode_quote(decoder, at->node);
    switch (kind) {
    case DOCUMENT_NUMBER:
        if (has_byte(value, '.') || has_byte(value, 'e') || has_byte(value, 'E'))
            decode_problem(decoder, at, TEXT("write digits only"), "%.*s is not a whole number",
                           TEXT_ARG(value));
        else
            decode_problem(decoder, at, (struct text){0}, "%.*s is too large", TEXT_ARG(value));
        return false;
    case DOCUMENT_TEXT:
        decode_problem(decoder, at, TEXT("write the number without quotes"),
                       "%.*s is text; a whole number is needed", TEXT_ARG(value));
        return false;
    default:
        decode_problem_kind(decoder, at, "a whole number");
        return false;
    }
}

/* What the text forms of numbers are called, with one to copy. */
static const char *
number_form(enum field_kind kind)
{
    switch (kind) {
    case FIELD_DURATION:
        return "a duration (example: \"1m30s\")";
    case FIELD_MONEY:
        return "a decimal amount (example: \"12.50\")";
    default:
        return "a time (example: \"2026-11-22T14:03:11Z\")";
    }
}

static bool
decode_written_number(struct decoder *decoder, const struct decode_place *at, int64_t *out_value)
{
    const struct field *field = at->field;
    enum document_kind kind = document_kind(at->node);
    if (kind == DOCUMENT_TEXT && field_parse_number(field, document_text(at->node), out_value))
        return true;
    struct text value = decode_quote(decoder, at->node);
    const char *form = number_form(field->kind);
    if (kind == DOCUMENT_NUMBER) {
        struct text hint = field->kind == FIELD_MONEY ? hint_to_quote(decoder, at->node) : (struct text){0};
        decode_problem(decoder, at, hint, "%.*s is a number; this is written as text, %s", TEXT_ARG(value),
                       form);
        return false;
    }
    if (kind != DOCUMENT_TEXT)
        decode_problem_kind(decoder, at, form);
    else
        decode_problem(decoder, at, (struct text){0}, "%.*s is not %s", TEXT_ARG(value), form);
    return false;
}

void
decode_number(struct decoder *decoder, const struct decode_place *at, int64_t *out_value)
{
    bool is_plain = at->field->kind == FIELD_INT || at->field->kind == FIELD_INTS;
    int64_t value;
    bool is_number =
        is_plain ? decode_whole_number(decoder, at, &value) : decode_written_number(decoder, at, &value);
    if (!is_number)
        return;
    *out_value = value;
    check_range(decoder, at, value);
}

static void
decode_bool(struct decoder *decoder, const struct decode_place *at, bool *out_value)
{
    struct text value = document_text(at->node);
    if (document_kind(at->node) == DOCUMENT_BOOL) {
        *out_value = document_bool(at->node);
    } else if (document_kind(at->node) == DOCUMENT_TEXT) {
        bool is_quoted = text_equals(value, TEXT("true")) || text_equals(value, TEXT("false"));
        decode_problem(decoder, at, is_quoted ? TEXT("write it without quotes") : (struct text){0},
                       "%.*s is not true or false", TEXT_ARG(decode_quote(decoder, at->node)));
    } else {
        decode_problem_kind(decoder, at, "true or false");
    }
}

static void
decode_enum(struct decoder *decoder, const struct decode_place *at, int *out_value)
{
    if (document_kind(at->node) == DOCUMENT_LIST || document_kind(at->node) == DOCUMENT_MAP) {
        decode_problem_kind(decoder, at, "one word");
        return;
    }
    const char *const *names = at->field->names;
    bool is_text = document_kind(at->node) == DOCUMENT_TEXT;
    if (is_text && schema_enum_parse(names, document_text(at->node), out_value))
        return;

    struct text items[64]; /* more words than any enum has; the rest are not suggested */
    struct text_list words = {.items = items};
    while (names[words.count] && words.count < COUNT_OF(items)) {
        items[words.count] = text_of(names[words.count]);
        words.count++;
    }
    struct text hint =
        is_text ? decode_suggestion(decoder, document_text(at->node), &words) : (struct text){0};
    decode_problem(decoder, at, hint, "%.*s is not one of %.*s", TEXT_ARG(decode_quote(decoder, at->node)),
                   TEXT_ARG(text_join(decoder->arena, &words, TEXT(", "))));
}

void
decode_scalar(struct decoder *decoder, const struct decode_place *at, void *member)
{
    switch (at->field->kind) {
    case FIELD_TEXT:
        decode_text(decoder, at, member);
        break;
    case FIELD_BOOL:
        decode_bool(decoder, at, member);
        break;
    case FIELD_ENUM:
        decode_enum(decoder, at, member);
        break;
    default:
        decode_number(decoder, at, member);
        break;
    }
}
