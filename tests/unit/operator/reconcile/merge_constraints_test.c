/* The meet of constraints: the algebra that makes "lower levels can only tighten" true. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "operator/reconcile/effective_policy.h"
#include "tests/unit/operator/reconcile/given.h"
#include "tests/unit/operator/reconcile/random_policy.h"

enum { ROUNDS = 300, POLICIES = 4 };

TestSuite(merge_constraints, .init = given_fresh_arena, .fini = end_arena, .timeout = 120);

static const char *const namespaces[] = {"weir-system", "demo-prod"};
static const char *const names[POLICIES] = {"one", "two", "three", "four"};

/* The constraints of POLICIES random policies, by themselves. */
static void
given_constraints(struct random *random, struct merged_constraints out[POLICIES])
{
    for (size_t i = 0; i < POLICIES; i++) {
        struct object_list objects =
            given_objects(random_policy(random, namespaces[random_below(random, 2)], names[i]));
        const struct model_policy *policy = objects.items[0].model_policy;
        struct applied_policy applied = {
            .policy = policy, .level = levels_of(policy), .title = levels_title(test_arena, policy)};
        out[i] = constraints_of(test_arena, &applied);
    }
}

static struct merged_constraints
meet(struct merged_constraints a, struct merged_constraints b)
{
    return constraints_meet(test_arena, &a, &b);
}

static bool
equal(struct merged_constraints a, struct merged_constraints b)
{
    return constraints_equal(&a, &b);
}

Test(merge_constraints, order_does_not_matter)
{
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        struct random random = {seed};
        struct merged_constraints c[POLICIES];
        given_constraints(&random, c);

        cr_assert(equal(meet(c[0], c[1]), meet(c[1], c[0])), "commutative, seed %lu", seed);
        cr_assert(equal(meet(meet(c[0], c[1]), c[2]), meet(c[0], meet(c[1], c[2]))), "associative, seed %lu",
                  seed);
        arena_reset(test_arena);
    }
}

Test(merge_constraints, meeting_again_changes_nothing)
{
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        struct random random = {seed};
        struct merged_constraints c[POLICIES];
        given_constraints(&random, c);
        struct merged_constraints both = meet(c[0], c[1]);

        cr_assert(equal(meet(c[0], c[0]), c[0]), "idempotent, seed %lu", seed);
        cr_assert(equal(meet(both, c[1]), both), "absorbing, seed %lu", seed);
        cr_assert(equal(meet(c[0], constraints_none()), c[0]), "neutral, seed %lu", seed);
        arena_reset(test_arena);
    }
}

Test(merge_constraints, a_meet_is_within_each_side)
{
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        struct random random = {seed};
        struct merged_constraints c[POLICIES];
        given_constraints(&random, c);
        struct merged_constraints both = meet(c[0], c[1]);

        cr_assert(constraints_are_within(&both, &c[0]), "seed %lu", seed);
        cr_assert(constraints_are_within(&both, &c[1]), "seed %lu", seed);
        arena_reset(test_arena);
    }
}

/* What is refused, model by model. */
static bool
lets_through(const struct merged_constraints *constraints, const char *provider, const char *model,
             const char *name)
{
    struct model_identity identity = {text_of(provider), text_of(model), text_of(name)};
    return constraints_find_refusal(constraints, &identity) == NULL;
}

Test(merge_constraints, adding_a_policy_never_lets_a_refused_model_through)
{
    static const char *const models[] = {"gpt-4.1", "gpt-4.1-mini", "echo", "claude-sonnet", "x"};
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        struct random random = {seed};
        struct merged_constraints c[POLICIES];
        given_constraints(&random, c);
        struct merged_constraints before = meet(c[0], c[1]), after = meet(before, c[2]);
        for (size_t i = 0; i < COUNT_OF(models) * COUNT_OF(models); i++) {
            const char *model = models[i % COUNT_OF(models)], *name = models[i / COUNT_OF(models)];
            cr_assert(lets_through(&before, "openai", model, name) ||
                          !lets_through(&after, "openai", model, name),
                      "seed %lu: %s as %s", seed, model, name);
        }
        arena_reset(test_arena);
    }
}

Test(merge_constraints, the_order_of_policies_in_a_folder_does_not_change_the_effective_policy)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct random random = {seed};
        const char *first = random_policy(&random, "weir-system", "one");
        const char *second = random_policy(&random, "demo-prod", "two");
        struct object_list forward = given_objects(given_all(given_workspace, first, second));
        struct object_list backward = given_objects(given_all(given_workspace, first, second));
        struct object swapped = backward.items[1];
        backward.items[1] = backward.items[2];
        backward.items[2] = swapped;
        const struct workspace *workspace = forward.items[0].workspace;
        const struct workspace_environment *prod = workspace_find_environment(workspace, TEXT("prod"));

        struct effective_policy *a = effective_policy_for(test_arena, &forward, workspace, prod);
        struct effective_policy *b = effective_policy_for(test_arena, &backward, workspace, prod);

        cr_assert(constraints_equal(&a->enforced, &b->enforced), "seed %lu", seed);
        cr_assert(constraints_equal(&a->shadow, &b->shadow), "seed %lu", seed);
        arena_reset(test_arena);
    }
}

Test(merge_constraints, a_shadow_policy_never_changes_an_enforced_number)
{
    struct object_list objects = given_objects(given_all(
        given_workspace, given_policy("weir-system", "org", "  constraints: { maxOutputTokens: 100 }"),
        given_policy("demo-prod", "trial", "  mode: Shadow\n  constraints: { maxOutputTokens: 10 }")));
    const struct workspace *workspace = objects.items[0].workspace;

    struct effective_policy *effective = effective_policy_for(
        test_arena, &objects, workspace, workspace_find_environment(workspace, TEXT("prod")));

    cr_assert_eq(effective->enforced.max_output_tokens.amount, 100);
    cr_assert_eq(effective->shadow.max_output_tokens.amount, 10);
    cr_assert_eq(effective->shadow.max_output_tokens.from.mode, POLICY_MODE_SHADOW);
}

Test(merge_constraints, of_equal_numbers_the_broader_level_is_named)
{
    struct object_list objects = given_objects(given_all(
        given_workspace, given_policy("weir-system", "org", "  constraints: { maxOutputTokens: 100 }"),
        given_policy("demo-prod", "a", "  constraints: { maxOutputTokens: 100 }")));
    const struct workspace *workspace = objects.items[0].workspace;

    struct effective_policy *effective = effective_policy_for(
        test_arena, &objects, workspace, workspace_find_environment(workspace, TEXT("prod")));

    cr_assert(text_equals(effective->enforced.max_output_tokens.from.policy, TEXT("weir-system/org")));
}

Test(merge_constraints, a_closed_set_looks_at_the_providers_name_of_a_model_and_a_denial_at_both)
{
    struct object_list objects = given_objects(
        given_policy("weir-system", "org",
                     "  constraints:\n    models:\n      allow: [ { name: gpt-4.1-mini }, { name: echo } ]\n"
                     "      deny: [ { name: secret-alias } ]"));
    struct applied_policy applied = {.policy = objects.items[0].model_policy,
                                     .title = TEXT("weir-system/org")};
    struct merged_constraints constraints = constraints_of(test_arena, &applied);

    cr_assert(lets_through(&constraints, "openai", "gpt-4.1-mini", "chat"), "an alias may have any name");
    cr_assert_not(lets_through(&constraints, "openai", "o1-pro", "gpt-4.1-mini"),
                  "an allowed name hides nothing");
    cr_assert_not(lets_through(&constraints, "openai", "gpt-4.1-mini", "secret-alias"));
}
