/* What an alert is as an event. */
#include "operator/runtime/alert_event.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"

static const struct raised_alert half = {.id = TEXT("01KB7D0000ABCDEFGHJKMNPQRS-050"),
                                         .budget = TEXT("weir-system/org/Environment/Month/USD"),
                                         .owner = TEXT("demo/dev"),
                                         .window = TEXT("2026-11"),
                                         .percent = 50,
                                         .amount = TEXT("10.00"),
                                         .settled = TEXT("5.00")};

Test(alert_event, is_about_the_object_that_declares_the_budget_and_known_by_the_alerts_id)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct kube_event event;
    cr_assert(alert_event_of(arena, &half, &event));
    cr_assert(text_equals(event.kind, TEXT("ModelPolicy")));
    cr_assert(text_equals(event.namespace, TEXT("weir-system")) && text_equals(event.name, TEXT("org")));
    cr_assert(text_equals(event.reason, TEXT("BudgetAlert")) && text_equals(event.id, half.id));
    cr_assert_not(event.is_warning);
    cr_assert(text_starts_with(event.note, TEXT("Alert at 50 % of budget weir-system/org/")));
}

Test(alert_event, is_a_warning_when_all_is_spent)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct kube_event event;
    struct raised_alert all = half;
    all.percent = 100;
    all.budget = TEXT("workspace/demo/Workspace/Month/USD");
    cr_assert(alert_event_of(arena, &all, &event));
    cr_assert(event.is_warning);
    cr_assert(text_equals(event.kind, TEXT("Workspace")) && text_is_empty(event.namespace));
}

Test(alert_event, is_none_of_a_budget_that_nobody_declares)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct kube_event event;
    struct raised_alert strange = half;
    strange.budget = TEXT("team");
    cr_assert_not(alert_event_of(arena, &strange, &event));
}
