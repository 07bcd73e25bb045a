/* Text becomes the document that the field list wants, so that decoding, bounds and words are lib/schema's.
 */
#include "api/server/rest/rest_query.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/parse.h"
#include "lib/base/utf8.h"
#include "lib/document/document_build.h"
#include "lib/net/http1.h"

enum { SHOWN_BYTES = 64 };

static bool
read_pairs(struct arena *arena, struct text query, struct text_pair_list *out_pairs, struct text *out_wrong);
static bool unescape(struct arena *arena, struct text escaped, struct text *out_text);
static void add_value(struct document *values, const struct field *field, const struct text_pair *pair);
static void report_double(struct problem_list *problems, struct text name);
static bool names_unknown(const struct schema *schema, const struct problem_list *problems);

bool
rest_query_read(struct arena *arena, const struct schema *schema, struct text query, void *out_value,
                struct text *out_wrong)
{
    struct text_pair_list pairs = {0};
    return read_pairs(arena, query, &pairs, out_wrong) &&
           rest_query_decode(arena, schema, &pairs, out_value, out_wrong);
}

bool
rest_query_decode(struct arena *arena, const struct schema *schema, const struct text_pair_list *pairs,
                  void *out_value, struct text *out_wrong)
{
    struct problem_list problems;
    struct document *values = document_new_map(arena);
    problems_init(&problems, arena);
    for (size_t i = 0; i < pairs->count; i++) {
        const struct text_pair *pair = &pairs->items[i];
        if (document_find(values, pair->key))
            report_double(&problems, pair->key);
        else
            add_value(values, schema_find_field(schema, pair->key), pair);
    }
    bool is_right = schema_decode(arena, schema, values, (struct text){0}, out_value, &problems);
    if (is_right && problems.error_count == 0)
        return true;
    *out_wrong = rest_query_words(arena, schema, &problems);
    return false;
}

struct text
rest_query_words(struct arena *arena, const struct schema *schema, const struct problem_list *problems)
{
    struct buffer out;
    buffer_init(&out, arena, 512);
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->items[i];
        struct text path = problem->path;
        buffer_print(&out, "%s%.*s%s%.*s", i > 0 ? "; " : "", TEXT_ARG(utf8_at_most(path, SHOWN_BYTES)),
                     text_is_empty(path) ? "" : ": ", TEXT_ARG(problem->message));
        if (!text_is_empty(problem->hint) && text_starts_with(problem->hint, TEXT("did you mean")))
            buffer_print(&out, " (%.*s)", TEXT_ARG(problem->hint));
    }
    if (!names_unknown(schema, problems))
        return buffer_text(&out);
    buffer_add_string(&out, schema->field_count > 0 ? "; there is" : "; there is none here");
    for (size_t i = 0; i < schema->field_count; i++)
        buffer_print(&out, "%s %.*s", i > 0 ? "," : "", TEXT_ARG(schema->fields[i].key));
    return buffer_text(&out);
}

static bool
read_pairs(struct arena *arena, struct text query, struct text_pair_list *out_pairs, struct text *out_wrong)
{
    *out_pairs = (struct text_pair_list){
        .items = arena_alloc_array(arena, REST_MAX_PARAMETERS, sizeof(*out_pairs->items))};
    while (!text_is_empty(query)) {
        struct text value = text_cut(&query, '&'), name = text_cut(&value, '=');
        if (out_pairs->count == REST_MAX_PARAMETERS) {
            *out_wrong = text_format(arena, "more than %d parameters", REST_MAX_PARAMETERS);
            return false;
        }
        struct text_pair *pair = &out_pairs->items[out_pairs->count++];
        if (!unescape(arena, name, &pair->key) || !unescape(arena, value, &pair->value)) {
            *out_wrong = TEXT("the query is not escaped UTF-8: a % wants two hex digits behind it");
            return false;
        }
    }
    return true;
}

static bool
unescape(struct arena *arena, struct text escaped, struct text *out_text)
{
    char *blanks = arena_copy(arena, escaped.bytes, escaped.length);
    for (size_t i = 0; i < escaped.length; i++)
        if (blanks[i] == '+')
            blanks[i] = ' ';
    return http_unescape(arena, (struct text){blanks, escaped.length}, out_text) && text_is_utf8(*out_text);
}

static void
add_value(struct document *values, const struct field *field, const struct text_pair *pair)
{
    struct arena *arena = document_arena(values);
    struct document *value = document_new_text(arena, pair->value);
    int64_t number;
    bool is_true = text_equals(pair->value, TEXT("true")), is_false = text_equals(pair->value, TEXT("false"));
    if (field && field->kind == FIELD_TEXTS) {
        value = document_new_list(arena);
        struct text rest = text_is_empty(pair->value) ? (struct text){0} : pair->value;
        while (rest.bytes)
            document_append(value, document_new_text(arena, text_cut(&rest, ',')));
    } else if (field && field->kind == FIELD_INT && parse_int64(pair->value, &number)) {
        value = document_new_int(arena, number);
    } else if (field && field->kind == FIELD_BOOL && (is_true || is_false)) {
        value = document_new_bool(arena, is_true);
    }
    document_set(values, pair->key, value);
}

static void
report_double(struct problem_list *problems, struct text name)
{
    problems_add(problems, NULL, utf8_at_most(name, SHOWN_BYTES), "is there twice: ask once for each");
}

static bool
names_unknown(const struct schema *schema, const struct problem_list *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        struct text name = problems->items[i].path, word = text_cut(&name, '[');
        if (!text_is_empty(word) && !schema_find_field(schema, word))
            return true;
    }
    return false;
}
