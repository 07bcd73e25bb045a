/* From manifests to objects: which kind, whose namespace, and what a person is told. */
#include <criterion/criterion.h>

#include "api/types/deployment.h"
#include "api/types/model_policy.h"
#include "api/types/workspace.h"
#include "tests/unit/api/types/given.h"

TestSuite(object_decode, .init = given_fresh_arena, .fini = end_arena);

#define SPEC "spec: {owner: {team: t}, environments: [{name: dev, tier: Development}]}\n"

Test(object_decode, reads_a_workspace_with_its_metadata)
{
    struct object object =
        given_object("apiVersion: weir.dev/v1alpha1\nkind: Workspace\n"
                     "metadata: {name: demo, generation: 3, managedFields: [{a: b}]}\n" SPEC);

    cr_assert_eq(object.kind, kind_get(KIND_WORKSPACE));
    cr_assert(text_equals(object.metadata->name, TEXT("demo")));
    cr_assert_eq(object.metadata->generation, 3);
    cr_assert(text_equals(object.workspace->spec.environments.items[0].name, TEXT("dev")));
    cr_assert(text_equals(object_title(test_arena, &object), TEXT("Workspace demo")));
}

Test(object_decode, names_a_namespaced_object_with_its_namespace)
{
    struct object object = given_object("apiVersion: weir.dev/v1alpha1\nkind: ModelPolicy\n"
                                        "metadata: {name: base, namespace: weir-system}\nspec: {}\n");

    cr_assert(text_equals(object_title(test_arena, &object), TEXT("ModelPolicy weir-system/base")));
    cr_assert_eq(object.model_policy->spec.priority, 0);
}

Test(object_decode, says_which_kind_was_probably_meant)
{
    const char *said =
        refusal_of("apiVersion: weir.dev/v1alpha1\nkind: workspace\nmetadata: {name: demo}\n" SPEC);

    cr_assert(strstr(said, "test.yaml:2:7"), "%s", said);
    cr_assert(strstr(said, "did you mean Workspace?"), "%s", said);
}

Test(object_decode, says_which_version_a_kind_is_of)
{
    const char *said = refusal_of(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: demo-dev}\nspec: {}\n");

    cr_assert(strstr(said, "\"apps/v1\" is not a version of this kind"), "%s", said);
    cr_assert(strstr(said, "Deployment is of apiVersion weir.dev/v1alpha1"), "%s", said);
}

Test(object_decode, refuses_what_is_not_a_map)
{
    cr_assert(strstr(refusal_of("- a\n"), "must be a map with apiVersion"));
}

Test(object_decode, tells_all_problems_of_a_file_at_once_each_with_its_place)
{
    const char *said = refusal_of("apiVersion: weir.dev/v1alpha1\n"
                                  "kind: ModelPolicy\n"
                                  "metadata:\n"
                                  "  name: broken\n"
                                  "  namespace: weir-system\n"
                                  "spec:\n"
                                  "  constraints:\n"
                                  "    limits:\n"
                                  "      - scope: Caller\n"
                                  "        requestsPerMinut: 100\n"
                                  "  defaults:\n"
                                  "    routes:\n"
                                  "      - model: chat\n"
                                  "        strategy: Fastest\n"
                                  "        targets: [{provider: echo, model: echo}]\n");

    cr_assert(
        strstr(said, "test.yaml:10:9: error: spec.constraints.limits[0].requestsPerMinut: unknown field"),
        "%s", said);
    cr_assert(strstr(said, "did you mean requestsPerMinute?"), "%s", said);
    cr_assert(strstr(said,
                     "test.yaml:14:19: error: spec.defaults.routes[0].strategy: \"Fastest\" is not one of "
                     "Weighted, LeastBusy, LeastLatency, Cheapest, Priority, PrefixHash"),
              "%s", said);
}

Test(object_decode, names_what_has_no_effect_without_refusing_it)
{
    struct object object = given_object(
        "apiVersion: weir.dev/v1alpha1\nkind: Deployment\nmetadata: {name: web, namespace: demo-dev}\n"
        "spec: {type: Service, workload: {service: {image: a}}}\n");

    cr_assert_eq(object.deployment->spec.type, DEPLOYMENT_SERVICE);
    cr_assert_eq(test_problems.count, 1);
    cr_assert_eq(test_problems.items[0].level, PROBLEM_NOTICE);
    cr_assert(text_equals(test_problems.items[0].path, TEXT("spec.workload")));
}

TestSuite(kinds, .init = given_fresh_arena, .fini = end_arena);

Test(kinds, are_found_by_any_of_their_words)
{
    cr_assert_eq(kind_find_by_word(TEXT("aiws")), kind_get(KIND_WORKSPACE));
    cr_assert_eq(kind_find_by_word(TEXT("ModelPolicies")), kind_get(KIND_MODEL_POLICY));
    cr_assert_eq(kind_find_by_word(TEXT("deployment")), kind_get(KIND_DEPLOYMENT));
    cr_assert_null(kind_find_by_word(TEXT("deploy")));
}

Test(kinds, stand_in_the_table_under_their_own_number)
{
    for (enum kind_id id = 0; id < KIND_COUNT; id++)
        cr_assert_eq(kind_get(id)->id, id);
}

Test(kinds, are_told_apart_by_version)
{
    cr_assert_not_null(kind_find(TEXT("weir.dev/v1alpha1"), TEXT("Deployment")));
    cr_assert_null(kind_find(TEXT("apps/v1"), TEXT("Deployment")));
}
