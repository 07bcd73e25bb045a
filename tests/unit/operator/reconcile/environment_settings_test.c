#include "operator/reconcile/environment_settings.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "tests/unit/operator/reconcile/given.h"

TestSuite(environment_settings, .init = given_fresh_arena, .fini = end_arena);

/* The settings of the first environment; body stands under spec. */
static struct environment_settings
settings_of(const char *body)
{
    struct text yaml =
        text_format(test_arena,
                    "apiVersion: weir.dev/v1alpha1\nkind: Workspace\nmetadata: { name: demo }\n"
                    "spec:\n  owner: { team: retail }\n%s",
                    body);
    struct object_list objects = given_objects(text_c_string(test_arena, yaml));
    const struct workspace *workspace = objects.items[0].workspace;
    return environment_settings_of(test_arena, workspace, &workspace->spec.environments.items[0]);
}

static void
expect_replicas(const char *body, int64_t min, int64_t max)
{
    struct environment_settings settings = settings_of(body);
    cr_expect(settings.min_replicas == min && settings.max_replicas == max,
              "%lld to %lld, not %lld to %lld:\n%s", (long long)settings.min_replicas,
              (long long)settings.max_replicas, (long long)min, (long long)max, body);
}

Test(environment_settings, without_a_word_there_are_two_gateways_and_one_in_development)
{
    expect_replicas("  environments: [{ name: dev, tier: Development }]\n", 1, 1);
    expect_replicas("  environments: [{ name: staging, tier: Staging }]\n", 2, 2);
    expect_replicas("  environments: [{ name: prod, tier: Production }]\n", 2, 2);
}

Test(environment_settings, each_number_of_gateways_is_inherited_by_itself)
{
    expect_replicas("  defaults: { gateway: { replicas: { min: 2, max: 6 } } }\n"
                    "  environments: [{ name: dev, tier: Development, gateway: { replicas: { min: 3 } } }]\n",
                    3, 6);
    expect_replicas("  defaults: { gateway: { replicas: { max: 4 } } }\n"
                    "  environments: [{ name: dev, tier: Development }]\n",
                    1, 4);
}

Test(environment_settings, where_two_levels_contradict_each_other_the_environments_own_number_wins)
{
    expect_replicas("  defaults: { gateway: { replicas: { min: 1, max: 2 } } }\n"
                    "  environments: [{ name: dev, tier: Development, gateway: { replicas: { min: 5 } } }]\n",
                    5, 5);
    expect_replicas("  defaults: { gateway: { replicas: { min: 4 } } }\n"
                    "  environments: [{ name: dev, tier: Development, gateway: { replicas: { max: 2 } } }]\n",
                    2, 2);
}

Test(environment_settings, resources_are_taken_whole_from_one_level)
{
    struct environment_settings settings = settings_of(
        "  defaults: { gateway: { resources: { requests: { cpu: 1000m }, limits: { memory: 1Gi } } } }\n"
        "  environments:\n"
        "    - { name: dev, tier: Development, gateway: { resources: { requests: { cpu: 50m } } } }\n");

    cr_expect(text_equals(text_pair_list_find(&settings.requests, TEXT("cpu")), TEXT("50m")));
    cr_expect_eq(settings.limits.count, 0);
}

Test(environment_settings, pod_security_and_egress_are_strict_unless_a_level_says)
{
    struct environment_settings silent = settings_of("  environments: [{ name: dev, tier: Development }]\n");
    struct environment_settings spoken =
        settings_of("  defaults: { podSecurity: privileged, network: { egress: Open } }\n"
                    "  environments: [{ name: dev, tier: Development, podSecurity: baseline }]\n");
    struct environment_settings closed =
        settings_of("  defaults: { network: { egress: Open, allowedCIDRs: [10.0.0.0/8] } }\n"
                    "  environments: [{ name: dev, tier: Development, network: { egress: Restricted } }]\n");

    cr_expect_eq(silent.pod_security, POD_SECURITY_RESTRICTED);
    cr_expect_eq(silent.egress, NETWORK_EGRESS_RESTRICTED);
    cr_expect_eq(spoken.pod_security, POD_SECURITY_BASELINE);
    cr_expect_eq(spoken.egress, NETWORK_EGRESS_OPEN);
    cr_expect_eq(closed.egress, NETWORK_EGRESS_RESTRICTED);
    cr_expect_eq(closed.allowed_cidrs.count, 1);
}

Test(environment_settings, an_exposure_of_its_own_may_take_the_defaults_back)
{
    struct environment_settings settings =
        settings_of("  defaults: { gateway: { exposure: { type: LoadBalancer } } }\n"
                    "  environments:\n"
                    "    - { name: dev, tier: Development, gateway: { exposure: { type: ClusterIP } } }\n");

    cr_expect_null(settings.exposure);
}
