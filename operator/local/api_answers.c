/* Objects with their status, environments, explanations: from the latest pass and what gateways report. */
#include "operator/local/api_answers.h"

#include "api/types/secret.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/parse.h"
#include "lib/document/document_build.h"
#include "operator/local/object_records.h"
#include "operator/local/operator_parts.h"
#include "operator/reconcile/explain.h"

static bool
is_wanted(const struct api_question *question, const struct kind *kind, const struct object *object);
static const struct document *object_document(struct local_operator *op, struct arena *arena,
                                              const struct status_view *view, const struct object *object);
static const struct document *
metadata_document(struct arena *arena, const struct object *object, const struct object_record *record);
static const struct document *status_document(struct local_operator *op, struct arena *arena,
                                              const struct status_view *view, const struct object *object);
static void add_notices(struct local_operator *op, struct arena *arena, const struct object *object,
                        struct condition_list *conditions);
static const struct document *refuse(struct api_question *question, int status, struct text message);

const struct document *
api_answer_objects(struct local_operator *op, struct api_question *question)
{
    struct arena *arena = question->arena;
    const struct kind *kind = question->kind.length > 0 ? kind_find_by_word(question->kind) : NULL;
    if (question->kind.length > 0 && !kind)
        return refuse(question, 400,
                      text_format(arena, "there is no kind %.*s: Workspace, ModelPolicy, Deployment, Secret",
                                  TEXT_ARG(question->kind)));
    struct status_view view = operator_status_view(op, arena);
    struct document *items = document_new_list(arena);
    for (size_t i = 0; i < op->pass.view.objects.count; i++)
        if (is_wanted(question, kind, &op->pass.view.objects.items[i]))
            document_append(items, object_document(op, arena, &view, &op->pass.view.objects.items[i]));
    struct document *list = document_new_map(arena);
    document_set(list, TEXT("items"), items);
    return list;
}

const struct document *
api_answer_environments(struct local_operator *op, struct api_question *question)
{
    struct arena *arena = question->arena;
    const struct plan *plan = op->pass.plan;
    struct environment_report report = {0};
    report.environments.items =
        arena_alloc_array(arena, plan->environment_count, sizeof(*report.environments.items));
    for (size_t i = 0; i < plan->environment_count; i++)
        report.environments.items[report.environments.count++] =
            operator_environment_state(op, arena, &plan->environments[i]);
    return schema_encode(arena, &environment_report_schema, &report, SCHEMA_ENCODE_PLAIN);
}

const struct document *
api_answer_explain(struct local_operator *op, struct api_question *question)
{
    struct arena *arena = question->arena;
    struct text environment = question->environment;
    struct text workspace = text_cut(&environment, '/');
    const struct planned_environment *planned = plan_find_environment(op->pass.plan, workspace, environment);
    if (!planned) {
        struct text_list names = {
            .items = arena_alloc_array(arena, op->pass.plan->environment_count, sizeof(struct text))};
        for (size_t i = 0; i < op->pass.plan->environment_count; i++) {
            const struct planned_environment *known = &op->pass.plan->environments[i];
            names.items[names.count++] =
                text_format(arena, "%.*s/%.*s", TEXT_ARG(known->workspace->metadata.name),
                            TEXT_ARG(known->environment->name));
        }
        return refuse(question, 404,
                      text_format(arena, "there is no environment %.*s; there are: %.*s",
                                  TEXT_ARG(question->environment),
                                  TEXT_ARG(text_join(arena, &names, TEXT(", ")))));
    }
    struct environment_state state = operator_environment_state(op, arena, planned);
    struct explanation explanation = {
        .workspace = state.workspace,
        .environment = state.environment,
        .tier = state.tier,
        .revision = state.revision,
        .gateways = state.gateways,
        .gateways_acked = state.gateways_acked,
        .held = planned->hold.message,
        .rows = explain_rows(arena, planned),
        .caller = question->caller,
        .model = question->model,
    };
    if (question->caller.length > 0 || question->model.length > 0) {
        struct explain_question asked = {
            .caller = question->caller, .model = question->model, .now_unix_ms = clock_unix_ms()};
        explanation.verdict = explain_verdict(arena, planned, &asked);
    }
    return schema_encode(arena, &explanation_schema, &explanation, SCHEMA_ENCODE_PLAIN);
}

static bool
is_wanted(const struct api_question *question, const struct kind *kind, const struct object *object)
{
    return (!kind || object->kind == kind) &&
           (question->name.length == 0 || text_equals(question->name, object->metadata->name)) &&
           (question->space.length == 0 || text_equals(question->space, object->metadata->namespace));
}

static const struct document *
object_document(struct local_operator *op, struct arena *arena, const struct status_view *view,
                const struct object *object)
{
    if (object->kind->id == KIND_SECRET)
        return schema_encode(arena, &secret_schema, object->secret, SCHEMA_ENCODE_REDACTED);
    struct document *document = document_new_map(arena);
    document_set_text(document, "apiVersion", text_of(object->kind->api_version));
    document_set_text(document, "kind", text_of(object->kind->name));
    document_set(document, TEXT("metadata"),
                 metadata_document(arena, object, object_records_get(op->records, object)));
    const struct document *spec = document_find(object->document, TEXT("spec"));
    if (spec)
        document_set(document, TEXT("spec"), spec);
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
    const struct store_file *file =
        store_find_file(op->store, object->kind, object->metadata->namespace, object->metadata->name);
    struct text notices = {0};
    for (size_t i = 0; file && i < file->good->objects.count; i++)
        if (file->good->objects.items[i].document == object->document)
            notices = manifest_notices(arena, file->good, &file->good->objects.items[i]);
    if (notices.length == 0)
        return;
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

static const struct document *
refuse(struct api_question *question, int status, struct text message)
{
    question->status = status;
    question->message = message;
    return NULL;
}
