/* The world itself: its beginning and end, chance, time, and the budgets that there are. */
#include "tests/unit/simulator/simulator.h"

#include <criterion/criterion.h>
#include <stdarg.h>

#include "lib/base/arena.h"
#include "lib/base/time_zone.h"
#include "lib/schema/schema.h"
#include "tests/unit/simulator/simulator_parts.h"

/* An hour before a month of 2026 ends. */
#define BEGIN_MS INT64_C(1798758000000)
#define MOST_WALL_OFF_MS 90000

static const struct {
    const char *id, *owner;
    enum policy_scope scope;
    enum budget_period period;
} budgets[SIM_BUDGETS] = {
    {"org", "", POLICY_SCOPE_ORGANISATION, BUDGET_PERIOD_MONTH},
    {"workspace", "demo", POLICY_SCOPE_WORKSPACE, BUDGET_PERIOD_DAY},
    {"environment", "demo/dev", POLICY_SCOPE_ENVIRONMENT, BUDGET_PERIOD_HOUR},
    [MODEL_RATE] = {"limit:demo/dev/Environment/RequestsPerMinute", "demo/dev", POLICY_SCOPE_ENVIRONMENT,
                    BUDGET_PERIOD_MINUTE},
    [MODEL_SLOTS] = {"limit:demo/dev/Environment/Concurrency", "demo/dev", POLICY_SCOPE_ENVIRONMENT,
                     BUDGET_PERIOD_MONTH},
};

static void run_clock(struct sim *sim, int64_t *clock_us, int64_t true_ms);

void
sim_begin(struct sim *sim, uint64_t seed)
{
    sim->seed = sim->random.state = seed;
    sim->step = 0;
    sim->true_us = sim->ledger_us = (BEGIN_MS + sim_below(sim, 3600000)) * 1000;
    sim->ledger_set_us = 0;
    sim->is_cut_off = sim->has_jumped = sim->has_lost_money = false;
    sim->model.account_count = sim->model.lease_count = 0;
    sim->journal_count = 0;
    sim->late.count = 0;
    sim->last_number = 0;
    for (size_t i = 0; i < SIM_MAX_CALLS; i++)
        sim->calls[i].state = SIM_CALL_NONE;
    memset(sim->accounts, 0, sizeof(sim->accounts));
    int64_t most = sim_happens(sim, 20) ? INT64_C(1) << 40 : 2000;
    for (size_t i = 0; i < SIM_BUDGETS; i++)
        sim->model.amounts[i] = sim_below(sim, most);
    sim->model.amounts[MODEL_SLOTS] = 1 + sim_below(sim, SIM_MAX_CALLS / 2);
    sim->part = 4 + sim_below(sim, 100);
    sim->gateway_count = 1 + (size_t)sim_below(sim, SIM_MAX_GATEWAYS);
    for (size_t i = 0; i < sim->gateway_count; i++) {
        struct sim_gateway *gateway = &sim->gateways[i];
        gateway->is_up = false;
        gateway->clock_us = sim_below(sim, INT64_C(1) << 40);
        gateway->wall_off_ms = sim_below(sim, 2 * MOST_WALL_OFF_MS) - MOST_WALL_OFF_MS;
        sim_gateway_start(sim, gateway, true);
    }
}

void
sim_end(struct sim *sim)
{
    for (size_t i = 0; i < sim->gateway_count; i++)
        if (sim->gateways[i].is_up)
            arena_free(sim->gateways[i].arena);
}

int64_t
sim_below(struct sim *sim, int64_t below)
{
    return below > 0 ? random_below(&sim->random, below) : 0;
}

bool
sim_happens(struct sim *sim, int percent)
{
    return sim_below(sim, 100) < percent;
}

void
sim_fail(const struct sim *sim, const char *format, ...)
{
    char why[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, sizeof(why), format, arguments);
    va_end(arguments);
    fprintf(stderr, "seed %llu, step %d: %s\n", (unsigned long long)sim->seed, sim->step, why);
    cr_assert_fail("seed %llu, step %d: %s; WEIR_SIMULATOR_SEED=%llu tells what led to it",
                   (unsigned long long)sim->seed, sim->step, why, (unsigned long long)sim->seed);
    abort();
}

void
sim_pass_time(struct sim *sim, int64_t true_ms)
{
    sim->true_us += true_ms * 1000;
    run_clock(sim, &sim->ledger_us, true_ms);
    for (size_t i = 0; i < sim->gateway_count; i++)
        run_clock(sim, &sim->gateways[i].clock_us, true_ms);
}

struct gateway_budget
sim_budget(const struct sim *sim, size_t budget)
{
    struct gateway_budget made;
    schema_set_defaults(&gateway_budget_schema, &made);
    made.id = text_of(budgets[budget].id);
    made.scope = budgets[budget].scope;
    made.amount = sim->model.amounts[budget];
    made.period = budgets[budget].period;
    made.on_exceeded = OVER_BUDGET_BLOCK;
    return made;
}

struct text
sim_owner(size_t budget)
{
    return text_of(budgets[budget].owner);
}

struct budget_window
sim_window(const struct sim *sim, size_t budget, int64_t unix_ms)
{
    (void)sim;
    if (budget == MODEL_SLOTS)
        return (struct budget_window){SHARED_LIMIT_NO_WINDOW, 0, unix_ms + (INT64_C(1) << 50)};
    return budget_window_at(budgets[budget].period, time_zone_utc(), unix_ms);
}

/* Mostly as wrong as it may be, in either direction. */
static void
run_clock(struct sim *sim, int64_t *clock_us, int64_t true_ms)
{
    int64_t wrong = sim_below(sim, 2 * SIM_CLOCK_PERMILLE + 1) - SIM_CLOCK_PERMILLE;
    if (sim->seed % 4 != 0)
        wrong = clock_us == &sim->ledger_us ? SIM_CLOCK_PERMILLE : -SIM_CLOCK_PERMILLE;
    *clock_us += true_ms * (1000 + wrong);
}
