/* A planned environment, written down as a ModelPolicy with a status. */
#include "operator/reconcile/effective_object.h"

#include "api/types/kinds.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/utf8.h"
#include "operator/objects/names.h"
#include "operator/objects/object_build.h"
#include "operator/reconcile/effective_constraints.h"
#include "operator/reconcile/explain_words.h"
#include "operator/reconcile/status_conditions.h"

enum { MOST_SOURCES = 256, MOST_ALLOWED_BYTES = 1000 };

static const struct document *status_of(struct arena *arena, const struct planned_environment *planned,
                                        const struct model_policy *last, int64_t now_unix_ms);
static void add_conditions(struct conditions *conditions, const struct planned_environment *planned);
static void
keep_times(struct condition_list *conditions, const struct condition_list *before, int64_t now_unix_ms);
static struct effective_source_list
sources_of(struct arena *arena, const struct applied_policy_list *policies);
static struct effective_model_list models_of(struct arena *arena, const struct planned_environment *planned);
static struct text refused_by(const struct planned_environment *planned, const struct gateway_model *model);
static struct text note_on(const struct environment_config *config, struct text model);
static struct text allowed_words(struct arena *arena, const struct merged_constraints *enforced);

void
effective_object_add(struct desired_objects *objects, const struct reconcile_view *view,
                     const struct planned_environment *planned)
{
    struct arena *arena = objects->arena;
    struct document *object =
        object_new(arena, WEIR_API_VERSION, "ModelPolicy", planned->namespace, TEXT(EFFECTIVE_POLICY_NAME));
    object_set_owner(object, &(struct object_owner){.workspace = planned->workspace->metadata.name,
                                                    .environment = planned->environment->name});
    document_set_text(object_at(object, "metadata.labels"), GENERATED_LABEL, TEXT("true"));
    object_put_text(object, "spec.mode", schema_enum_name(policy_mode_names, POLICY_MODE_ENFORCE));
    desired_add(objects, object);

    const struct model_policy *last = loosening_find_effective(&view->objects, planned->namespace);
    bool is_held = hold_is_set(&planned->hold);
    if (is_held && last && last->status.source)
        objects->items[objects->count - 1].status = last->status.source;
    if (!is_held)
        objects->items[objects->count - 1].status = status_of(arena, planned, last, view->now_unix_ms);
}

struct effective_status
effective_status_of(struct arena *arena, const struct planned_environment *planned)
{
    const struct effective_policy *effective = planned->effective;
    const struct gateway_config *config = &planned->config->config;
    struct effective_status status;
    schema_set_defaults(&effective_status_schema, &status);
    status.workspace = planned->workspace->metadata.name;
    status.environment = planned->environment->name;
    status.tier = planned->environment->tier;
    status.hash = config->policy_digest;
    status.allowed = allowed_words(arena, &effective->enforced);
    status.policies = sources_of(arena, &effective->policies);
    effective_constraints_put(arena, &effective->enforced, &status);
    status.deadlines = config->deadlines;
    status.models = models_of(arena, planned);
    if (planned->loosening.hash.length > 0)
        status.pending = (struct effective_pending){.hash = planned->loosening.hash,
                                                    .since = planned->loosening.since_unix_ms,
                                                    .difference = planned->loosening.difference};
    return status;
}

static const struct document *
status_of(struct arena *arena, const struct planned_environment *planned, const struct model_policy *last,
          int64_t now_unix_ms)
{
    struct model_policy_status status;
    schema_set_defaults(&model_policy_status_schema, &status);
    bool is_seen = last && last->metadata.generation != FIELD_UNSET;
    status.observed_generation = is_seen ? last->metadata.generation : 1;
    status.level = POLICY_LEVEL_ENVIRONMENT;
    status.applied_to = 1;
    struct conditions conditions;
    conditions_init(&conditions, arena, status.observed_generation);
    add_conditions(&conditions, planned);
    static const struct condition_list none = {0};
    keep_times(&conditions.list, last ? &last->status.conditions : &none, now_unix_ms);
    status.conditions = conditions.list;
    status.effective = effective_status_of(arena, planned);
    return schema_encode(arena, &model_policy_status_schema, &status, SCHEMA_ENCODE_PLAIN);
}

