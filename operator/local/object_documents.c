/* An object as `weir get` shows it: the manifest with what the store and the reconcilers add, in kubectl's
 * shape. */
#include "operator/local/object_documents.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/parse.h"
#include "lib/document/document_build.h"
#include "operator/local/object_records.h"
#include "operator/local/operator_parts.h"

const struct document *
object_document_of_broken(struct arena *arena, const struct broken_object *broken)
{
    struct document *metadata = document_new_map(arena);
    document_set_text(metadata, "name", broken->name);
    if (broken->namespace.length > 0)
        document_set_text(metadata, "namespace", broken->namespace);
    struct document *conditions = document_new_list(arena);
    static const char *const types[][2] = {{"Ready", "False"}, {"Stalled", "True"}};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        struct document *condition = document_new_map(arena);
        document_set_text(condition, "type", text_of(types[i][0]));
        document_set_text(condition, "status", text_of(types[i][1]));
        document_set_text(condition, "reason", TEXT("InvalidSpec"));
        document_set_text(condition, "message", broken->problem);
        document_append(conditions, condition);
    }
    struct document *status = document_new_map(arena);
    document_set(status, TEXT("conditions"), conditions);
    struct document *document = document_new_map(arena);
    document_set_text(document, "apiVersion", text_of(broken->kind->api_version));
    document_set_text(document, "kind", text_of(broken->kind->name));
    document_set(document, TEXT("metadata"), metadata);
    document_set(document, TEXT("status"), status);
    return document;
}

static const struct document *
metadata_document(struct arena *arena, const struct object *object, const struct object_record *record);
static const struct document *
with_defaults(struct arena *arena, const struct kind *kind, const struct document *spec);
static const struct document *status_document(struct local_operator *op, struct arena *arena,
                                              const struct status_view *view, const struct object *object);
static void add_notices(struct local_operator *op, struct arena *arena, const struct object *object,
                        struct condition_list *conditions);

const struct document *
object_document_of(struct local_operator *op, struct arena *arena, const struct status_view *view,
                   const struct object *object)
{
    if (object->kind->is_foreign)
        return schema_encode(arena, object->kind->schema, object->value, SCHEMA_ENCODE_REDACTED);
    struct document *document = document_new_map(arena);
    document_set_text(document, "apiVersion", text_of(object->kind->api_version));
    document_set_text(document, "kind", text_of(object->kind->name));
    document_set(document, TEXT("metadata"),
                 metadata_document(arena, object, object_records_get(op->records, object)));
    const struct document *spec = document_find(object->document, TEXT("spec"));
    if (spec)
        document_set(document, TEXT("spec"), with_defaults(arena, object->kind, spec));
    const struct document *status = status_document(op, arena, view, object);
    if (status)
        document_set(document, TEXT("status"), status);
    return document;
}

static const struct document *
metadata_document(struct arena *arena, const struct object *object, const struct object_record *record)
{
    struct document *metadata = document_new_map(arena);
    const struct document *written = document_find(object->document, TEXT("metadata"));
    for (size_t i = 0; i < document_count(written); i++)
        document_set(metadata, document_key_at(written, i), document_value_at(written, i));
    document_set_int(metadata, "generation", record->generation);
    document_set_text(metadata, "creationTimestamp", print_time(arena, record->created_unix_ms, false));
    return metadata;
}

static const struct document *
status_document(struct local_operator *op, struct arena *arena, const struct status_view *view,
                const struct object *object)
{
    struct object_record *record = object_records_get(op->records, object);
    int64_t now_ms = clock_unix_ms();
    if (object->kind->id == KIND_WORKSPACE) {
        struct workspace_status status =
            status_of_workspace(arena, view, object->workspace, record->generation);
        object_record_note_conditions(record, &status.conditions, now_ms);
        add_notices(op, arena, object, &status.conditions);
        return schema_encode(arena, &workspace_status_schema, &status, SCHEMA_ENCODE_PLAIN);
    }
    if (object->kind->id == KIND_MODEL_POLICY) {
        struct model_policy_status status =
            status_of_policy(arena, view, object->model_policy, record->generation);
        object_record_note_conditions(record, &status.conditions, now_ms);
        add_notices(op, arena, object, &status.conditions);
        return schema_encode(arena, &model_policy_status_schema, &status, SCHEMA_ENCODE_PLAIN);
    }
    struct condition_list conditions = status_of_unsupported(arena, view, object, record->generation);
    object_record_note_conditions(record, &conditions, now_ms);
    struct document *list = document_new_list(arena);
    for (size_t i = 0; i < conditions.count; i++)
        document_append(list,
                        schema_encode(arena, &condition_schema, &conditions.items[i], SCHEMA_ENCODE_PLAIN));
    struct document *status = document_new_map(arena);
    document_set_int(status, "observedGeneration", record->generation);
    document_set(status, TEXT("conditions"), list);
    return status;
}

/* Fields that do nothing here or yet are named, never silently ignored. They are so since the object is
 * there. */
static void
add_notices(struct local_operator *op, struct arena *arena, const struct object *object,
            struct condition_list *conditions)
{
    const struct object_record *record = object_records_get(op->records, object);
    const struct store_file *file = store_find_path(op->store, document_place(object->document).file);
    struct text notices = {0};
    for (size_t i = 0; file && file->good && i < file->good->objects.count; i++)
        if (file->good->objects.items[i].document == object->document)
            notices = manifest_notices(arena, file->good, &file->good->objects.items[i]);
    if (notices.length == 0)
        return;
    for (size_t i = 0; i < conditions->count; i++) {
        struct condition *there = &conditions->items[i];
        if (text_equals(there->type, TEXT("Honoured"))) {
            there->message = text_format(arena, "%.*s; %.*s", TEXT_ARG(there->message), TEXT_ARG(notices));
            return;
        }
    }
    struct condition *items = arena_alloc_array(arena, conditions->count + 1, sizeof(*items));
    if (conditions->count > 0)
        memcpy(items, conditions->items, conditions->count * sizeof(*items));
    items[conditions->count] = (struct condition){.type = TEXT("Honoured"),
                                                  .status = CONDITION_FALSE,
                                                  .observed_generation = record->generation,
                                                  .last_transition_time = record->created_unix_ms,
                                                  .reason = TEXT("FieldsWithoutEffect"),
                                                  .message = notices};
    *conditions = (struct condition_list){.items = items, .count = conditions->count + 1};
}

/* What an API server would have filled in: the columns of `weir get` show it. */
static const struct document *
with_defaults(struct arena *arena, const struct kind *kind, const struct document *spec)
{
    struct document *filled = document_new_map(arena);
    for (size_t i = 0; i < document_count(spec); i++)
        document_set(filled, document_key_at(spec, i), document_value_at(spec, i));
    const struct field *of_spec = schema_find_field(kind->schema, TEXT("spec"));
    for (size_t i = 0; i < of_spec->schema->field_count; i++) {
        const struct field *field = &of_spec->schema->fields[i];
        if (!field->default_text || document_find(spec, field->key))
            continue;
        if (field->kind == FIELD_INT)
            document_set(filled, field->key, document_new_number(arena, text_of(field->default_text)));
        else if (field->kind == FIELD_ENUM)
            document_set(filled, field->key, document_new_text(arena, text_of(field->default_text)));
    }
    return filled;
}
