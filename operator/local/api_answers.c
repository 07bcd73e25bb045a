/* Objects with their status, environments, explanations: from the latest pass and what gateways report. */
#include "operator/local/api_answers.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/document/document_build.h"
#include "operator/local/object_documents.h"
#include "operator/local/operator_parts.h"
#include "operator/reconcile/explain.h"

static bool is_wanted(const struct api_question *question, const struct kind *wanted, const struct kind *kind,
                      struct text namespace, struct text name);
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
    for (size_t i = 0; i < op->pass.view.objects.count; i++) {
        const struct object *object = &op->pass.view.objects.items[i];
        if (is_wanted(question, kind, object->kind, object->metadata->namespace, object->metadata->name))
            document_append(items, object_document_of(op, arena, &view, object));
    }
    for (size_t i = 0; i < op->pass.view.broken.count; i++) {
        const struct broken_object *broken = &op->pass.view.broken.items[i];
        if (broken->kind && broken->name.length > 0 &&
            is_wanted(question, kind, broken->kind, broken->namespace, broken->name))
            document_append(items, object_document_of_broken(arena, broken));
    }
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
is_wanted(const struct api_question *question, const struct kind *wanted, const struct kind *kind,
          struct text namespace, struct text name)
{
    return (!wanted || kind == wanted) && (question->name.length == 0 || text_equals(question->name, name)) &&
           (question->space.length == 0 || text_equals(question->space, namespace));
}

static const struct document *
refuse(struct api_question *question, int status, struct text message)
{
    question->status = status;
    question->message = message;
    return NULL;
}
