/* What an object of a cluster says without effect is kept beside it, for its condition. */
#include "operator/runtime/organisation.h"

#include <criterion/criterion.h>

#include "api/types/kinds.h"
#include "lib/base/arena.h"
#include "operator/kube/kube_cache.h"

static struct text
notice_of(struct arena *arena, enum kind_id kind, const char *json)
{
    const struct kube_object object = {
        .namespace = TEXT("weir-system"), .name = TEXT("x"), .json = text_of(json)};
    struct decoded_objects decoded = {.arena = arena};
    decoded_add(&decoded, kind_get(kind), &object);
    cr_assert_eq(decoded.objects.count, 1u);
    return decoded_find_notice(&decoded.notices, kind, decoded.objects.items[0].metadata->namespace,
                               TEXT("x"));
}

Test(organisation, a_policy_with_a_budget_says_that_nobody_counts_it_in_a_cluster)
{
    scoped_arena struct arena *arena = arena_new(0);

    struct text notice = notice_of(
        arena, KIND_MODEL_POLICY,
        "{\"apiVersion\":\"weir.dev/v1alpha1\",\"kind\":\"ModelPolicy\",\"metadata\":{\"name\":\"x\","
        "\"namespace\":\"weir-system\"},\"spec\":{\"constraints\":{\"budgets\":[{\"scope\":\"Environment\","
        "\"amount\":\"9000\"}]}}}");

    cr_assert(
        text_equals(notice, TEXT("spec.constraints.budgets: takes effect only with a ledger: weir up starts "
                                 "one and so does the chart; without it nobody counts")),
        "%.*s", TEXT_ARG(notice));
}

Test(organisation, a_budget_is_not_named_where_there_is_a_ledger)
{
    scoped_arena struct arena *arena = arena_new(0);
    const struct kube_object object = {
        .namespace = TEXT("weir-system"),
        .name = TEXT("x"),
        .json =
            TEXT("{\"apiVersion\":\"weir.dev/v1alpha1\",\"kind\":\"ModelPolicy\",\"metadata\":{\"name\":"
                 "\"x\",\"namespace\":\"weir-system\"},\"spec\":{\"constraints\":{\"budgets\":[{\"scope\":"
                 "\"Environment\",\"amount\":\"9000\"}]}}}")};
    struct decoded_objects decoded = {.arena = arena, .has_ledger = true};

    decoded_add(&decoded, kind_get(KIND_MODEL_POLICY), &object);

    struct text notice =
        decoded_find_notice(&decoded.notices, KIND_MODEL_POLICY, TEXT("weir-system"), TEXT("x"));
    cr_assert(text_is_empty(notice), "%.*s", TEXT_ARG(notice));
}

Test(organisation, what_takes_effect_only_in_a_cluster_is_not_said)
{
    scoped_arena struct arena *arena = arena_new(0);

    struct text notice = notice_of(
        arena, KIND_WORKSPACE,
        "{\"apiVersion\":\"weir.dev/v1alpha1\",\"kind\":\"Workspace\",\"metadata\":{\"name\":\"x\"},"
        "\"spec\":{\"owner\":{\"team\":\"a\"},\"deletionPolicy\":\"Delete\",\"environments\":[{\"name\":"
        "\"dev\","
        "\"tier\":\"Development\",\"budget\":{\"tokens\":5}}]}}");

    cr_assert(text_starts_with(notice, TEXT("spec.environments[0].budget: takes effect only with a ledger")),
              "%.*s", TEXT_ARG(notice));
    cr_assert_lt(text_find(notice, TEXT("deletionPolicy")), 0);
}
