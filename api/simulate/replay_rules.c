/* See the header. */
#include "api/simulate/replay_rules.h"

#include "api/types/model_rule_match.h"

static const struct gateway_model *find_model(const struct gateway_config *config, struct text name);
static const struct gateway_target *
find_target(const struct gateway_model *model, const struct usage_record *record);
static struct replay_refusal
refusal_of(const struct gateway_config *config, const struct model_identity *identity);
static bool is_in_force(const struct gateway_maximum *maximum);
static void shorten(struct usage_vector *used, int64_t most);

struct replay_route
replay_route_of(const struct gateway_config *config, const struct usage_record *record)
{
    struct replay_route route = {0};
    struct model_identity asked = {record->provider, record->target_model, record->model};
    const struct gateway_model *model = find_model(config, record->model);
    if (!model) {
        route.refusal = refusal_of(config, &asked);
        if (text_is_empty(route.refusal.rule))
            route.refusal.rule = TEXT("no route");
        return route;
    }
    if (!gateway_model_has_targets(model)) {
        if (model->forbidden.count > 0) {
            const struct gateway_target *first = &model->forbidden.items[0];
            route.refusal =
                refusal_of(config, &(struct model_identity){first->provider, first->model, model->name});
        }
        return route;
    }
    route.target = find_target(model, record);
    if (route.target)
        return route;
    route.target = model->targets.count > 0 ? &model->targets.items[0] : &model->fallback.items[0];
    if (text_is_empty(record->provider)) /* nobody was asked then */
        return route;
    route.moved_by = refusal_of(config, &asked);
    if (text_is_empty(route.moved_by.rule))
        route.moved_by = (struct replay_refusal){TEXT("routes"), model->from};
    return route;
}

struct replay_refusal
replay_apply_maxima(const struct gateway_config *config, struct usage_vector *used,
                    struct replay_refusal *out_clamped)
{
    *out_clamped = (struct replay_refusal){0};
    const struct gateway_maximum *prompt = &config->max_input_tokens, *answer = &config->max_output_tokens;
    if (is_in_force(prompt) && usage_vector_prompt_tokens(used) > prompt->amount)
        return (struct replay_refusal){TEXT("maxInputTokens"), prompt->from};
    if (!is_in_force(answer) || usage_vector_answer_tokens(used) <= answer->amount)
        return (struct replay_refusal){0};
    const struct replay_refusal over = {TEXT("maxOutputTokens"), answer->from};
    if (answer->over == OVER_MAXIMUM_REFUSE)
        return over;
    shorten(used, answer->amount);
    *out_clamped = over;
    return (struct replay_refusal){0};
}

static const struct gateway_model *
find_model(const struct gateway_config *config, struct text name)
{
    for (size_t i = 0; i < config->models.count; i++)
        if (text_equals(config->models.items[i].name, name))
            return &config->models.items[i];
    return NULL;
}

static const struct gateway_target *
find_target(const struct gateway_model *model, const struct usage_record *record)
{
    const struct gateway_target_list *lists[] = {&model->targets, &model->fallback};
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        for (size_t j = 0; j < lists[i]->count; j++)
            if (text_equals(lists[i]->items[j].provider, record->provider) &&
                text_equals(lists[i]->items[j].model, record->target_model))
                return &lists[i]->items[j];
    return NULL;
}

static struct replay_refusal
refusal_of(const struct gateway_config *config, const struct model_identity *identity)
{
    struct model_refusal refusal =
        model_rules_find_refusal(&config->allow, &config->deny, POLICY_MODE_ENFORCE, identity);
    if (!refusal.rule)
        return (struct replay_refusal){0};
    return (struct replay_refusal){refusal.is_denied ? TEXT("models.deny") : TEXT("models.allow"),
                                   refusal.rule->from};
}

/* An amount below 1 is FIELD_UNSET. */
static bool
is_in_force(const struct gateway_maximum *maximum)
{
    return maximum->amount >= 1 && maximum->from.mode == POLICY_MODE_ENFORCE;
}

/* What is said last is cut first: the answer's text, then what else is paid as an answer. */
static void
shorten(struct usage_vector *used, int64_t most)
{
    static const enum usage_class order[] = {USAGE_OUTPUT, USAGE_AUDIO_OUTPUT, USAGE_IMAGE_OUTPUT,
                                             USAGE_REASONING};
    int64_t excess = usage_vector_answer_tokens(used) - most;
    for (size_t i = 0; i < COUNT_OF(order) && excess > 0; i++) {
        int64_t there = usage_vector_count(used, order[i]);
        int64_t cut = there < excess ? there : excess;
        usage_vector_set(used, order[i], there - cut);
        excess -= cut;
    }
}
