/* Document to struct. Reports everything that is wrong at once; the value is usable as far as it went.
 *
 * Single values are decode_scalar.c, lists and maps decode_collection.c, the wording decode_problem.c. */
#include "lib/base/arena.h"
#include "lib/schema/decode.h"
#include "lib/schema/field_value.h"

#define KNOWN_FIELDS_SHOWN 12 /* more than that in a hint is noise */

static void decode_into_defaults(struct decoder *decoder, const struct decode_place *at,
                                 const struct schema *schema, void *out);
static void
decode_map(struct decoder *decoder, const struct decode_place *at, const struct schema *schema, void *out);

bool /* NOLINTNEXTLINE(readability-function-size): six, no two of a kind, and none belongs to another */
schema_decode(struct arena *arena, const struct schema *schema, const struct document *document,
              struct text path, void *out_value, struct problem_list *problems)
{
    struct decoder decoder = {.arena = arena, .problems = problems, .root = path};
    struct decode_place at = {.node = document};
    size_t errors_before = problems->error_count;
    size_t problems_before = problems->count;

    decode_object(&decoder, &at, schema, out_value);
    problems_sort_from(problems, problems_before);
    return problems->error_count == errors_before;
}

void
decode_object(struct decoder *decoder, const struct decode_place *at, const struct schema *schema, void *out)
{
    schema_set_defaults(schema, out);
    decode_into_defaults(decoder, at, schema, out);
}

static void
decode_into_defaults(struct decoder *decoder, const struct decode_place *at, const struct schema *schema,
                     void *out)
{
    size_t errors_before = decoder->problems->error_count;
    if (document_kind(at->node) == DOCUMENT_MAP)
        memcpy(out, &at->node, sizeof(void *)); /* its `source`, the first member */
    else if (document_kind(at->node) != DOCUMENT_NULL || at->parent)
        decode_problem_kind(decoder, at, "a map of fields");

    bool is_readable = decoder->problems->error_count == errors_before;
    if (is_readable)
        decode_map(decoder, at, schema, out);
    if (schema->check && decoder->problems->error_count == errors_before)
        schema->check(out, decode_path(decoder, at), decoder->problems);
}

static struct text_list
known_keys(struct arena *arena, const struct schema *schema)
{
    struct text_list keys = {.items = arena_alloc_array(arena, schema->field_count, sizeof(*keys.items))};
    for (size_t i = 0; i < schema->field_count; i++)
        keys.items[keys.count++] = schema->fields[i].key;
    return keys;
}

static void
report_unknown_field(struct decoder *decoder, const struct decode_place *unknown, const struct schema *schema)
{
    struct text_list known = known_keys(decoder->arena, schema);
    struct text hint = decode_suggestion(decoder, unknown->key, &known);
    if (text_is_empty(hint) && known.count > 0 && known.count <= KNOWN_FIELDS_SHOWN) {
        struct text keys = text_join(decoder->arena, &known, TEXT(", "));
        hint = text_format(decoder->arena, "allowed here: %.*s", TEXT_ARG(keys));
    }
    struct problem problem = {
        .level = PROBLEM_ERROR,
        .place = document_key_place(unknown->parent->node, unknown->key),
        .path = decode_path(decoder, unknown),
        .message = TEXT("unknown field"),
        .hint = hint,
        .width = unknown->key.length,
    };
    problems_add_problem(decoder->problems, &problem);
}

static void
report_unknown_fields(struct decoder *decoder, const struct decode_place *at, const struct schema *schema)
{
    for (size_t i = 0; i < document_count(at->node); i++) {
        struct decode_place unknown = {.parent = at, .key = document_key_at(at->node, i)};
        if (!schema_find_field(schema, unknown.key))
            report_unknown_field(decoder, &unknown, schema);
    }
}

static void
report_missing(struct decoder *decoder, const struct decode_place *missing)
{
    struct problem problem = {
        .level = PROBLEM_ERROR,
        .place = document_place(missing->parent->node),
        .path = decode_path(decoder, missing),
        .message = TEXT("required field is missing"),
        .hint = text_of(missing->field->doc),
    };
    problems_add_problem(decoder->problems, &problem);
}

/* A cluster writes each default out: what says no more than silence promises nothing. */
static bool
says_default(const struct decode_place *at)
{
    const char *written = at->field->default_text;
    if (!written)
        return false;
    if (document_kind(at->node) == DOCUMENT_BOOL)
        return document_bool(at->node) == (written[0] == 't');
    return text_equals(document_text(at->node), text_of(written));
}

/* Says of a field that is there but does nothing, or nothing here, that this is so. */
static void
report_support(struct decoder *decoder, const struct decode_place *at)
{
    static const char *const words[] = {
        [SUPPORT_CLUSTER_ONLY] = "takes effect only in a cluster",
        [SUPPORT_LEDGER_ONLY] = "takes effect only with a ledger",
        [SUPPORT_NAMED] = "has no effect yet",
        [SUPPORT_REFUSED] = "is not enforced yet, so it is refused",
    };
    enum field_support support = at->field->support;
    if (support == SUPPORT_FULL || says_default(at))
        return;

    const char *note = at->field->support_note;
    struct problem problem = {
        .level = support == SUPPORT_REFUSED ? PROBLEM_ERROR : PROBLEM_NOTICE,
        .place = document_key_place(at->parent->node, at->key),
        .path = decode_path(decoder, at),
        .message =
            note ? text_format(decoder->arena, "%s: %s", words[support], note) : text_of(words[support]),
        .width = at->key.length,
    };
    problems_add_problem(decoder->problems, &problem);
}

static void
decode_field(struct decoder *decoder, const struct decode_place *at, void *member)
{
    report_support(decoder, at);
    switch (at->field->kind) {
    case FIELD_OBJECT:
        decode_into_defaults(decoder, at, at->field->schema, member); /* set with those around it */
        break;
    case FIELD_ANY:
        memcpy(member, &at->node, sizeof(void *));
        break;
    case FIELD_LIST:
    case FIELD_TEXTS:
    case FIELD_INTS:
    case FIELD_TEXT_MAP:
        decode_collection(decoder, at, member);
        break;
    default:
        decode_scalar(decoder, at, member);
        break;
    }
}

static void
decode_map(struct decoder *decoder, const struct decode_place *at, const struct schema *schema, void *out)
{
    size_t known_count = 0;
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field *field = &schema->fields[i];
        struct decode_place value = {
            .parent = at, .key = field->key, .node = document_find(at->node, field->key), .field = field};
        known_count += value.node != NULL;
        if (document_kind(value.node) != DOCUMENT_NULL)
            decode_field(decoder, &value, (char *)out + field->offset);
        else if (field->required)
            report_missing(decoder, &value);
    }
    if (!schema->is_open && known_count < document_count(at->node))
        report_unknown_fields(decoder, at, schema);
}
