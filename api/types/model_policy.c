/* The ModelPolicy kind made real: its status, and the rules that only the organisation targets others and has
 * budgets that others share. */
#include "api/types/model_policy.h"

#include "api/types/broken_rule.h"
#include "api/types/kinds.h"

const char *const policy_level_names[] = {"Organisation", "Workspace", "Environment", "Deployment", NULL};

static void
check_wide_budgets(const struct model_policy *policy, struct text path, struct problem_list *problems)
{
    const struct policy_budget_list *budgets = &policy->spec.constraints.budgets;
    for (size_t i = 0; i < budgets->count; i++) {
        const struct document *source = budgets->items[i].source;
        enum policy_scope scope = budgets->items[i].scope;
        struct text at = text_format(problems->arena, "%.*s.constraints.budgets[%zu]", TEXT_ARG(path), i);
        if (budgets->items[i].webhooks.count > 0)
            broken_rule_add(
                problems, source, at, "webhooks",
                "weir-api asks these servers from where it runs, so they belong in a Workspace or "
                "in a policy of namespace " WEIR_SYSTEM_NAMESPACE);
        if (scope == POLICY_SCOPE_ORGANISATION || scope == POLICY_SCOPE_WORKSPACE)
            broken_rule_add(problems, source, at, "scope",
                            "a budget per %s belongs in a policy of namespace " WEIR_SYSTEM_NAMESPACE
                            "; this one is for the environment whose namespace it lives in",
                            policy_scope_names[scope]);
    }
}

/* Kubernetes shows rules no namespace: there the operator refuses it in a condition. */
static void
model_policy_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct model_policy *policy = value;
    bool is_organisation = text_equals(policy->metadata.namespace, TEXT(WEIR_SYSTEM_NAMESPACE));
    struct text spec_path =
        text_format(problems->arena, "%.*s%sspec", TEXT_ARG(path), text_is_empty(path) ? "" : ".");
    if (!is_organisation)
        check_wide_budgets(policy, spec_path, problems);
    if (policy->spec.target.source && !is_organisation)
        broken_rule_add(problems, policy->spec.source, spec_path, "target",
                        "only policies in namespace " WEIR_SYSTEM_NAMESPACE
                        " have a target; this one is for the environment whose namespace it lives in");
}

DEFINE_SCHEMA(policy_target_status, POLICY_TARGET_STATUS_FIELDS, "One environment that a policy is part of.");
DEFINE_SCHEMA(model_policy_status, MODEL_POLICY_STATUS_FIELDS, "Whom a policy applies to, and who has it.");
DEFINE_SCHEMA(model_policy_spec, MODEL_POLICY_SPEC_FIELDS, "Who may use which models, and how much.");
DEFINE_SCHEMA(
    model_policy, MODEL_POLICY_FIELDS,
    "A ModelPolicy says who may use which models, where they are served, and how much. Its level is the "
    "namespace it lives in: weir-system for the organisation, an environment's namespace for that "
    "environment.",
    .check = model_policy_check);
