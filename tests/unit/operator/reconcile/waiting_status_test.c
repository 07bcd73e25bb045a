/* What is said while something is still being read. */
#include "operator/reconcile/waiting_status.h"

#include <criterion/criterion.h>

#include "tests/unit/operator/reconcile/given.h"

TestSuite(waiting_status, .init = given_fresh_arena, .fini = end_arena);

static struct workspace_status
status_after(enum condition_status before)
{
    struct condition ready = {.type = TEXT("Ready"),
                              .status = before,
                              .observed_generation = 4,
                              .reason = TEXT("Before"),
                              .message = TEXT("before")};
    const struct workspace workspace = {
        .metadata = {.name = TEXT("demo"), .generation = 5},
        .status = {.observed_generation = 4,
                   .environments_ready = TEXT("1/1"),
                   .conditions = {.items = &ready, .count = before == CONDITION_UNKNOWN ? 0 : 1}}};
    return status_of_waiting(test_arena, &workspace, TEXT("WaitingForSecrets"), TEXT("being read"));
}

Test(waiting_status, what_runs_stays_ready_and_is_being_reconciled)
{
    struct workspace_status status = status_after(CONDITION_TRUE);

    const struct condition *ready = condition_find(&status.conditions, TEXT("Ready"));
    const struct condition *reconciling = condition_find(&status.conditions, TEXT("Reconciling"));
    cr_assert(ready && reconciling);
    cr_expect_eq(ready->status, CONDITION_TRUE);
    cr_expect_eq(ready->observed_generation, 4);
    cr_expect(text_equals(ready->reason, TEXT("Before")));
    cr_expect_eq(reconciling->status, CONDITION_TRUE);
    cr_expect(text_equals(reconciling->reason, TEXT("WaitingForSecrets")));
    cr_expect_eq(status.observed_generation, 4, "its newest spec was not looked at");
    cr_expect(text_equals(status.environments_ready, TEXT("1/1")));
}

Test(waiting_status, what_was_never_looked_at_is_unknown_by_that_reason)
{
    struct workspace_status status = status_after(CONDITION_UNKNOWN);

    const struct condition *ready = condition_find(&status.conditions, TEXT("Ready"));
    cr_assert(ready);
    cr_expect_eq(ready->status, CONDITION_UNKNOWN);
    cr_expect(text_equals(ready->reason, TEXT("WaitingForSecrets")));
    cr_expect_not_null(condition_find(&status.conditions, TEXT("Reconciling")));
}

Test(waiting_status, what_needs_a_person_goes_on_saying_so)
{
    struct workspace_status status = status_after(CONDITION_FALSE);

    cr_expect_eq(condition_find(&status.conditions, TEXT("Ready"))->status, CONDITION_FALSE);
}
