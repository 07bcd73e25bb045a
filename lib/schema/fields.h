/* The macros a type is declared with. One entry of a field list makes the struct member, the decoder's row,
 * the bounds, the default, the CRD property, the reference page and the redaction: nothing is declared twice.
 *
 *     #define TOKEN_LIMIT_FIELDS(F, T)                                                            \
 *         F(T, TEXT,             caller,     "caller",          REQUIRED, MAX_LENGTH(63),         \
 *           DOC("Who this limit applies to."))                                                    \
 *         F(T, INT,              per_minute, "tokensPerMinute", RANGE(1, 1000000000),             \
 *           DOC("Prompt and completion tokens together."))                                        \
 *         F(T, ENUM(over_limit), over_limit, "overLimit",       DEFAULT("Reject"),                \
 *           DOC("What happens to a request that would exceed the limit."))
 *     DECLARE_SCHEMA(token_limit, TOKEN_LIMIT_FIELDS);              in the header
 *     DEFINE_SCHEMA(token_limit, TOKEN_LIMIT_FIELDS, "A ceiling."); in the .c file
 *
 * Types: TEXT INT BOOL DURATION MONEY TIME ENUM(name) OBJECT(name) LIST(name) TEXTS INTS TEXT_MAP ANY.
 * An ENUM(name) needs `enum name` and `extern const char *const name_names[]`, NULL-terminated, in value
 * order. An absent field without DEFAULT reads as: empty TEXT/TEXTS/LIST/TEXT_MAP, FIELD_UNSET for INT,
 * DURATION, MONEY and TIME, false, the first ENUM value (give enums a DEFAULT or REQUIRED unless that is
 * meant), and an OBJECT decoded from {} (its defaults apply) whose `source` is NULL. */
#pragma once

#include <stddef.h>

#include "lib/base/compiler.h"
#include "lib/schema/schema.h"

/* clang-format off */
#define CTYPE_TEXT struct text
#define CTYPE_INT int64_t
#define CTYPE_BOOL bool
#define CTYPE_DURATION int64_t /* milliseconds; written "300ms", "1m30s" */
#define CTYPE_MONEY int64_t    /* nano-USD; written as decimal text, "12.50" */
#define CTYPE_TIME int64_t     /* Unix milliseconds; written RFC 3339 */
#define CTYPE_ENUM(NAME) enum NAME
#define CTYPE_OBJECT(NAME) struct NAME
#define CTYPE_LIST(NAME) struct NAME##_list
#define CTYPE_TEXTS struct text_list
#define CTYPE_INTS struct int_list
#define CTYPE_TEXT_MAP struct text_pair_list /* values may be written as numbers: quantities, labels */
#define CTYPE_ANY const struct document *    /* kept as it is; only for small leaves */

#define ROW_TEXT .kind = FIELD_TEXT
#define ROW_INT .kind = FIELD_INT
#define ROW_BOOL .kind = FIELD_BOOL
#define ROW_DURATION .kind = FIELD_DURATION
#define ROW_MONEY .kind = FIELD_MONEY
#define ROW_TIME .kind = FIELD_TIME
#define ROW_ENUM(NAME) .kind = FIELD_ENUM, .names = NAME##_names
#define ROW_OBJECT(NAME) .kind = FIELD_OBJECT, .schema = &NAME##_schema
#define ROW_LIST(NAME) .kind = FIELD_LIST, .schema = &NAME##_schema
#define ROW_TEXTS .kind = FIELD_TEXTS
#define ROW_INTS .kind = FIELD_INTS
#define ROW_TEXT_MAP .kind = FIELD_TEXT_MAP
#define ROW_ANY .kind = FIELD_ANY

#define REQUIRED .required = true
#define ALWAYS .always = true           /* encoded though it reads the same when absent: an enum's first value in a status */
#define SECRET .secret = true           /* encoded as "[redacted]" when asked to redact */
#define IMMUTABLE .immutable = true     /* CEL self == oldSelf */
#define RANGE(LOW, HIGH) .has_range = true, .lowest = (LOW), .highest = (HIGH) /* INT, DURATION ms, MONEY nano, INTS */
#define MAX_LENGTH(N) .max_length = (N) /* bytes of a TEXT, of each of TEXTS, of a TEXT_MAP value; 253 if not given */
#define MIN_LENGTH(N) .min_length = (N)
#define MAX_ITEMS(N) .max_items = (N)   /* of lists and maps; 64 if not given */
#define MIN_ITEMS(N) .min_items = (N)
#define FORMAT(NAME) .format = &text_format_##NAME
#define DEFAULT(WRITTEN) .default_text = (WRITTEN) /* as it would be written: "Reject", "300s", "4", "true" */
#define LIST_KEYS(KEYS) .list_keys = (KEYS) /* "name" or "a,b": x-kubernetes-list-type map; the decoder refuses doubles */
#define SET .is_set = true              /* TEXTS, INTS without doubles: x-kubernetes-list-type set */
#define DOC(WORDS) .doc = (WORDS)
#define CLUSTER_ONLY(WHY) .support = SUPPORT_CLUSTER_ONLY, .support_note = (WHY) /* means nothing on a laptop: named */
#define LEDGER_ONLY(WHY) .support = SUPPORT_LEDGER_ONLY, .support_note = (WHY)   /* means nothing without a ledger: named */
#define NOT_YET(WHY) .support = SUPPORT_NAMED, .support_note = (WHY)             /* accepted, named in a condition */
#define REFUSED_YET(WHY) .support = SUPPORT_REFUSED, .support_note = (WHY)       /* a problem until it is enforced */

/* AS_MEMBER and AS_ROW are the two ways to read one entry of a field list. */
#define AS_MEMBER(OWNER, TYPE, MEMBER, KEY, ...) CTYPE_##TYPE MEMBER;
#define AS_ROW(OWNER, TYPE, MEMBER, KEY, ...) {.key = TEXT(KEY), .offset = offsetof(struct OWNER, MEMBER), ROW_##TYPE, __VA_ARGS__},

/* `source` is the map it was decoded from (NULL: absent or built), so every value can name its file and line. */
#define DECLARE_SCHEMA(NAME, FIELDS) DECLARE_SCHEMA_BESIDE(NAME, FIELDS, )
/* BESIDE: members that are no fields, and are zero in whatever is decoded. */
#define DECLARE_SCHEMA_BESIDE(NAME, FIELDS, BESIDE)                             \
    struct NAME {                                                               \
        const struct document *source;                                          \
        FIELDS(AS_MEMBER, NAME)                                                 \
        BESIDE                                                                  \
    };                                                                          \
    struct NAME##_list {                                                        \
        struct NAME *items;                                                     \
        size_t count;                                                           \
    };                                                                          \
    extern const struct schema NAME##_schema

/* More may follow the doc: .check = model_policy_check, .rules = model_policy_rules, .rule_count = COUNT_OF(..),
 * .is_open = true. */
#define DEFINE_SCHEMA(NAME, FIELDS, DOC_, ...)                                  \
    static const struct field NAME##_fields[] = {FIELDS(AS_ROW, NAME)};         \
    const struct schema NAME##_schema = {                                       \
        .name = #NAME, .doc = DOC_, .size = sizeof(struct NAME),                \
        .fields = NAME##_fields, .field_count = COUNT_OF(NAME##_fields),        \
        ##__VA_ARGS__}
/* clang-format on */
