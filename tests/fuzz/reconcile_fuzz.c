/* Any manifests through the reconcilers: whatever is accepted gives a plan that gateways accept too, no
 * target passes that a constraint forbids, and what is written down as in force reads back as the same. */
#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/document_build.h"
#include "lib/document/yaml.h"
#include "operator/reconcile/effective_object.h"
#include "operator/reconcile/explain.h"
#include "operator/reconcile/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct object_list
read_objects(struct arena *arena, struct text yaml)
{
    struct object_list objects = {0};
    struct document_list documents = {0};
    if (!yaml_parse(arena, yaml, TEXT("f.yaml"), &documents, NULL))
        return objects;
    objects.items = arena_alloc_array(arena, documents.count, sizeof(*objects.items));
    for (size_t i = 0; i < documents.count; i++) {
        struct problem_list problems;
        problems_init(&problems, arena);
        objects.count += object_decode(arena, documents.items[i], &objects.items[objects.count], &problems);
    }
    return objects;
}

static void
expect_allowed(const struct planned_environment *planned, const struct gateway_model *model,
               const struct gateway_target_list *targets)
{
    for (size_t i = 0; i < targets->count; i++) {
        struct model_identity identity = {
            .provider = targets->items[i].provider, .model = targets->items[i].model, .name = model->name};
        assert(!constraints_find_refusal(&planned->effective->enforced, &identity));
    }
}

static void
expect_accepted(struct arena *arena, const struct planned_environment *planned)
{
    struct gateway_config config;
    struct problem_list problems;
    problems_init(&problems, arena);
    bool is_accepted = schema_decode(arena, &gateway_config_schema, planned->config->document,
                                     (struct text){0}, &config, &problems);
    for (size_t i = 0; !is_accepted && i < problems.count; i++) {
        struct text line = problem_line(arena, &problems.items[i]);
        fprintf(stderr, "%.*s\n", TEXT_ARG(line));
    }
    assert(is_accepted);
    for (size_t i = 0; i < config.models.count; i++) {
        expect_allowed(planned, &config.models.items[i], &config.models.items[i].targets);
        expect_allowed(planned, &config.models.items[i], &config.models.items[i].fallback);
        const struct gateway_model *model = &config.models.items[i];
        bool says_why = model->forbidden.count > 0 || model->unavailable.length > 0;
        assert((model->targets.count > 0) != says_why);
        assert(model->targets.count > 0 || model->fallback.count == 0);
    }
}

static void
explain_everything(struct arena *arena, const struct object_list *objects, const struct plan *plan)
{
    struct status_view view = {.plan = plan};
    for (size_t i = 0; i < objects->count; i++) {
        if (objects->items[i].kind->id == KIND_WORKSPACE)
            (void)status_of_workspace(arena, &view, objects->items[i].workspace, 1);
        else if (objects->items[i].kind->id == KIND_MODEL_POLICY)
            (void)status_of_policy(arena, &view, objects->items[i].model_policy, 1);
    }
    for (size_t i = 0; i < plan->environment_count; i++) {
        struct explain_question question = {.caller = TEXT("ada"), .model = TEXT("echo")};
        (void)explain_verdict(arena, &plan->environments[i], &question);
        (void)explain_rows(arena, &plan->environments[i]);
    }
}

/* The generated policy as the API server gives it back, after the others. */
static struct object_list
with_effective(struct arena *arena, const struct reconcile_view *view,
               const struct planned_environment *planned)
{
    struct desired_objects desired = {.arena = arena};
    effective_object_add(&desired, view, planned);
    struct document *whole = document_new_map(arena);
    const struct document *document = desired.items[0].document;
    for (size_t i = 0; i < document_count(document); i++)
        document_set(whole, document_key_at(document, i), document_value_at(document, i));
    document_set(whole, TEXT("status"), desired.items[0].status);
    struct object_list objects = {
        .items = arena_alloc_array(arena, view->objects.count + 1, sizeof(*objects.items))};
    for (size_t i = 0; i < view->objects.count; i++)
        objects.items[objects.count++] = view->objects.items[i];
    struct problem_list problems;
    problems_init(&problems, arena);
    bool is_valid = object_decode(arena, whole, &objects.items[objects.count++], &problems);
    for (size_t i = 0; !is_valid && i < problems.count; i++) {
        struct text line = problem_line(arena, &problems.items[i]);
        fprintf(stderr, "%.*s\n", TEXT_ARG(line));
    }
    assert(is_valid);
    return objects;
}

static void
expect_nothing_to_loosen(struct arena *arena, const struct reconcile_view *view,
                         const struct planned_environment *planned)
{
    if (loosening_find_effective(&view->objects, planned->namespace))
        return;
    struct reconcile_view later = {.objects = with_effective(arena, view, planned)};
    const struct plan *plan = reconcile(arena, &later);
    const struct planned_environment *same = plan_find_namespace(plan, planned->namespace);
    assert(!loosening_is_held(&same->loosening));
    assert(text_equals(same->config->hash, planned->config->hash));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *arena = arena_new(0);
    struct reconcile_view view = {.objects = read_objects(arena, (struct text){(const char *)bytes, length})};
    const struct plan *plan = reconcile(arena, &view), *again = reconcile(arena, &view);
    for (size_t i = 0; i < plan->environment_count; i++) {
        assert(text_equals(plan->environments[i].config->hash, again->environments[i].config->hash));
        if (hold_is_set(&plan->environments[i].hold))
            continue;
        expect_accepted(arena, &plan->environments[i]);
        expect_nothing_to_loosen(arena, &view, &plan->environments[i]);
    }
    explain_everything(arena, &view.objects, plan);
    arena_free(arena);
    return 0;
}
