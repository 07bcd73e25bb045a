/* The Workspace kind made real, and the few questions everybody asks of it. */
#include "api/types/workspace.h"

#include "api/types/workspace_rules.h"

const char *const deletion_policy_names[] = {"Retain", "Delete", NULL};
const char *const residency_enforcement_names[] = {"Strict", "Preferred", NULL};

DEFINE_SCHEMA(data_residency, DATA_RESIDENCY_FIELDS, "Regions that data may not leave.");
DEFINE_SCHEMA(workspace_spec, WORKSPACE_SPEC_FIELDS, "A team's environments, people and callers.",
              .check = workspace_spec_check, .rules = workspace_spec_rules,
              .rule_count = WORKSPACE_SPEC_RULE_COUNT);
DEFINE_SCHEMA(workspace, WORKSPACE_FIELDS,
              "A Workspace is a team or business unit: its environments, each with a namespace and a gateway "
              "set of its "
              "own, its people, and who may call its models.",
              .check = workspace_check, .rules = workspace_rules, .rule_count = WORKSPACE_RULE_COUNT);

struct text
workspace_environment_namespace(struct arena *arena, const struct workspace *workspace,
                                const struct workspace_environment *environment)
{
    if (!text_is_empty(environment->namespace))
        return environment->namespace;
    return text_format(arena, "%.*s-%.*s", TEXT_ARG(workspace->metadata.name), TEXT_ARG(environment->name));
}

const struct workspace_environment *
workspace_find_environment(const struct workspace *workspace, struct text name)
{
    const struct workspace_environment_list *environments = &workspace->spec.environments;
    for (size_t i = 0; i < environments->count; i++)
        if (text_equals(environments->items[i].name, name))
            return &environments->items[i];
    return NULL;
}

/* <workspace>-<environment> without building it. */
static bool
is_named_after(struct text namespace, struct text workspace, struct text environment)
{
    return namespace.length == workspace.length + 1 + environment.length &&
           text_starts_with(namespace, workspace) && namespace.bytes[workspace.length] == '-' &&
           text_ends_with(namespace, environment);
}

const struct workspace_environment *
workspace_find_environment_by_namespace(const struct workspace *workspace, struct text namespace)
{
    const struct workspace_environment_list *environments = &workspace->spec.environments;
    for (size_t i = 0; i < environments->count; i++) {
        const struct workspace_environment *environment = &environments->items[i];
        bool is_own = text_is_empty(environment->namespace)
                          ? is_named_after(namespace, workspace->metadata.name, environment->name)
                          : text_equals(namespace, environment->namespace);
        if (is_own)
            return environment;
    }
    return NULL;
}
