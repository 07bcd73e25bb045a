/* Schema to the structural OpenAPI v3 schema of a CRD: types everywhere, everything bounded, no $ref. */
#include "lib/document/document_build.h"
#include "lib/schema/field_openapi.h"
#include "lib/schema/schema.h"

static struct document *
rules_of(struct arena *arena, const struct schema *schema)
{
    struct document *rules = document_new_list(arena);
    for (size_t i = 0; i < schema->rule_count; i++) {
        const struct schema_rule *rule = &schema->rules[i];
        struct document *entry = document_new_map(arena);
        document_set_text(entry, "rule", text_of(rule->cel));
        document_set_text(entry, "message", text_of(rule->message));
        if (rule->field_path)
            document_set_text(entry, "fieldPath", text_of(rule->field_path));
        document_append(rules, entry);
    }
    return rules;
}

struct document *
schema_openapi(struct arena *arena, const struct schema *schema)
{
    struct document *object = document_new_map(arena);
    struct document *required = document_new_list(arena);
    struct document *properties = document_new_map(arena);
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field *field = &schema->fields[i];
        document_set(properties, field->key, field_openapi(arena, field));
        if (field->required)
            document_append(required, document_new_text(arena, field->key));
    }

    document_set_text(object, "description", text_of(schema->doc));
    document_set_text(object, "type", TEXT("object"));
    if (document_count(required) > 0)
        document_set(object, TEXT("required"), required);
    if (document_count(properties) > 0)
        document_set(object, TEXT("properties"), properties);
    if (schema->is_open)
        document_set_bool(object, "x-kubernetes-preserve-unknown-fields", true);
    if (schema->rule_count > 0)
        document_set(object, TEXT("x-kubernetes-validations"), rules_of(arena, schema));
    return object;
}
