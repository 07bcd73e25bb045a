/* Whose account a call goes to, and which accounts a gateway may name. */
#include "api/types/gateway_budget.h"

#include <criterion/criterion.h>

#include "tests/unit/api/types/given.h"

TestSuite(gateway_budget, .init = given_fresh_arena, .fini = end_arena);

static struct text_pair tags[] = {{TEXT("feature"), TEXT("search/again")}};

static const struct budget_payer ada = {.workspace = TEXT("retail"),
                                        .environment = TEXT("prod"),
                                        .caller = TEXT("ada/of/accounts"),
                                        .model = TEXT("gpt-4.1"),
                                        .run = TEXT("run-1"),
                                        .user = TEXT("d1ge57"),
                                        .tags = {tags, COUNT_OF(tags)}};

static struct text
owner_of(enum policy_scope scope)
{
    struct text owner = TEXT("nobody");
    return budget_owner(test_arena, scope, TEXT("feature"), &ada, &owner) ? owner : TEXT("nobody");
}

static bool
is_of(enum policy_scope scope, const char *owner)
{
    return budget_owner_is_of(scope, text_of(owner), ada.workspace, ada.environment);
}

Test(gateway_budget, each_scope_has_an_owner_of_its_own)
{
    cr_assert(text_equals(owner_of(POLICY_SCOPE_ORGANISATION), TEXT("")));
    cr_assert(text_equals(owner_of(POLICY_SCOPE_WORKSPACE), TEXT("retail")));
    cr_assert(text_equals(owner_of(POLICY_SCOPE_ENVIRONMENT), TEXT("retail/prod")));
    cr_assert(text_equals(owner_of(POLICY_SCOPE_CALLER), TEXT("retail/prod/ada/of/accounts")));
    cr_assert(text_equals(owner_of(POLICY_SCOPE_MODEL), TEXT("retail/prod/gpt-4.1")));
    cr_assert(text_equals(owner_of(POLICY_SCOPE_RUN), TEXT("retail/prod/run-1")));
    cr_assert(text_equals(owner_of(POLICY_SCOPE_USER), TEXT("retail/prod/d1ge57")));
    cr_assert(text_equals(owner_of(POLICY_SCOPE_TAG), TEXT("retail/prod/search/again")));
}

Test(gateway_budget, is_not_about_a_call_that_has_no_such_owner)
{
    cr_assert(text_equals(owner_of(POLICY_SCOPE_DEPLOYMENT), TEXT("nobody")));
    static const struct budget_payer bare = {.workspace = TEXT("retail"), .environment = TEXT("prod")};
    for (enum policy_scope scope = POLICY_SCOPE_CALLER; scope <= POLICY_SCOPE_TAG; scope++) {
        struct text owner;
        cr_assert_not(budget_owner(test_arena, scope, TEXT("feature"), &bare, &owner), "scope %d", scope);
    }
    struct text owner;
    cr_assert_not(budget_owner(test_arena, POLICY_SCOPE_TAG, TEXT("other"), &ada, &owner));
}

Test(gateway_budget, a_gateway_names_only_owners_of_its_own_environment)
{
    for (enum policy_scope scope = POLICY_SCOPE_ORGANISATION; scope <= POLICY_SCOPE_TAG; scope++) {
        struct text owner;
        if (budget_owner(test_arena, scope, TEXT("feature"), &ada, &owner))
            cr_assert(budget_owner_is_of(scope, owner, ada.workspace, ada.environment), "scope %d", scope);
    }
    cr_assert_not(is_of(POLICY_SCOPE_ORGANISATION, "retail"));
    cr_assert_not(is_of(POLICY_SCOPE_WORKSPACE, "finance"));
    cr_assert_not(is_of(POLICY_SCOPE_WORKSPACE, ""));
    cr_assert_not(is_of(POLICY_SCOPE_ENVIRONMENT, "retail/dev"));
    cr_assert_not(is_of(POLICY_SCOPE_ENVIRONMENT, "retail/production"));
    cr_assert_not(is_of(POLICY_SCOPE_CALLER, "retail/prod"));
    cr_assert_not(is_of(POLICY_SCOPE_CALLER, "retail/prod/"));
    cr_assert_not(is_of(POLICY_SCOPE_CALLER, "retail/production/ada"));
    cr_assert_not(is_of(POLICY_SCOPE_MODEL, "finance/prod/gpt-4.1"));
    cr_assert_not(is_of(POLICY_SCOPE_RUN, "retail/dev/run-1"));
    cr_assert_not(is_of(POLICY_SCOPE_TAG, "retail/prod/"));
}
