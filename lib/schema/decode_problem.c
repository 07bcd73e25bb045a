/* How the decoder says what is wrong: the path, the value as written, and what was probably meant. */
#include <stdarg.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/utf8.h"
#include "lib/schema/decode.h"

#define SUGGESTION_MAX 65 /* beyond 64 bytes nothing is near */
#define QUOTE_MAX 64      /* bytes of a value that a message repeats */

static void
print_path(struct buffer *out, const struct decoder *decoder, const struct decode_place *at)
{
    if (!at->parent) {
        buffer_add_text(out, decoder->root);
        return;
    }
    print_path(out, decoder, at->parent); /* as deep as the types nest */
    if (!at->key.bytes) {
        buffer_print(out, "[%zu]", at->index);
        return;
    }
    if (out->length > 0)
        buffer_add_byte(out, '.');
    buffer_add_text(out, at->key);
}

struct text
decode_path(const struct decoder *decoder, const struct decode_place *at)
{
    struct buffer path;
    buffer_init(&path, decoder->arena, 64);
    print_path(&path, decoder, at);
    return buffer_text(&path);
}

void
decode_problem(struct decoder *decoder, const struct decode_place *at, struct text hint, const char *format,
               ...)
{
    struct buffer message;
    buffer_init(&message, decoder->arena, 128);
    va_list arguments;
    va_start(arguments, format);
    char *room = buffer_reserve(&message, 512);
    int length = vsnprintf(room, 512, format, arguments);
    va_end(arguments);
    buffer_grew(&message, length < 0 ? 0 : length < 512 ? (size_t)length : 511);

    struct problem problem = {
        .level = PROBLEM_ERROR,
        .place = document_place(at->node),
        .path = decode_path(decoder, at),
        .message = buffer_text(&message),
        .hint = hint,
        .width = document_text(at->node).length,
    };
    problems_add_problem(decoder->problems, &problem);
}

static const char *
kind_in_words(const struct document *node)
{
    switch (document_kind(node)) {
    case DOCUMENT_BOOL:
        return "true or false";
    case DOCUMENT_NUMBER:
        return "a number";
    case DOCUMENT_TEXT:
        return "text";
    case DOCUMENT_LIST:
        return "a list";
    case DOCUMENT_MAP:
        return "a map";
    default:
        return "null";
    }
}

void
decode_problem_kind(struct decoder *decoder, const struct decode_place *at, const char *wanted)
{
    decode_problem(decoder, at, (struct text){0}, "must be %s, not %s", wanted, kind_in_words(at->node));
}

struct text
decode_quote(const struct decoder *decoder, const struct document *node)
{
    if (document_kind(node) == DOCUMENT_BOOL)
        return document_bool(node) ? TEXT("true") : TEXT("false");

    struct text value = document_text(node);
    size_t shown = 0;
    while (shown < value.length && shown < QUOTE_MAX) {
        size_t length = utf8_character_length(value.bytes + shown, value.length - shown);
        shown += length > 0 ? length : 1;
    }
    struct buffer quote;
    buffer_init(&quote, decoder->arena, shown + 8);
    if (document_kind(node) == DOCUMENT_TEXT)
        buffer_add_json_string(&quote, text_slice(value, 0, shown));
    else
        buffer_add_text(&quote, text_slice(value, 0, shown));
    if (shown < value.length)
        buffer_add_string(&quote, "...");
    return buffer_text(&quote);
}

/* Near: at most two letters off, or a third of them in long words, and never most of the word. */
static bool
is_near(size_t distance, size_t length)
{
    return (distance <= 2 || distance <= length / 3) && distance * 2 <= length;
}

static struct text
lower(struct arena *arena, struct text text)
{
    struct text shown = text_slice(text, 0, SUGGESTION_MAX);
    char *bytes = arena_copy(arena, shown.bytes, shown.length);
    for (size_t i = 0; i < shown.length; i++)
        bytes[i] = (char)(bytes[i] >= 'A' && bytes[i] <= 'Z' ? bytes[i] | 0x20 : bytes[i]);
    return (struct text){bytes, shown.length};
}

struct text
decode_suggestion(const struct decoder *decoder, struct text written, const struct text_list *candidates)
{
    if (decoder->problems->count >= PROBLEMS_MAX)
        return (struct text){0}; /* nobody will see it, and looking costs */

    size_t best_distance = SIZE_MAX;
    struct text best = {0};
    struct text wanted = lower(decoder->arena, written);
    for (size_t i = 0; i < candidates->count; i++) {
        size_t distance = text_edit_distance(wanted, lower(decoder->arena, candidates->items[i]));
        if (distance < best_distance) {
            best_distance = distance;
            best = candidates->items[i];
        }
    }
    if (candidates->count == 0 || !is_near(best_distance, wanted.length))
        return (struct text){0};
    return text_format(decoder->arena, "did you mean %.*s?", TEXT_ARG(best));
}
