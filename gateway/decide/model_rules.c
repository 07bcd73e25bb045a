/* The shared decision (api/types/model_rule_match.h) asked for each mode, and over a model's targets. */
#include "gateway/decide/model_rules.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"

static const struct gateway_target *target_at(const struct gateway_model *model, size_t index);
static const struct gateway_model *find_model(const struct gateway_config *config, struct text name);

struct model_verdict
model_rules_decide(const struct gateway_config *config, const struct model_identity *model)
{
    struct model_refusal shadow =
        model_rules_find_refusal(&config->allow, &config->deny, POLICY_MODE_SHADOW, model);
    struct model_refusal refusal =
        model_rules_find_refusal(&config->allow, &config->deny, POLICY_MODE_ENFORCE, model);
    return (struct model_verdict){.allowed = refusal.rule == NULL,
                                  .is_denied = refusal.is_denied,
                                  .rule = refusal.rule,
                                  .shadow = shadow.rule};
}

struct model_verdict
model_rules_decide_model(const struct gateway_config *config, const struct gateway_model *model)
{
    struct model_verdict first = {.allowed = true}; /* without a target there is nothing to forbid */
    const struct gateway_target *target;
    for (size_t i = 0; (target = target_at(model, i)) != NULL; i++) {
        struct model_identity identity = {target->provider, target->model, model->name};
        struct model_verdict one = model_rules_decide(config, &identity);
        if (one.allowed)
            return one;
        if (i == 0)
            first = one;
    }
    return first;
}

struct model_verdict
model_rules_decide_name(const struct gateway_config *config, struct text name,
                        const struct gateway_model **out_model)
{
    *out_model = find_model(config, name);
    if (*out_model)
        return model_rules_decide_model(config, *out_model);
    return model_rules_decide(config, &(struct model_identity){.name = name});
}

bool
model_rules_allow_target(const struct gateway_config *config, const struct gateway_model *model,
                         const struct gateway_target *target)
{
    struct model_identity identity = {target->provider, target->model, model->name};
    return model_rules_decide(config, &identity).allowed;
}

struct text
model_rules_list_allowed(struct arena *arena, const struct gateway_config *config, size_t max_names)
{
    struct buffer names;
    buffer_init(&names, arena, 128);
    size_t written = 0, left_out = 0;
    for (size_t i = 0; i < config->models.count; i++) {
        const struct gateway_model *model = &config->models.items[i];
        if (!gateway_model_has_targets(model) || !model_rules_decide_model(config, model).allowed)
            continue;
        if (written == max_names) {
            left_out++;
            continue;
        }
        if (written++ > 0)
            buffer_add_string(&names, ", ");
        buffer_add_text(&names, model->name);
    }
    if (left_out > 0)
        buffer_print(&names, " and %zu more", left_out);
    return buffer_text(&names);
}

/* Those that may be called, then the fallback, then the forbidden ones; NULL past the last. */
static const struct gateway_target *
target_at(const struct gateway_model *model, size_t index)
{
    const struct gateway_target_list *lists[] = {&model->targets, &model->fallback, &model->forbidden};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        if (index < lists[i]->count)
            return &lists[i]->items[index];
        index -= lists[i]->count;
    }
    return NULL;
}

static const struct gateway_model *
find_model(const struct gateway_config *config, struct text name)
{
    for (size_t i = 0; i < config->models.count; i++)
        if (text_equals(config->models.items[i].name, name))
            return &config->models.items[i];
    return NULL;
}
