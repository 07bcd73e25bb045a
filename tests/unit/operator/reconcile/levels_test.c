/* Who has a say over an environment. */
#include <criterion/criterion.h>

#include "operator/reconcile/levels.h"
#include "tests/unit/operator/reconcile/given.h"

TestSuite(levels, .init = given_fresh_arena, .fini = end_arena);

static struct applied_policy_list
applied_to(const struct object_list *objects, const char *environment)
{
    const struct workspace *workspace = objects->items[0].workspace;
    return levels_apply(test_arena, objects, workspace,
                        workspace_find_environment(workspace, text_of(environment)));
}

Test(levels, organisation_policies_apply_everywhere_and_an_environments_own_only_there)
{
    struct object_list objects =
        given_objects(given_all(given_workspace, given_policy("weir-system", "org", "  priority: 1"),
                                given_policy("demo-prod", "own", "  priority: 1")));

    struct applied_policy_list dev = applied_to(&objects, "dev");
    struct applied_policy_list prod = applied_to(&objects, "prod");

    cr_assert_eq(dev.count, 1);
    cr_assert(text_equals(dev.items[0].title, TEXT("weir-system/org")));
    cr_assert_eq(prod.count, 2);
    cr_assert(text_equals(prod.items[0].title, TEXT("demo-prod/own")), "the most specific comes first");
    cr_assert_eq(prod.items[1].level, POLICY_LEVEL_ORGANISATION);
}

Test(levels, a_target_narrows_an_organisation_policy_to_tiers)
{
    struct object_list objects = given_objects(given_all(
        given_workspace,
        given_policy("weir-system", "strict", "  target: { environments: { tiers: [Production] } }"), ""));

    cr_assert_eq(applied_to(&objects, "dev").count, 0);
    cr_assert_eq(applied_to(&objects, "prod").count, 1);
}

Test(levels, a_policy_that_names_workspaces_is_of_the_workspace_level)
{
    struct object_list objects = given_objects(
        given_all(given_workspace,
                  given_policy("weir-system", "demo-only", "  target: { workspaces: { names: [demo] } }"),
                  given_policy("weir-system", "others", "  target: { workspaces: { names: [other] } }")));

    struct applied_policy_list dev = applied_to(&objects, "dev");

    cr_assert_eq(dev.count, 1);
    cr_assert_eq(dev.items[0].level, POLICY_LEVEL_WORKSPACE);
}

Test(levels, within_a_level_priority_decides_then_the_name)
{
    struct object_list objects =
        given_objects(given_all(given_workspace, given_policy("weir-system", "low", "  priority: 1"),
                                given_all(given_policy("weir-system", "b-high", "  priority: 9"),
                                          given_policy("weir-system", "a-high", "  priority: 9"), "")));

    struct applied_policy_list dev = applied_to(&objects, "dev");

    cr_assert(text_equals(dev.items[0].title, TEXT("weir-system/a-high")));
    cr_assert(text_equals(dev.items[1].title, TEXT("weir-system/b-high")));
    cr_assert(text_equals(dev.items[2].title, TEXT("weir-system/low")));
}

Test(levels, a_source_names_policy_file_and_line)
{
    struct object_list objects = given_objects(given_all(
        given_workspace, given_policy("weir-system", "org", "  constraints:\n    maxOutputTokens: 5"), ""));
    struct applied_policy_list dev = applied_to(&objects, "dev");

    struct rule_source source = levels_source(
        test_arena, &dev.items[0], dev.items[0].policy->spec.constraints.source, TEXT("maxOutputTokens"));

    cr_assert(text_equals(source.policy, TEXT("weir-system/org")));
    cr_assert(text_equals(source.place, TEXT("file.yaml:15")), "%.*s", TEXT_ARG(source.place));
}