static void
add_conditions(struct conditions *conditions, const struct planned_environment *planned)
{
    size_t count = planned->effective->policies.count;
    conditions_add_ready(
        conditions, CONDITION_TRUE, TEXT("InForce"),
        text_format(conditions->arena,
                    "%.*s is under %zu polic%s; this is what they come to, written by the operator",
                    TEXT_ARG(planned->namespace), count, count == 1 ? "y" : "ies"));
    if (loosening_is_held(&planned->loosening))
        conditions_add(conditions, TEXT("LooseningPending"), CONDITION_TRUE,
                       planned->loosening.rule == LOOSENING_DENY ? TEXT("LooseningDenied")
                                                                 : TEXT("ApprovalNeeded"),
                       loosening_words(conditions->arena, &planned->loosening, planned->namespace));
}

static void
keep_times(struct condition_list *conditions, const struct condition_list *before, int64_t now_unix_ms)
{
    for (size_t i = 0; i < conditions->count; i++) {
        struct condition *condition = &conditions->items[i];
        const struct condition *twin = condition_find(before, condition->type);
        bool is_as_it_was = twin && twin->status == condition->status;
        condition->last_transition_time =
            is_as_it_was ? twin->last_transition_time : now_unix_ms / 1000 * 1000;
    }
}

static struct effective_source_list
sources_of(struct arena *arena, const struct applied_policy_list *policies)
{
    size_t count = policies->count < MOST_SOURCES ? policies->count : MOST_SOURCES;
    struct effective_source_list list = {.items = arena_alloc_array(arena, count, sizeof(*list.items))};
    while (list.count < count) {
        const struct applied_policy *applied = &policies->items[list.count];
        list.items[list.count++] = (struct effective_source){
            .policy = applied->title, .level = applied->level, .mode = applied->policy->spec.mode};
    }
    return list;
}

static struct effective_model_list
models_of(struct arena *arena, const struct planned_environment *planned)
{
    const struct gateway_model_list *models = &planned->config->config.models;
    struct effective_model_list list = {.items =
                                            arena_alloc_array(arena, models->count, sizeof(*list.items))};
    for (size_t i = 0; i < models->count; i++) {
        const struct gateway_model *model = &models->items[i];
        bool is_available = gateway_model_has_targets(model);
        list.items[list.count++] = (struct effective_model){
            .name = model->name,
            .available = is_available,
            .refused_by = is_available ? (struct text){0} : refused_by(planned, model),
            .note = is_available ? (struct text){0} : note_on(planned->config, model->name),
        };
    }
    return list;
}

static struct text
refused_by(const struct planned_environment *planned, const struct gateway_model *model)
{
    for (size_t i = 0; i < model->forbidden.count; i++) {
        const struct gateway_target *target = &model->forbidden.items[i];
        struct model_identity identity = {
            .provider = target->provider, .model = target->model, .name = model->name};
        const struct model_rule *rule = constraints_find_refusal(&planned->effective->enforced, &identity);
        if (rule)
            return rule->from.policy;
    }
    return (struct text){0};
}

static struct text
note_on(const struct environment_config *config, struct text model)
{
    for (size_t i = 0; i < config->models.count; i++)
        if (text_equals(config->models.items[i].name, model))
            return config->models.items[i].note;
    return (struct text){0};
}

/* "gpt-4.1-mini, claude-*, except *-preview" */
static struct text
allowed_words(struct arena *arena, const struct merged_constraints *enforced)
{
    struct buffer out;
    buffer_init(&out, arena, 64);
    if (enforced->allow.count == 0) {
        buffer_add_string(&out, "everything");
    } else {
        struct text_list words = explain_intersection(arena, &enforced->allow);
        buffer_add_text(&out, words.count == 0 ? TEXT("nothing") : text_join(arena, &words, TEXT(", ")));
    }
    for (size_t i = 0; i < enforced->deny.count; i++)
        buffer_print(&out, "%s%.*s", i == 0 ? ", except " : ", ",
                     TEXT_ARG(explain_patterns(arena, &enforced->deny.items[i].patterns)));
    struct text words = buffer_text(&out), cut = utf8_at_most(words, MOST_ALLOWED_BYTES);
    return cut.length == words.length ? words : text_format(arena, "%.*s …", TEXT_ARG(cut));
}
