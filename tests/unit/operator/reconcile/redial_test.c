/* What a new leader says before gateways have dialled it. */
#include "operator/reconcile/redial.h"

#include <criterion/criterion.h>

static struct environment_status
given_environment(bool is_ready, const char *reason, int64_t replicas)
{
    return (struct environment_status){
        .name = TEXT("dev"),
        .ready = is_ready,
        .reason = text_of(reason),
        .gateway = {.replicas = replicas, .acked_replicas = is_ready ? replicas : 0}};
}

static struct workspace_status
given_status(struct environment_status *environment, struct condition *ready, enum condition_status status)
{
    *ready = (struct condition){.type = TEXT("Ready"), .status = status};
    return (struct workspace_status){.conditions = {.items = ready, .count = 1},
                                     .environments = {.items = environment, .count = 1}};
}

static int64_t
wait_for(int64_t led_ms, struct environment_status before, struct environment_status now,
         enum condition_status ready)
{
    struct condition conditions[2];
    struct workspace_status standing = given_status(&before, &conditions[0], CONDITION_TRUE);
    struct workspace_status wanted = given_status(&now, &conditions[1], ready);
    return redial_wait_ms(led_ms, &standing, &wanted);
}

Test(redial, what_was_ready_and_lacks_only_acks_waits_for_gateways_to_dial)
{
    struct environment_status ready = given_environment(true, "Ready", 2);
    struct environment_status starting = given_environment(false, "GatewayStarting", 2);

    cr_expect_eq(wait_for(0, ready, starting, CONDITION_UNKNOWN), REDIAL_PATIENCE_MS);
    cr_expect_eq(wait_for(3000, ready, starting, CONDITION_UNKNOWN), REDIAL_PATIENCE_MS - 3000);
}

Test(redial, patience_ends)
{
    struct environment_status ready = given_environment(true, "Ready", 2);
    struct environment_status starting = given_environment(false, "GatewayStarting", 2);

    cr_expect_eq(wait_for(REDIAL_PATIENCE_MS, ready, starting, CONDITION_UNKNOWN), 0);
    cr_expect_eq(wait_for(10 * REDIAL_PATIENCE_MS, ready, starting, CONDITION_UNKNOWN), 0);
}

Test(redial, what_has_another_reason_is_told_at_once)
{
    struct environment_status ready = given_environment(true, "Ready", 2);

    cr_expect_eq(wait_for(0, ready, given_environment(false, "GatewayFailing", 2), CONDITION_UNKNOWN), 0);
    cr_expect_eq(wait_for(0, ready, given_environment(false, "GatewayStarting", 0), CONDITION_UNKNOWN), 0,
                 "there are no gateways that could dial");
    cr_expect_eq(wait_for(0, ready, given_environment(false, "GatewayStarting", 2), CONDITION_FALSE), 0,
                 "something needs a person");
}

Test(redial, what_is_no_worse_than_before_is_told_at_once)
{
    struct environment_status starting = given_environment(false, "GatewayStarting", 2);

    cr_expect_eq(wait_for(0, starting, starting, CONDITION_UNKNOWN), 0);
    cr_expect_eq(wait_for(0, starting, given_environment(true, "Ready", 2), CONDITION_TRUE), 0);
}

Test(redial, trouble_of_one_environment_is_not_hidden_by_another_that_waits)
{
    struct condition conditions[2];
    struct environment_status before[] = {given_environment(true, "Ready", 1),
                                          given_environment(true, "Ready", 1)};
    struct environment_status now[] = {given_environment(false, "GatewayStarting", 1),
                                       given_environment(false, "NamespaceTerminating", 1)};
    before[1].name = now[1].name = TEXT("prod");
    struct workspace_status standing = given_status(before, &conditions[0], CONDITION_TRUE);
    struct workspace_status wanted = given_status(now, &conditions[1], CONDITION_UNKNOWN);
    standing.environments.count = wanted.environments.count = 2;

    cr_expect_eq(redial_wait_ms(0, &standing, &wanted), 0);
}
