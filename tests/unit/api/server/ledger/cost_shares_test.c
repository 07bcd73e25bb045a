/* Hours of models and whom they served: all shares and what is idle are the hours' cost, to the nano-dollar.
 */
#include "api/server/ledger/cost_shares.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "tests/support/arena_fixture.h"
#include "tests/unit/gateway/decide/random_sequence.h"

TestSuite(cost_shares, .init = given_arena, .fini = end_arena);

static struct model_hour
hour_of(const char *deployment, int64_t hour, int64_t cost)
{
    return (struct model_hour){hour, TEXT("demo"), TEXT("dev"), text_of(deployment), cost};
}

static struct served_hour
served_by(const char *provider, int64_t hour, const char *caller, int64_t tokens)
{
    struct served_hour served = {.hour_ms = hour,
                                 .workspace = TEXT("demo"),
                                 .environment = TEXT("dev"),
                                 .provider = text_of(provider),
                                 .tokens = tokens,
                                 .requests = 1};
    served.by[USAGE_BY_CALLER] = text_of(caller);
    return served;
}

static int64_t
borne_by(const struct cost_shares *shares, const char *caller)
{
    struct text by[USAGE_DIMENSION_COUNT] = {0};
    by[USAGE_BY_CALLER] = text_of(caller);
    return cost_shares_of(shares, by);
}

Test(cost_shares, are_of_each_hour_by_what_was_served_in_it)
{
    const struct model_hour hours[] = {hour_of("llama", 1, 1000), hour_of("llama", 2, 500),
                                       hour_of("mistral", 1, 70), hour_of("llama", 3, 9)};
    const struct served_hour served[] = {
        served_by("self-hosted/llama", 1, "ada", 30), served_by("self-hosted/llama", 1, "bob", 10),
        served_by("self-hosted/llama", 2, "bob", 1), served_by("self-hosted/phi", 2, "ada", 1)};
    const struct cost_shares *shares = cost_shares_new(arena, hours, 4, served, 4);
    cr_assert_eq(borne_by(shares, "ada"), 750);
    cr_assert_eq(borne_by(shares, "bob"), 250 + 500);
    cr_assert_eq(borne_by(shares, "eve"), 0);
    cr_assert_eq(cost_shares_idle(shares), 79);
}

Test(cost_shares, of_another_workspace_or_environment_are_not_mixed_up)
{
    struct model_hour hours[] = {hour_of("llama", 1, 1000), hour_of("llama", 1, 10)};
    struct served_hour served[] = {served_by("self-hosted/llama", 1, "ada", 5)};
    hours[1].environment = TEXT("prod");
    served[0].environment = TEXT("prod");
    const struct cost_shares *shares = cost_shares_new(arena, hours, 2, served, 1);
    cr_assert_eq(borne_by(shares, "ada"), 10);
    cr_assert_eq(cost_shares_idle(shares), 1000);
}

Test(cost_shares, and_what_is_idle_are_the_cost_whatever_was_served)
{
    static const char *const models[] = {"a", "b", "c"};
    static const char *const providers[] = {"self-hosted/a", "self-hosted/b", "self-hosted/c"};
    static const char *const callers[] = {"ada", "bob", "eve", ""};
    struct random_sequence random = {3};
    for (int round = 0; round < 300; round++) {
        struct model_hour hours[30];
        struct served_hour served[120];
        size_t hour_count = 0, served_count = 0;
        int64_t cost = 0, borne = 0;
        for (int64_t i = 0; i < 30; i++) {
            int64_t nano = random_below(&random, 1000000007);
            size_t model = (size_t)(i % 3);
            if (random_below(&random, 4) > 0) {
                hours[hour_count++] = hour_of(models[model], i / 3, nano);
                cost += nano;
            }
            for (size_t j = 0; j < COUNT_OF(callers); j++)
                if (random_below(&random, 3) > 0)
                    served[served_count++] =
                        served_by(providers[model], i / 3, callers[j], random_below(&random, 50));
        }
        const struct cost_shares *shares = cost_shares_new(arena, hours, hour_count, served, served_count);
        for (size_t j = 0; j < COUNT_OF(callers); j++)
            borne += borne_by(shares, callers[j]);
        cr_assert_eq(borne + cost_shares_idle(shares), cost);
    }
}
