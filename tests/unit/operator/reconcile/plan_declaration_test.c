/* What the ledger is told beside budgets. */
#include "operator/reconcile/plan_declaration.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "tests/unit/operator/reconcile/given.h"

TestSuite(plan_declaration, .init = given_fresh_arena, .fini = end_arena);

#define HASH "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char *const with_a_caller =
    "apiVersion: weir.dev/v1alpha1\n"
    "kind: Workspace\n"
    "metadata: { name: demo }\n"
    "spec:\n"
    "  owner: { team: retail-platform }\n"
    "  environments: [ { name: dev, tier: Development } ]\n"
    "  callers: [ { name: ada, environments: [ dev ], keyHashes: [ \"" HASH "\" ] } ]\n";

static const char *const other_workspace = "---\n"
                                           "apiVersion: weir.dev/v1alpha1\n"
                                           "kind: Workspace\n"
                                           "metadata: { name: other }\n"
                                           "spec:\n"
                                           "  owner: { team: search }\n"
                                           "  environments: [ { name: dev, tier: Development } ]\n";

static const char *const priced =
    "  constraints: { limits: [ { scope: Environment, requestsPerMinute: 7 } ] }\n"
    "  defaults:\n"
    "    providers: [ { name: lab, type: Echo } ]\n"
    "    routes:\n"
    "      - { model: chat, targets: [ { provider: lab, model: m } ] }\n"
    "      - { model: talk, targets: [ { provider: lab, model: m } ] }\n"
    "    prices: [ { provider: lab, model: m, usdPerMillion: { input: \"0.40\" } } ]\n";

static const struct ledger_declare *
declared_by(const struct plan_part *part, const char *objects)
{
    struct reconcile_view *view = arena_alloc(test_arena, sizeof(*view));
    *view = given_view(objects);
    struct plan *plan = reconcile(test_arena, view);
    return plan_declare(test_arena, view, plan, part);
}

static const struct ledger_declare *
declared(const char *workspace, const char *objects)
{
    return declared_by(&(struct plan_part){.workspace = text_of(workspace), .actor = TEXT("file")}, objects);
}

static const struct declared_thing *
find(const struct ledger_declare *declare, enum audit_action action, const char *subject)
{
    const struct declared_thing_list *things = &declare->declaration.things;
    for (size_t i = 0; i < things->count; i++)
        if (things->items[i].action == action && text_equals(things->items[i].subject, text_of(subject)))
            return &things->items[i];
    cr_assert_fail("%s is not declared", subject);
    return NULL;
}

Test(plan_declaration, has_each_object_and_key_with_whose_it_is)
{
    const char *objects = given_all(with_a_caller, given_policy("demo-dev", "own", priced),
                                    given_policy("weir-system", "org", "  mode: Enforce\n"));
    const struct ledger_declare *demo = declared("demo", objects), *organisation = declared("", objects);

    cr_assert(demo->declaration.whole && text_equals(demo->workspace, TEXT("demo")));
    cr_assert_eq(demo->declaration.things.count, 4u);
    const struct declared_thing *own = find(demo, AUDIT_POLICY_CHANGED, "ModelPolicy demo-dev/own");
    cr_assert(text_equals(own->workspace, TEXT("demo")) && text_equals(own->environment, TEXT("dev")));
    cr_assert(text_equals(own->actor, TEXT("file")));
    find(demo, AUDIT_PRICE_CHANGED, "ModelPolicy demo-dev/own");
    find(demo, AUDIT_WORKSPACE_CHANGED, "Workspace demo");
    cr_assert_eq(find(demo, AUDIT_KEY_CREATED, "caller demo/ada key " HASH)->digest.length, 64u);
    cr_assert(organisation->declaration.whole && text_is_empty(organisation->workspace));
    cr_assert_eq(organisation->declaration.things.count, 1u);
    cr_assert(
        text_is_empty(find(organisation, AUDIT_POLICY_CHANGED, "ModelPolicy weir-system/org")->workspace));
}

Test(plan_declaration, has_nothing_of_another_workspace)
{
    const char *objects = given_all(with_a_caller, other_workspace, given_policy("other-dev", "own", priced));

    const struct ledger_declare *demo = declared("demo", objects), *other = declared("other", objects);

    cr_assert_eq(demo->declaration.things.count, 2u, "the Workspace and its key");
    cr_assert_eq(demo->declaration.callers.count, 1u);
    cr_assert_eq(demo->declaration.limits.count, 0u);
    cr_assert_eq(other->declaration.things.count, 3u, "the Workspace, its policy and prices");
    cr_assert_eq(other->declaration.callers.count, 0u);
    cr_assert_eq(other->declaration.limits.count, 1u);
    cr_assert_eq(declared("", objects)->declaration.things.count, 0u);
}

Test(plan_declaration, of_a_namespace_that_is_no_environment_belongs_to_the_one_workspace_there_is)
{
    const char *objects = given_all(with_a_caller, given_policy("demo-old", "left", priced),
                                    given_policy("weir-system", "org", priced));
    struct plan_part demo = {.workspace = TEXT("demo"), .actor = TEXT("cluster"), .is_alone = true};
    struct plan_part organisation = {.actor = TEXT("cluster"), .is_alone = true};

    find(declared_by(&demo, objects), AUDIT_POLICY_CHANGED, "ModelPolicy demo-old/left");
    cr_assert_eq(declared_by(&demo, objects)->declaration.things.count, 4u);
    cr_assert_eq(declared_by(&organisation, objects)->declaration.things.count, 2u);
    demo.is_alone = organisation.is_alone = false;
    cr_assert_eq(declared_by(&demo, objects)->declaration.things.count, 2u);
    cr_assert_eq(declared_by(&organisation, objects)->declaration.things.count, 4u);
}

Test(plan_declaration, says_who_may_call_what_it_costs_and_what_the_limits_are)
{
    const struct declaration *said =
        &declared("demo", given_all(with_a_caller, given_policy("demo-dev", "own", priced), ""))->declaration;

    cr_assert_eq(said->callers.count, 1u);
    cr_assert(text_equals(said->callers.items[0].team, TEXT("retail-platform")));
    cr_assert(text_equals(said->callers.items[0].keys.items[0], TEXT("sha256:0123456789ab")));
    size_t found = 0;
    for (size_t i = 0; i < said->prices.count; i++)
        if (text_equals(said->prices.items[i].provider, TEXT("lab"))) {
            cr_assert_eq(said->prices.items[i].nano_per_million.input, 400000000);
            found++;
        }
    cr_assert_eq(found, 1u, "two models have one target");
    cr_assert_eq(said->limits.count, 1u);
    cr_assert_eq(said->limits.items[0].limit.amount, 7);
}

Test(plan_declaration, is_in_its_revision_and_comments_are_not)
{
    struct text first = declared("demo", with_a_caller)->revision;
    struct text commented = declared("demo", given_all("# a comment\n", with_a_caller, ""))->revision;
    struct text other =
        declared("demo", given_all(with_a_caller, given_policy("demo-dev", "own", priced), ""))->revision;

    cr_assert(text_equals(first, commented));
    cr_assert_not(text_equals(first, other));
}

Test(plan_declaration, is_not_whole_when_something_could_not_be_read)
{
    struct broken_object broken = {.name = TEXT("x")};
    struct reconcile_view view = given_view(with_a_caller);
    view.broken = (struct broken_object_list){&broken, 1};
    struct plan *plan = reconcile(test_arena, &view);
    const struct plan_part part = {.workspace = TEXT("demo"), .actor = TEXT("file")};
    cr_assert_not(plan_declare(test_arena, &view, plan, &part)->declaration.whole);
}
