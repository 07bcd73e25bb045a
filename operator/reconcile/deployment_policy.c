/* Held against the enforced constraints only: what is Shadow keeps nothing from running. */
#include "operator/reconcile/deployment_policy.h"

#include "api/types/model_rule_match.h"
#include "lib/base/arena.h"
#include "operator/objects/model_engine.h"
#include "operator/reconcile/model_servers.h"

enum { NAMES_SHOWN = 8 };

/* Who asks, for the words of a refusal. */
struct policy_question {
    struct arena *arena;
    const struct planned_environment *planned;
};

static struct hold
check_batch(const struct policy_question *question, const struct cluster_view *view, struct text model);
static struct hold check_server(const struct policy_question *question, const struct deployment *deployment);
static struct hold check_route(const struct policy_question *question, const struct merged_route *merged);
static struct hold
check_identity(const struct policy_question *question, const struct model_identity *identity);
static bool
is_served(const struct policy_question *question, const struct cluster_view *view, struct text model);
static const struct environment_model *
find_model(const struct planned_environment *planned, struct text model);
static struct text callable_names(const struct policy_question *question);
static struct text pattern_words(struct arena *arena, const struct model_pattern_list *patterns);

struct hold
deployment_policy_hold(struct arena *arena, const struct cluster_view *view,
                       const struct planned_environment *planned, const struct deployment *deployment)
{
    struct policy_question question = {.arena = arena, .planned = planned};
    if (deployment->spec.type == DEPLOYMENT_BATCH)
        return check_batch(&question, view, deployment->spec.workload.batch.model);
    if (deployment->spec.type == DEPLOYMENT_MODEL_SERVER)
        return check_server(&question, deployment);
    return (struct hold){0};
}

static struct hold
check_batch(const struct policy_question *question, const struct cluster_view *view, struct text model)
{
    const struct merged_route *merged = defaults_find_route(&question->planned->effective->defaults, model);
    if (merged)
        return check_route(question, merged);
    if (is_served(question, view, model))
        return (struct hold){0};
    struct hold hold = check_identity(question, &(struct model_identity){.name = model});
    if (hold_is_set(&hold))
        return hold;
    return (struct hold){
        .reason = TEXT("ModelUnknown"),
        .message = text_format(
            question->arena, "nothing serves the model %.*s in %.*s, so nothing was created; there are %.*s",
            TEXT_ARG(model), TEXT_ARG(question->planned->namespace), TEXT_ARG(callable_names(question)))};
}

/* One target that is left is enough. */
static struct hold
check_route(const struct policy_question *question, const struct merged_route *merged)
{
    const struct policy_route *route = merged->route;
    const struct route_target_list *lists[] = {&route->targets, &route->fallback.targets};
    struct hold refusal = {0};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        for (size_t j = 0; j < lists[i]->count; j++) {
            const struct route_target *target = &lists[i]->items[j];
            struct model_identity identity = {
                .provider = target->provider, .model = target->model, .name = route->model};
            struct hold hold = check_identity(question, &identity);
            if (!hold_is_set(&hold))
                refusal = (struct hold){.message = TEXT("-")};
            else if (text_is_empty(refusal.message))
                refusal = hold;
        }
    }
    if (hold_is_set(&refusal))
        return refusal;
    const struct environment_model *model = find_model(question->planned, route->model);
    if (!model || model->available)
        return (struct hold){0};
    return (struct hold){.reason = TEXT("ModelUnavailable"),
                         .message =
                             text_format(question->arena,
                                         "the model %.*s cannot be called in %.*s: %.*s; nothing was "
                                         "created",
                                         TEXT_ARG(route->model), TEXT_ARG(question->planned->namespace),
                                         TEXT_ARG(model->note))};
}

static struct hold
check_server(const struct policy_question *question, const struct deployment *deployment)
{
    const struct text_list *aliases = &deployment->spec.exposure.model_aliases;
    struct text model = model_server_model(deployment);
    struct hold hold =
        check_identity(question, &(struct model_identity){.provider = TEXT(PROVIDER_SELF_HOSTED),
                                                          .model = model,
                                                          .name = deployment->metadata.name});
    for (size_t i = 0; i < aliases->count && !hold_is_set(&hold); i++)
        hold = check_identity(question, &(struct model_identity){.provider = TEXT(PROVIDER_SELF_HOSTED),
                                                                 .model = model,
                                                                 .name = aliases->items[i]});
    return hold;
}

static struct hold
check_identity(const struct policy_question *question, const struct model_identity *identity)
{
    const struct merged_constraints *enforced = &question->planned->effective->enforced;
    struct model_refusal refusal =
        model_rules_find_refusal(&enforced->allow, &enforced->deny, POLICY_MODE_ENFORCE, identity);
    if (!refusal.rule)
        return (struct hold){0};
    struct text name = text_is_empty(identity->model) ? identity->name : identity->model;
    struct text patterns = pattern_words(question->arena, &refusal.rule->patterns);
    struct text message =
        text_format(question->arena, "model %.*s is not allowed in %.*s by %.*s%s%.*s", TEXT_ARG(name),
                    TEXT_ARG(question->planned->namespace), TEXT_ARG(refusal.rule->from.policy),
                    refusal.is_denied ? ", which denies " : "; allowed: ", TEXT_ARG(patterns));
    return (struct hold){
        .reason = TEXT("PolicyDenied"), .message = message, .policy = refusal.rule->from.policy};
}

static bool
is_served(const struct policy_question *question, const struct cluster_view *view, struct text model)
{
    struct model_server_list servers =
        model_servers_ready(question->arena, view, question->planned->namespace);
    for (size_t i = 0; i < servers.count; i++)
        if (model_server_answers_to(&servers.items[i], model))
            return true;
    return find_model(question->planned, model) != NULL;
}

static const struct environment_model *
find_model(const struct planned_environment *planned, struct text model)
{
    const struct environment_model_list *models = &planned->config->models;
    for (size_t i = 0; i < models->count; i++)
        if (text_equals(models->items[i].name, model))
            return &models->items[i];
    return NULL;
}

static struct text
callable_names(const struct policy_question *question)
{
    const struct environment_model_list *models = &question->planned->config->models;
    struct text_list names = {.items =
                                  arena_alloc_array(question->arena, NAMES_SHOWN + 1, sizeof(struct text))};
    for (size_t i = 0; i < models->count && names.count < NAMES_SHOWN; i++)
        if (models->items[i].available)
            names.items[names.count++] = models->items[i].name;
    if (names.count == 0)
        return TEXT("none");
    if (names.count == NAMES_SHOWN)
        names.items[names.count++] = TEXT("...");
    return text_join(question->arena, &names, TEXT(", "));
}

static struct text
pattern_words(struct arena *arena, const struct model_pattern_list *patterns)
{
    struct text_list words = {.items = arena_alloc_array(arena, NAMES_SHOWN + 1, sizeof(struct text))};
    for (size_t i = 0; i < patterns->count && words.count < NAMES_SHOWN; i++) {
        const struct model_pattern *pattern = &patterns->items[i];
        bool is_anyones = text_equals(pattern->provider, TEXT("*"));
        words.items[words.count++] = is_anyones ? pattern->name
                                                : text_format(arena, "%.*s/%.*s", TEXT_ARG(pattern->provider),
                                                              TEXT_ARG(pattern->name));
    }
    if (patterns->count > NAMES_SHOWN)
        words.items[words.count++] = TEXT("...");
    return text_join(arena, &words, TEXT(", "));
}
