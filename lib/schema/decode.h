/* The parts of schema_decode, shared by its files: where the decoder stands, and how it says what is wrong.
 */
#pragma once

#include "lib/schema/schema.h"

struct decoder {
    struct arena *arena;
    struct problem_list *problems;
    struct text root; /* the path of the outermost map, "spec" or empty */
};

/* One node on the way from the outermost map; spelled out only when there is a problem. */
struct decode_place {
    const struct decode_place *parent; /* NULL for the outermost map */
    struct text key;                   /* bytes NULL for a list's item */
    size_t index;
    const struct document *node;
    const struct field *field; /* the field it is a value, an item or an entry of */
};

struct text decode_path(const struct decoder *decoder, const struct decode_place *at);
void decode_problem(struct decoder *decoder, const struct decode_place *at, struct text hint,
                    const char *format, ...) PRINTF_LIKE(4, 5);
/* "must be a list, not text" */
void decode_problem_kind(struct decoder *decoder, const struct decode_place *at, const char *wanted);
/* What the document says there, in quotes when it is text, cut when it is long, safe to print. */
struct text decode_quote(const struct decoder *decoder, const struct document *node);
/* "did you mean X?" when one of the candidates is near; else empty. */
struct text
decode_suggestion(const struct decoder *decoder, struct text written, const struct text_list *candidates);

/* Each fills a zeroed member from a node that is there, and reports what is wrong with it. */
void decode_scalar(struct decoder *decoder, const struct decode_place *at, void *member);
void decode_number(struct decoder *decoder, const struct decode_place *at, int64_t *out_value);
void decode_text(struct decoder *decoder, const struct decode_place *at, struct text *out_value);
void decode_collection(struct decoder *decoder, const struct decode_place *at, void *member);
void
decode_object(struct decoder *decoder, const struct decode_place *at, const struct schema *schema, void *out);
