/* One pass over JSON bytes: validates all of it and notes where the wanted fields are.
 *
 * No recursion: what is open is a stack of bits, one a level. Only the keys of the first two levels of
 * objects are ever compared; deeper down the walk is the tokens alone. Looking at what was found is
 * json_scan_values.c. */
#include "lib/document/json_scan.h"

#include <assert.h>

#include "lib/base/error.h"
#include "lib/document/json_lex.h"

#define FIELDS_MAX 64 /* one bit each in a uint64_t */

/* A wanted path, cut at its dot. */
struct wanted {
    struct text first;
    struct text second; /* empty for a field of the first level */
};

struct scan {
    struct json_lex lex;
    struct json_field *fields;
    struct wanted *wanted;
    size_t count;
    uint64_t open;                    /* the lowest bit is the innermost: 1 an object, 0 an array */
    unsigned depth;                   /* how many are open */
    uint64_t seen_first, seen_second; /* fields whose first or second key has been met */
    uint64_t inside;        /* fields whose first key leads to the object that is open on level two */
    uint64_t value;         /* fields that the next value belongs to */
    uint64_t leading;       /* fields with a second level that the next value, if an object, leads to */
    uint64_t unfinished[2]; /* fields whose value is the container open on level two or three */
};

static bool scan_value(struct scan *scan);
static bool scan_after_value(struct scan *scan);
static bool scan_key(struct scan *scan);

static void
start(struct scan *scan, struct text json, struct json_field *fields, size_t count)
{
    scan->lex = json_lex_over(json);
    scan->fields = fields;
    scan->count = count;
    for (size_t i = 0; i < count; i++) {
        struct text rest = text_of(fields[i].path);
        scan->wanted[i].first = text_cut(&rest, '.');
        scan->wanted[i].second = rest;
        fields[i].kind = JSON_ABSENT;
        fields[i].raw = (struct text){0};
        fields[i].key_start = 0;
    }
}

static bool
scan_object(struct scan *scan)
{
    struct json_lex *lex = &scan->lex;
    json_lex_blanks(lex);
    if (lex->at == lex->end || *lex->at != '{')
        return json_lex_fail(lex, "an object must stand here: {");

    do {
        if (!scan_value(scan) || !scan_after_value(scan))
            return false;
    } while (scan->depth > 0);

    json_lex_blanks(lex);
    return lex->at == lex->end || json_lex_fail(lex, "something follows after the end of the object");
}

bool
json_scan(struct text json, struct json_field *fields, size_t count, struct error *err)
{
    assert(count <= FIELDS_MAX);
    struct wanted wanted[FIELDS_MAX]; /* apart, so that what is not wanted is not cleared either */
    struct scan scan = {.wanted = wanted};
    start(&scan, json, fields, count);
    if (scan_object(&scan))
        return true;
    return error_set(err, ERROR_INVALID, "offset %zu: %s", (size_t)(scan.lex.at - scan.lex.start),
                     scan.lex.reason);
}

static void
note_start(struct scan *scan, uint64_t mask, const char *at)
{
    for (uint64_t left = mask; left; left &= left - 1) {
        struct json_field *field = &scan->fields[__builtin_ctzll(left)];
        field->kind = json_scan_kind((struct text){at, 1});
        field->raw.bytes = at;
    }
}

static void
note_end(struct scan *scan, uint64_t mask, const char *after)
{
    for (uint64_t left = mask; left; left &= left - 1) {
        struct json_field *field = &scan->fields[__builtin_ctzll(left)];
        field->raw.length = (size_t)(after - field->raw.bytes);
    }
}

/* Stands at '{' or '['; leaves at the first key, the first item, or the end of an empty one. */
static bool
open_container(struct scan *scan)
{
    struct json_lex *lex = &scan->lex;
    bool is_object = *lex->at == '{';
    if (scan->depth == JSON_SCAN_MAX_DEPTH)
        return json_lex_fail(lex, "nested more than 64 deep");

    scan->open = scan->open << 1 | is_object;
    scan->depth++;
    if (scan->depth == 2)
        scan->inside = is_object ? scan->leading : 0;
    if (scan->depth == 2 || scan->depth == 3)
        scan->unfinished[scan->depth - 2] = scan->value;
    scan->value = scan->leading = 0;
    lex->at++;
    json_lex_blanks(lex);
    return true;
}

