/* Any bytes through the hot path's reader and the tree's: both accept the same objects, but for doubled keys
 * that nobody wants, and both find the same values. */
#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/json.h"
#include "lib/document/json_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void
expect_same_value(struct arena *arena, struct text raw, enum json_kind kind, const struct document *expected)
{
    struct document *read = NULL;
    bool is_read = json_parse(arena, raw, TEXT("raw"), &read, NULL);
    assert(is_read && document_equals(read, expected));
    if (kind == JSON_STRING)
        assert(text_equals(json_scan_string(arena, raw), document_text(expected)));
    int64_t scanned = 0, whole = 0;
    if (kind == JSON_NUMBER && document_int(expected, &whole))
        assert(json_scan_int(raw, &scanned) && scanned == whole);
}

static void
expect_same_items(struct arena *arena, struct text array, const struct document *expected)
{
    size_t at = 0, count = 0;
    struct text item;
    enum json_kind kind;
    while (json_scan_next(array, &at, &item, &kind))
        expect_same_value(arena, item, kind, document_at(expected, count++));
    assert(count == document_count(expected));
}

static void
expect_same_fields(struct arena *arena, const struct json_field *fields, size_t count, struct text json,
                   const struct document *document)
{
    for (size_t i = 0; i < count; i++) {
        const struct document *expected = document_get(document, fields[i].path);
        assert((fields[i].kind == JSON_ABSENT) == (expected == NULL));
        if (!expected)
            continue;
        assert(json.bytes[fields[i].key_start] == '"' &&
               json.bytes + fields[i].key_start < fields[i].raw.bytes);
        expect_same_value(arena, fields[i].raw, fields[i].kind, expected);
        if (fields[i].kind == JSON_ARRAY)
            expect_same_items(arena, fields[i].raw, expected);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *arena = arena_new(0);
    struct text json = {(const char *)bytes, length};
    struct json_field fields[] = {
        {.path = "model"},          {.path = "messages"}, {.path = "stream_options.include_usage"},
        {.path = "stream_options"}, {.path = "a"},        {.path = "a.b"}};
    struct document *document = NULL;
    struct error err = {0};
    bool is_scanned = json_scan(json, fields, COUNT_OF(fields), NULL);
    bool is_parsed = json_parse(arena, json, TEXT("f"), &document, &err);

    bool has_doubles = !is_parsed && strstr(err.message, " is there twice");
    if (!has_doubles)
        assert(is_scanned == (is_parsed && document_kind(document) == DOCUMENT_MAP));
    if (is_scanned && is_parsed)
        expect_same_fields(arena, fields, COUNT_OF(fields), json, document);
    arena_free(arena);
    return 0;
}
