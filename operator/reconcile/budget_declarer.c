/* NAMESPACE/POLICY, workspace/NAME or environment/WORKSPACE/NAME, and behind it SCOPE/PERIOD/UNIT. */
#include "operator/reconcile/budget_declarer.h"

#include "api/types/policy_scope.h"
#include "lib/schema/schema.h"

enum { POLICY_PARTS = 5, ENVIRONMENT_PARTS = 6 };

bool
budget_declarer_of(struct text id, struct budget_declarer *out_declarer)
{
    struct text parts[ENVIRONMENT_PARTS], rest = id;
    size_t count = 0;
    for (; count < ENVIRONMENT_PARTS && !text_is_empty(rest); count++)
        parts[count] = text_cut(&rest, '/');
    int scope;
    if (!text_is_empty(rest) || count < POLICY_PARTS ||
        !schema_enum_parse(policy_scope_names, parts[count - 3], &scope))
        return false;
    bool is_environments = count == ENVIRONMENT_PARTS;
    bool is_workspaces = text_equals(parts[0], TEXT("workspace")) && scope == POLICY_SCOPE_WORKSPACE;
    if (is_environments && !text_equals(parts[0], TEXT("environment")))
        return false;
    *out_declarer =
        (struct budget_declarer){.is_workspace = is_environments || is_workspaces, .name = parts[1]};
    if (!out_declarer->is_workspace)
        out_declarer->namespace = parts[0];
    return true;
}
