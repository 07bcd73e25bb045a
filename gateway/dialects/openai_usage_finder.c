/* A few states over bytes: enough JSON to tell the outermost "usage" from a text that says so. Validates
 * nothing. */
#include "gateway/dialects/openai_usage.h"

static const char wanted_key[] = "usage";
enum { WANTED_LENGTH = sizeof(wanted_key) - 1, NO_MATCH = -1, SHORT_STRING = 32, MOST_TRIES = 8 };

/* What outside of strings is structure; numbers, words and blanks are not. */
static const bool is_mark[256] = {
    ['"'] = true, ['{'] = true, ['}'] = true, ['['] = true, [']'] = true, [':'] = true, [','] = true};

void
openai_usage_finder_init(struct openai_usage_finder *finder, struct arena *arena)
{
    *finder = (struct openai_usage_finder){0};
    finder->value.arena = arena;
}

static void
keep(struct openai_usage_finder *finder, const char *from, const char *to)
{
    size_t length = (size_t)(to - from);
    if (finder->is_value && finder->value.length + length <= OPENAI_USAGE_MAX_BYTES)
        buffer_add(&finder->value, from, length);
}

static bool
is_at_key(const struct openai_usage_finder *finder)
{
    return finder->depth == 1 && finder->is_key;
}

/* Most of a reply is in strings that are no key of level one: only their end matters. Short ones are most,
 * long ones are where the bytes are. */
static const char *
find_end_or_escape(const char *at, const char *end)
{
    const char *near = end - at > SHORT_STRING ? at + SHORT_STRING : end;
    while (at < near && *at != '"' && *at != '\\')
        at++;
    if (at < near || near == end)
        return at;
    const char *quote = memchr(at, '"', (size_t)(end - at));
    const char *limit = quote ? quote : end;
    const char *escape = memchr(at, '\\', (size_t)(limit - at));
    return escape ? escape : limit;
}

/* Runs to the end of the string, or of the bytes. */
static const char *
skip_string(struct openai_usage_finder *finder, const char *at, const char *end)
{
    for (; at < end; at++) {
        if (finder->key_matched == NO_MATCH && finder->place == OPENAI_USAGE_STRING) {
            at = find_end_or_escape(at, end);
            if (at == end)
                return at;
        }
        if (finder->place == OPENAI_USAGE_ESCAPE) {
            finder->place = OPENAI_USAGE_STRING;
            finder->key_matched = NO_MATCH;
        } else if (*at == '"') {
            finder->place = OPENAI_USAGE_OUTSIDE;
            if (is_at_key(finder))
                finder->key_was_usage = finder->key_matched == WANTED_LENGTH;
            return at + 1;
        } else if (*at == '\\') {
            finder->place = OPENAI_USAGE_ESCAPE;
        } else if (finder->key_matched != NO_MATCH) {
            bool fits = finder->key_matched < WANTED_LENGTH && *at == wanted_key[finder->key_matched];
            finder->key_matched = fits ? finder->key_matched + 1 : NO_MATCH;
        }
    }
    return at;
}

static void
take_mark(struct openai_usage_finder *finder, char mark)
{
    switch (mark) {
    case '"':
        finder->place = OPENAI_USAGE_STRING;
        finder->key_matched = is_at_key(finder) ? 0 : NO_MATCH;
        break;
    case '{':
    case '[':
        finder->depth++;
        finder->is_key = finder->depth == 1 && mark == '{';
        break;
    case '}':
    case ']':
        finder->depth--;
        break;
    case ':':
        finder->is_key = false;
        break;
    case ',':
        finder->is_key = finder->depth == 1;
        break;
    default:
        break;
    }
}

/* A colon of level one after the key begins the value; a comma of level one, or the end of the object, ends
 * it. */
static void
take_value_bounds(struct openai_usage_finder *finder, char mark)
{
    if (mark == ':' && finder->depth == 1 && finder->key_was_usage) {
        finder->is_value = true;
        finder->key_was_usage = false;
        finder->value.length = 0;
    } else if (finder->is_value && ((mark == ',' && finder->depth == 1) || finder->depth == 0)) {
        finder->is_value = false;
    }
}

void
openai_usage_finder_feed(struct openai_usage_finder *finder, struct text bytes)
{
    const char *at = bytes.bytes;
    const char *end = at + bytes.length;
    const char *kept = at;
    while (at < end) {
        if (finder->place != OPENAI_USAGE_OUTSIDE) {
            at = skip_string(finder, at, end);
            continue;
        }
        char mark = *at++;
        if (!is_mark[(unsigned char)mark])
            continue;
        bool was_value = finder->is_value;
        take_mark(finder, mark);
        take_value_bounds(finder, mark);
        if (was_value == finder->is_value)
            continue;
        if (was_value) {
            finder->is_value = true;
            keep(finder, kept, at - 1);
            finder->is_value = false;
        }
        kept = at;
    }
    keep(finder, kept, end);
}

bool
openai_usage_finder_read(const struct openai_usage_finder *finder, struct call_usage *out_usage)
{
    return finder->value.length > 0 && openai_usage_read(buffer_text(&finder->value), out_usage);
}

/* Whether the key that may begin at `key` stands in the outermost object: read from there, only that object's
 * own end is left to come. */
static bool
read_from(struct arena *arena, struct text from_key, struct call_usage *out_usage)
{
    struct openai_usage_finder finder;
    openai_usage_finder_init(&finder, arena);
    finder.depth = 1;
    finder.is_key = true;
    openai_usage_finder_feed(&finder, from_key);
    return finder.depth == 0 && openai_usage_finder_read(&finder, out_usage);
}

bool
openai_usage_find(struct arena *arena, struct text reply, struct call_usage *out_usage)
{
    static const struct text key = TEXT("\"usage\"");
    int tries = 0;
    for (size_t at = reply.length; at >= key.length && tries < MOST_TRIES; at--) {
        const char *place = reply.bytes + at - key.length;
        bool is_key = *place == '"' && memcmp(place, key.bytes, key.length) == 0;
        /* After a backslash it is the end of a text that says "usage. */
        if (!is_key || (at > key.length && place[-1] == '\\'))
            continue;
        if (read_from(arena, text_slice(reply, at - key.length, reply.length), out_usage))
            return true;
        tries++;
    }
    return false;
}
