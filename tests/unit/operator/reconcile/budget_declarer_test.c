/* Ids of budgets say who declares them. */
#include "operator/reconcile/budget_declarer.h"

#include <criterion/criterion.h>

static void
expect(const char *id, bool is_workspace, const char *namespace, const char *name)
{
    struct budget_declarer declarer;
    cr_assert(budget_declarer_of(text_of(id), &declarer), "%s", id);
    cr_assert_eq(declarer.is_workspace, is_workspace, "%s", id);
    cr_assert(text_equals(declarer.namespace, text_of(namespace)), "%s", id);
    cr_assert(text_equals(declarer.name, text_of(name)), "%s", id);
}

Test(budget_declarer, is_a_policy_a_workspace_or_the_workspace_of_an_environment)
{
    expect("weir-system/org/Organisation/Month/USD", false, "weir-system", "org");
    expect("demo-prod/hardening/Caller/Day/Tokens", false, "demo-prod", "hardening");
    expect("workspace/demo/Workspace/Month/USD", true, "", "demo");
    expect("environment/demo/prod/Environment/Day/Tokens", true, "", "demo");
}

/* Namespaces may be called so too. */
Test(budget_declarer, is_a_policy_of_a_namespace_that_is_called_workspace)
{
    expect("workspace/demo/Environment/Month/USD", false, "workspace", "demo");
    expect("environment/demo/Environment/Month/USD", false, "environment", "demo");
}

Test(budget_declarer, is_nobody_where_the_id_is_no_such_id)
{
    static const char *const ids[] = {"",
                                      "team",
                                      "a/b/c",
                                      "a/b/Model/Month",
                                      "a/b/Nothing/Month/USD",
                                      "other/demo/prod/Environment/Day/USD",
                                      "a/b/c/Environment/Day/USD/more"};
    struct budget_declarer declarer;
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        cr_assert_not(budget_declarer_of(text_of(ids[i]), &declarer), "%s", ids[i]);
}
