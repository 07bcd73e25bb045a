/* What a declared type looks like at run time, and the four things made from it: decode, encode, CRD,
 * reference. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"
#include "lib/document/document.h"
#include "lib/schema/problems.h"
#include "lib/schema/text_format.h"

struct buffer;

#define FIELD_UNSET INT64_MIN

/* clang-format off */
enum field_kind {
    FIELD_TEXT, FIELD_INT, FIELD_BOOL, FIELD_DURATION, FIELD_MONEY, FIELD_TIME, FIELD_ENUM,
    FIELD_OBJECT, FIELD_LIST, FIELD_TEXTS, FIELD_INTS, FIELD_TEXT_MAP, FIELD_ANY,
};
/* clang-format on */

enum field_support {
    SUPPORT_FULL,
    SUPPORT_CLUSTER_ONLY, /* takes effect in a cluster; on a laptop the decoder's notices name it */
    SUPPORT_LEDGER_ONLY,  /* takes effect where there is a ledger; elsewhere the decoder's notices name it */
    SUPPORT_NAMED,        /* does nothing yet; the decoder's notices name it */
    SUPPORT_REFUSED,      /* would promise a protection that is not there yet; a problem */
};

struct schema;

struct field {
    struct text key;
    size_t offset;
    enum field_kind kind;
    const struct schema *schema; /* OBJECT, LIST */
    const char *const *names;    /* ENUM */
    const struct text_format *format;
    const char *default_text;
    const char *list_keys;
    const char *doc;
    const char *support_note;
    enum field_support support;
    int64_t lowest, highest;
    size_t min_length, max_length, min_items, max_items;
    bool required, always, secret, immutable, has_range, is_set;
};

/* A cross-field rule as Kubernetes evaluates it; schema.check is the same rule in C. */
struct schema_rule {
    const char *cel;
    const char *message;
    const char *field_path; /* ".name", or NULL */
};

struct schema {
    const char *name;
    const char *doc;
    size_t size;
    const struct field *fields;
    size_t field_count;
    /* Adds a problem per broken rule; value is the decoded struct. NULL when there are none. */
    void (*check)(const void *value, struct text path, struct problem_list *problems);
    const struct schema_rule *rules;
    size_t rule_count;
    bool is_open; /* unknown fields are kept out silently: foreign maps such as metadata */
};

/* Fills *out_value (schema->size bytes) from a map (NULL or DOCUMENT_NULL decodes as {}). Reports all
 * problems at once, each with its place, its path under `path` ("spec"), what is allowed and a did-you-mean;
 * false when it added any error. *out_value is usable as far as it went. Notices (fields not yet supported)
 * do not make it fail. */
MUST_CHECK bool
schema_decode(struct arena *arena, const struct schema *schema, const struct document *document,
              struct text path, void *out_value, struct problem_list *problems);

/* *out_value becomes what {} decodes to; what is required is simply empty or unset. For values built in C. */
void schema_set_defaults(const struct schema *schema, void *out_value);

enum schema_encode_mode {
    SCHEMA_ENCODE_PLAIN,    /* what is not empty, unset or the default; secrets as they are */
    SCHEMA_ENCODE_REDACTED, /* the same with SECRET fields as "[redacted]" */
};
struct document *schema_encode(struct arena *arena, const struct schema *schema, const void *value,
                               enum schema_encode_mode mode);

/* The same as schema_encode printed compactly, straight from the struct: no tree, for usage records on the
 * hot path. */
void schema_print_json(const struct schema *schema, const void *value, enum schema_encode_mode mode,
                       struct buffer *out);

/* The structural OpenAPI v3 schema of an object: types, bounds, enums, defaults, list types, CEL,
 * descriptions. */
struct document *schema_openapi(struct arena *arena, const struct schema *schema);
/* Markdown: a heading and a table of fields (key, type, default, bounds, what it does) per type reached. */
void schema_print_reference(const struct schema *schema, struct buffer *out);

const struct field *schema_find_field(const struct schema *schema, struct text key);
/* The enum's word, and back; parse is exact. */
struct text schema_enum_name(const char *const *names, int value);
MUST_CHECK bool schema_enum_parse(const char *const *names, struct text text, int *out_value);

struct text_pair {
    struct text key, value;
};
struct text_pair_list {
    struct text_pair *items;
    size_t count;
};
struct int_list {
    int64_t *items;
    size_t count;
};
/* The value under key, or the empty text. */
struct text text_pair_list_find(const struct text_pair_list *list, struct text key);
