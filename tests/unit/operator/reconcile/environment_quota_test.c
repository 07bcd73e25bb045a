#include "operator/reconcile/environment_quota.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "tests/unit/operator/reconcile/given.h"

TestSuite(environment_quota, .init = given_fresh_arena, .fini = end_arena);

static struct object_list
given_quotas(const char *quotas, const char *environments)
{
    struct text yaml =
        text_format(test_arena,
                    "apiVersion: weir.dev/v1alpha1\nkind: Workspace\nmetadata: { name: demo }\n"
                    "spec:\n  owner: { team: retail }\n  quotas: %s\n  environments:\n%s",
                    quotas, environments);
    return given_objects(text_c_string(test_arena, yaml));
}

static void
expect_share(const struct object_list *objects, size_t environment, const char *key, const char *expected)
{
    const struct workspace *workspace = objects->items[0].workspace;
    struct text_pair_list share =
        environment_quota_share(test_arena, workspace, &workspace->spec.environments.items[environment]);
    struct text amount = text_pair_list_find(&share, text_of(key));
    cr_expect(text_equals(amount, text_of(expected)), "%s of environment %zu is \"%.*s\", not \"%s\"", key,
              environment, TEXT_ARG(amount), expected);
}

static struct quota_verdict
verdict_of(const struct object_list *objects)
{
    return workspace_quota_verdict(test_arena, objects->items[0].workspace, objects);
}

Test(environment_quota, those_that_name_no_amount_share_evenly_what_the_others_leave)
{
    struct object_list objects =
        given_quotas("{ compute: { requests.cpu: \"10\", requests.memory: 10Gi } }",
                     "    - { name: dev, tier: Development, quotas: { compute: { requests.cpu: 1500m } } }\n"
                     "    - { name: test, tier: Development }\n"
                     "    - { name: prod, tier: Production }\n");

    expect_share(&objects, 0, "requests.cpu", "1500m");
    expect_share(&objects, 1, "requests.cpu", "4");
    expect_share(&objects, 2, "requests.cpu", "4");
    expect_share(&objects, 1, "requests.memory", "3413Mi");
    cr_expect(text_is_empty(verdict_of(&objects).message));
}

Test(environment_quota, more_than_the_workspace_has_is_told_with_both_numbers)
{
    struct object_list objects = given_quotas(
        "{ compute: { requests.memory: 8Gi } }",
        "    - { name: dev, tier: Development, quotas: { compute: { requests.memory: 6Gi } } }\n"
        "    - { name: prod, tier: Production, quotas: { compute: { requests.memory: 4096Mi } } }\n");

    struct quota_verdict verdict = verdict_of(&objects);

    cr_expect(text_equals(verdict.reason, TEXT("SumExceeded")));
    cr_expect(has_text(verdict.message, "add up to 10Gi, the workspace has 8Gi"), "%.*s",
              TEXT_ARG(verdict.message));
}

Test(environment_quota, where_nothing_is_left_nothing_is_bounded_and_the_verdict_says_so)
{
    struct object_list objects = given_quotas(
        "{ compute: { requests.cpu: \"4\" } }",
        "    - { name: dev, tier: Development }\n"
        "    - { name: prod, tier: Production, quotas: { compute: { requests.cpu: \"4\" } } }\n");

    expect_share(&objects, 0, "requests.cpu", "");
    cr_expect(text_equals(verdict_of(&objects).reason, TEXT("NothingLeft")));
}

Test(environment_quota, sums_beyond_64_bits_are_more_than_anything)
{
    struct object_list objects = given_quotas(
        "{ compute: { requests.memory: 1Pi } }",
        "    - { name: dev, tier: Development, quotas: { compute: { requests.memory: 9000000G } } }\n"
        "    - { name: prod, tier: Production, quotas: { compute: { requests.memory: 9000000G } } }\n");

    cr_expect(text_equals(verdict_of(&objects).reason, TEXT("SumExceeded")));
}
