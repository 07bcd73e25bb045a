/* Holding patterns against a model. Knows nothing of where the rules came from. */
#include "api/types/model_rule_match.h"

#include "lib/base/glob.h"

static bool has_pattern_for(const struct model_rule *rule, struct text provider, struct text name);
static bool covers(const struct model_rule *closed_set, const struct model_identity *model);
static bool denies(const struct model_rule *denial, const struct model_identity *model);

struct model_refusal
model_rules_find_refusal(const struct model_rule_list *allow, const struct model_rule_list *deny,
                         enum policy_mode mode, const struct model_identity *model)
{
    for (size_t i = 0; i < deny->count; i++)
        if (deny->items[i].from.mode == mode && denies(&deny->items[i], model))
            return (struct model_refusal){.rule = &deny->items[i], .is_denied = true};
    for (size_t i = 0; i < allow->count; i++)
        if (allow->items[i].from.mode == mode && !covers(&allow->items[i], model))
            return (struct model_refusal){.rule = &allow->items[i]};
    return (struct model_refusal){0};
}

static bool
covers(const struct model_rule *closed_set, const struct model_identity *model)
{
    bool is_known = !text_is_empty(model->model);
    return has_pattern_for(closed_set, model->provider, is_known ? model->model : model->name);
}

static bool
denies(const struct model_rule *denial, const struct model_identity *model)
{
    return has_pattern_for(denial, model->provider, model->name) ||
           has_pattern_for(denial, model->provider, model->model);
}

/* A name that is not known is matched by nothing, not even by "*". */
static bool
has_pattern_for(const struct model_rule *rule, struct text provider, struct text name)
{
    struct text whole = provider;
    provider = text_cut(&whole, '/'); /* "self-hosted/llama" is one of self-hosted */
    for (size_t i = 0; i < rule->patterns.count && !text_is_empty(name); i++) {
        const struct model_pattern *pattern = &rule->patterns.items[i];
        if (glob_matches(pattern->provider, provider) && glob_matches(pattern->name, name))
            return true;
    }
    return false;
}