/* A value up to its end; but of a container that is not empty only the beginning, up to its first scalar. */
static bool
scan_value(struct scan *scan)
{
    struct json_lex *lex = &scan->lex;
    for (;;) {
        if (lex->at == lex->end)
            return json_lex_fail(lex, "the text ends where a value is expected");
        note_start(scan, scan->value, lex->at);
        if (*lex->at != '{' && *lex->at != '[')
            break;

        char close = *lex->at == '{' ? '}' : ']';
        if (!open_container(scan))
            return false;
        if (lex->at < lex->end && *lex->at == close)
            return true; /* scan_after_value closes it */
        if (close == '}' && !scan_key(scan))
            return false;
    }

    if (!json_lex_scalar(lex))
        return false;
    note_end(scan, scan->value, lex->at);
    scan->value = scan->leading = 0;
    return true;
}

static bool
close_container(struct scan *scan)
{
    struct json_lex *lex = &scan->lex;
    if (*lex->at != ((scan->open & 1) ? '}' : ']'))
        return json_lex_fail(lex, (scan->open & 1) ? "',' or '}' is expected here"
                                                   : "',' or ']' is expected here");
    lex->at++;
    if (scan->depth == 2 || scan->depth == 3)
        note_end(scan, scan->unfinished[scan->depth - 2], lex->at);
    scan->open >>= 1;
    scan->depth--;
    return true;
}

/* Closes what ends here; then stands at the next value, or nothing is open any more. */
static bool
scan_after_value(struct scan *scan)
{
    struct json_lex *lex = &scan->lex;
    while (scan->depth > 0) {
        json_lex_blanks(lex);
        if (lex->at == lex->end)
            return json_lex_fail(lex, "the text ends before everything is closed");
        if (*lex->at == ',') {
            lex->at++;
            json_lex_blanks(lex);
            return (scan->open & 1) == 0 || scan_key(scan);
        }
        if (!close_container(scan))
            return false;
    }
    return true;
}

/* Whether a key's bytes between the quotes, escapes decoded, are the wanted ones. */
static bool
escaped_key_is(struct text written, struct text wanted)
{
    const char *at = written.bytes, *end = at + written.length;
    while (at < end) {
        char bytes[4];
        size_t length = json_lex_unescape(&at, bytes);
        if (length > wanted.length || memcmp(bytes, wanted.bytes, length) != 0)
            return false;
        wanted = text_slice(wanted, length, wanted.length);
    }
    return wanted.length == 0;
}

/* Which fields have this key on this level (1 or 2). */
static uint64_t
match_key(const struct scan *scan, struct text written)
{
    uint64_t mask = 0;
    bool has_escape = memchr(written.bytes, '\\', written.length) != NULL;
    for (size_t i = 0; i < scan->count; i++) {
        bool is_candidate = scan->depth == 1 || (scan->inside >> i & 1);
        const struct text *wanted = scan->depth == 1 ? &scan->wanted[i].first : &scan->wanted[i].second;
        if (!is_candidate || (!has_escape && wanted->length != written.length))
            continue;
        if (has_escape ? escaped_key_is(written, *wanted)
                       : memcmp(written.bytes, wanted->bytes, written.length) == 0)
            mask |= UINT64_C(1) << i;
    }
    return mask;
}

/* What the key at key_at means for the value after it. */
static bool
note_key(struct scan *scan, const char *key_at)
{
    struct text written = {key_at + 1, (size_t)(scan->lex.at - key_at) - 2};
    uint64_t mask = match_key(scan, written);
    uint64_t *seen = scan->depth == 1 ? &scan->seen_first : &scan->seen_second;
    if (mask & *seen) {
        scan->lex.at = key_at;
        return json_lex_fail(&scan->lex, "this key is there twice");
    }
    *seen |= mask;

    for (uint64_t left = mask; left; left &= left - 1) {
        size_t i = (size_t)__builtin_ctzll(left);
        bool is_leading = scan->depth == 1 && scan->wanted[i].second.length > 0;
        if (is_leading)
            scan->leading |= UINT64_C(1) << i;
        else
            scan->value |= UINT64_C(1) << i;
        if (!is_leading)
            scan->fields[i].key_start = (size_t)(key_at - scan->lex.start);
    }
    return true;
}

/* A key and its colon; leaves at the value. */
static bool
scan_key(struct scan *scan)
{
    struct json_lex *lex = &scan->lex;
    const char *key_at = lex->at;
    if (lex->at == lex->end || *lex->at != '"')
        return json_lex_fail(lex, "a key in quotes is expected here");
    if (!json_lex_string(lex))
        return false;
    bool is_watched = scan->depth == 1 || (scan->depth == 2 && scan->inside);
    if (is_watched && !note_key(scan, key_at))
        return false;

    json_lex_blanks(lex);
    if (lex->at == lex->end || *lex->at != ':')
        return json_lex_fail(lex, "':' is expected after the key");
    lex->at++;
    json_lex_blanks(lex);
    return true;
}
