/* The hot path's reader: finds fields in JSON bytes and builds nothing.
 *
 * It is a full validator (RFC 8259, UTF-8, depth bound), so what it accepts every strict parser accepts, and
 * it refuses what parsers disagree about: a duplicate of any wanted key, and keys that hide a wanted one
 * behind escapes are compared unescaped. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;

#define JSON_SCAN_MAX_DEPTH 64

/* clang-format off */
enum json_kind {
    JSON_ABSENT, JSON_NULL, JSON_TRUE, JSON_FALSE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT,
};
/* clang-format on */

/* One wanted field and where it was found. raw is the value's bytes exactly as written, strings with their
 * quotes; key_start is the offset of the key's opening quote, so that a splice can replace "key": value
 * whole. */
struct json_field {
    const char *path; /* "model", "stream_options.include_usage": objects only, at most two levels */
    enum json_kind kind;
    struct text raw;
    size_t key_start;
};

/* Validates the whole text, which must be one object, and fills the fields (kind JSON_ABSENT where not
 * there). The first failure names the offset and the reason. At most 64 fields. */
MUST_CHECK bool json_scan(struct text json, struct json_field *fields, size_t count, struct error *err);

/* What a value is, by its first byte; for raw text that json_scan accepted. */
enum json_kind json_scan_kind(struct text raw);
/* Walks the items of an array's raw text that json_scan accepted:
 * `size_t at = 0; while (json_scan_next(array, &at, &item, &kind))`. */
bool json_scan_next(struct text array, size_t *at, struct text *out_item, enum json_kind *out_kind);

/* The members of an object's raw text, in the same way; the key's raw text has its quotes and escapes. */
bool json_scan_next_member(struct text object, size_t *at, struct text *out_key, struct text *out_value);

/* A scanned string without its quotes, empty for any other kind; copied into the arena only when it has
 * escapes. */
struct text json_scan_string(struct arena *arena, struct text raw);
/* False when the number has a fraction, an exponent or does not fit. */
MUST_CHECK bool json_scan_int(struct text raw, int64_t *out_value);
