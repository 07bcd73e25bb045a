/* Which name a pattern is held against matters: a closed set looks at what the provider will be asked for,
 * because whoever writes routes could otherwise give a forbidden model an allowed name. A denial looks at
 * both names. */
#include "gateway/decide/model_rules.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/glob.h"

static const struct model_rule *
find_missing_set(const struct model_rule_list *allow, const struct model_candidate *candidate,
                 enum policy_mode mode);
static const struct model_rule *find_denial(const struct model_rule_list *deny,
                                            const struct model_candidate *candidate, enum policy_mode mode);
static bool pattern_covers(const struct model_pattern *pattern, const struct model_candidate *candidate,
                           struct text name);
static const struct gateway_model *find_model(const struct gateway_config *config, struct text name);

struct model_verdict
model_rules_decide(const struct gateway_config *config, const struct model_candidate *candidate)
{
    struct model_verdict verdict = {.allowed = true};
    verdict.shadow = find_denial(&config->deny, candidate, POLICY_MODE_SHADOW);
    if (!verdict.shadow)
        verdict.shadow = find_missing_set(&config->allow, candidate, POLICY_MODE_SHADOW);

    verdict.rule = find_denial(&config->deny, candidate, POLICY_MODE_ENFORCE);
    verdict.is_denied = verdict.rule != NULL;
    if (!verdict.rule)
        verdict.rule = find_missing_set(&config->allow, candidate, POLICY_MODE_ENFORCE);
    verdict.allowed = verdict.rule == NULL;
    return verdict;
}

struct model_verdict
model_rules_decide_model(const struct gateway_config *config, const struct gateway_model *model)
{
    struct model_verdict verdict = {0};
    size_t own_count = model->targets.count;
    for (size_t i = 0; i < own_count + model->fallback.count; i++) {
        const struct gateway_target *target =
            i < own_count ? &model->targets.items[i] : &model->fallback.items[i - own_count];
        struct model_candidate candidate = {target->provider, model->name, target->model};
        struct model_verdict one = model_rules_decide(config, &candidate);
        if (one.allowed || i == 0)
            verdict = one;
        if (one.allowed)
            return verdict;
    }
    if (own_count + model->fallback.count == 0)
        return model_rules_decide(config, &(struct model_candidate){.name = model->name});
    return verdict;
}

struct model_verdict
model_rules_decide_name(const struct gateway_config *config, struct text name,
                        const struct gateway_model **out_model)
{
    *out_model = find_model(config, name);
    if (*out_model)
        return model_rules_decide_model(config, *out_model);
    return model_rules_decide(config, &(struct model_candidate){.name = name});
}

bool
model_rules_allow_target(const struct gateway_config *config, const struct gateway_model *model,
                         const struct gateway_target *target)
{
    struct model_candidate candidate = {target->provider, model->name, target->model};
    return model_rules_decide(config, &candidate).allowed;
}

struct text
model_rules_list_allowed(struct arena *arena, const struct gateway_config *config, size_t max_names)
{
    struct buffer names;
    buffer_init(&names, arena, 128);
    size_t written = 0, left_out = 0;
    for (size_t i = 0; i < config->models.count; i++) {
        const struct gateway_model *model = &config->models.items[i];
        if (!model_rules_decide_model(config, model).allowed)
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

static const struct model_rule *
find_missing_set(const struct model_rule_list *allow, const struct model_candidate *candidate,
                 enum policy_mode mode)
{
    bool is_stranger = text_is_empty(candidate->provider_model);
    struct text name = is_stranger ? candidate->name : candidate->provider_model;
    for (size_t i = 0; i < allow->count; i++) {
        const struct model_rule *rule = &allow->items[i];
        bool is_in = false;
        for (size_t j = 0; j < rule->patterns.count && !is_in; j++)
            is_in = pattern_covers(&rule->patterns.items[j], candidate, name);
        if (!is_in && rule->from.mode == mode)
            return rule;
    }
    return NULL;
}

static const struct model_rule *
find_denial(const struct model_rule_list *deny, const struct model_candidate *candidate,
            enum policy_mode mode)
{
    for (size_t i = 0; i < deny->count; i++) {
        const struct model_rule *rule = &deny->items[i];
        if (rule->from.mode != mode)
            continue;
        for (size_t j = 0; j < rule->patterns.count; j++) {
            const struct model_pattern *pattern = &rule->patterns.items[j];
            if (pattern_covers(pattern, candidate, candidate->name) ||
                pattern_covers(pattern, candidate, candidate->provider_model))
                return rule;
        }
    }
    return NULL;
}

static bool
pattern_covers(const struct model_pattern *pattern, const struct model_candidate *candidate, struct text name)
{
    return !text_is_empty(name) && glob_matches(pattern->provider, candidate->provider) &&
           glob_matches(pattern->name, name);
}

static const struct gateway_model *
find_model(const struct gateway_config *config, struct text name)
{
    for (size_t i = 0; i < config->models.count; i++)
        if (text_equals(config->models.items[i].name, name))
            return &config->models.items[i];
    return NULL;
}
