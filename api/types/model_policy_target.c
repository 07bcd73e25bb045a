/* Whom an organisation policy is for: the declarations, their rules, and the one question asked of them. */
#include "api/types/model_policy_target.h"

#include "api/types/broken_rule.h"
#include "api/types/workspace.h"

static const struct schema_rule policy_target_workspaces_rules[] = {
    {"!(has(self.names) && has(self.selector))", "give names or selector, not both", NULL},
};

static void
policy_target_workspaces_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct policy_target_workspaces *target = value;
    if (target->names.count > 0 && target->selector.match_labels.count > 0)
        broken_rule_add(problems, target->source, path, "selector", "give names or selector, not both");
}

static const struct schema_rule policy_target_environments_rules[] = {
    {"!(has(self.names) && has(self.tiers))", "give names or tiers, not both", NULL},
    {"!has(self.tiers) || self.tiers.all(t, t in ['Development', 'Staging', 'Production'])",
     "a tier is Development, Staging or Production", ".tiers"},
};

static void
policy_target_environments_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct policy_target_environments *target = value;
    if (target->names.count > 0 && target->tiers.count > 0)
        broken_rule_add(problems, target->source, path, "tiers", "give names or tiers, not both");

    for (size_t i = 0; i < target->tiers.count; i++) {
        struct text word = target->tiers.items[i];
        int tier;
        if (!schema_enum_parse(tier_names, word, &tier))
            broken_rule_add(problems, target->source, path, "tiers",
                            "\"%.*s\" is not one of Development, Staging, Production", TEXT_ARG(word));
    }
}

DEFINE_SCHEMA(policy_selector, POLICY_SELECTOR_FIELDS, "Workspaces by their labels.");
DEFINE_SCHEMA(policy_target_workspaces, POLICY_TARGET_WORKSPACES_FIELDS, "Which workspaces a policy is for.",
              CHECKED_BY(policy_target_workspaces));
DEFINE_SCHEMA(policy_target_environments, POLICY_TARGET_ENVIRONMENTS_FIELDS,
              "Which environments a policy is for.", CHECKED_BY(policy_target_environments));
DEFINE_SCHEMA(policy_target_deployments, POLICY_TARGET_DEPLOYMENTS_FIELDS,
              "Which Deployments a policy is for.");
DEFINE_SCHEMA(policy_target, POLICY_TARGET_FIELDS, "Whom a policy is for.");

static bool
lists(const struct text_list *names, struct text name)
{
    for (size_t i = 0; i < names->count; i++)
        if (text_equals(names->items[i], name))
            return true;
    return false;
}

/* A wanted label with an empty value is carried only by who has the key: the pair itself is looked for. */
static bool
carries(const struct text_pair_list *labels, const struct text_pair *wanted)
{
    for (size_t i = 0; i < labels->count; i++)
        if (text_equals(labels->items[i].key, wanted->key))
            return text_equals(labels->items[i].value, wanted->value);
    return false;
}

static bool
selects_workspace(const struct policy_target_workspaces *target, const struct workspace *workspace)
{
    if (target->names.count > 0 && !lists(&target->names, workspace->metadata.name))
        return false;
    const struct text_pair_list *wanted = &target->selector.match_labels;
    for (size_t i = 0; i < wanted->count; i++)
        if (!carries(&workspace->metadata.labels, &wanted->items[i]))
            return false;
    return true;
}

static bool
selects_environment(const struct policy_target_environments *target,
                    const struct workspace_environment *environment)
{
    if (target->names.count > 0 && !lists(&target->names, environment->name))
        return false;
    struct text tier = schema_enum_name(tier_names, (int)environment->tier);
    return target->tiers.count == 0 || lists(&target->tiers, tier);
}

bool
policy_target_selects(const struct policy_target *target, const struct workspace *workspace,
                      const struct workspace_environment *environment)
{
    return selects_workspace(&target->workspaces, workspace) &&
           selects_environment(&target->environments, environment);
}

bool
policy_target_narrows_workspaces(const struct policy_target *target)
{
    return target->workspaces.names.count > 0 || target->workspaces.selector.match_labels.count > 0;
}
