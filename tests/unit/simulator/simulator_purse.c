/* Calls that need what a call before them needed hold of a purse, as in call_budget and call_limits. */
#include "tests/unit/simulator/simulator_parts.h"

static struct sim_purse *find(struct sim_gateway *gateway, const struct sim_call *call);
static bool is_alike(const struct sim_purse *purse, const struct sim_call *call);
static void set_classes(const struct sim_call *call, uint8_t *out_classes);
static struct lease_amounts amounts_of(const struct sim_call *call, const int64_t *actual);

bool
sim_purse_hold(struct sim *sim, struct sim_call *call)
{
    struct sim_gateway *gateway = sim_gateway_of(sim, call);
    const struct sim_purse *found = find(gateway, call);
    const struct lease_amounts amounts = amounts_of(call, NULL);
    if (!found || gateway->queue.count > 0)
        return false;
    call->purse = lease_purse_hold(&found->place, &amounts, sim_gateway_now_ms(gateway));
    sim->counts.pursed += call->purse != NULL;
    return call->purse;
}

/* After a hold of such needs. */
void
sim_purse_open(struct sim *sim, const struct sim_call *call)
{
    struct sim_gateway *gateway = sim_gateway_of(sim, call);
    struct sim_purse *purse = find(gateway, call);
    uint8_t classes[SIM_BUDGETS];
    if (call->need_count == 0)
        return;
    if (!purse)
        purse = &gateway->purses[sim_below(sim, SIM_MAX_PURSES)];
    set_classes(call, classes);
    purse->need_count = call->need_count;
    memcpy(purse->accounts, call->accounts, sizeof(purse->accounts));
    const struct lease_purse_needs needs = {call->needs, classes, call->need_count};
    lease_purse_open(gateway->book, &needs, sim_gateway_now_ms(gateway), &purse->place);
}

bool
sim_purse_settle(struct sim *sim, struct sim_call *call, const int64_t *actual)
{
    const struct lease_amounts held = amounts_of(call, NULL), used = amounts_of(call, actual);
    struct lease_purse *purse = call->purse;
    call->purse = NULL;
    return lease_purse_settle(sim_gateway_of(sim, call)->book, purse, &held, &used);
}

void
sim_purse_cancel(struct sim *sim, struct sim_call *call)
{
    const struct lease_amounts held = amounts_of(call, NULL);
    lease_purse_cancel(sim_gateway_of(sim, call)->book, call->purse, &held);
    call->purse = NULL;
}

static struct sim_purse *
find(struct sim_gateway *gateway, const struct sim_call *call)
{
    for (size_t i = 0; i < SIM_MAX_PURSES; i++)
        if (is_alike(&gateway->purses[i], call))
            return &gateway->purses[i];
    return NULL;
}

static bool
is_alike(const struct sim_purse *purse, const struct sim_call *call)
{
    return purse->need_count == call->need_count && call->need_count > 0 &&
           memcmp(purse->accounts, call->accounts, call->need_count * sizeof(*call->accounts)) == 0;
}

static void
set_classes(const struct sim_call *call, uint8_t *out_classes)
{
    uint8_t next = 0;
    for (size_t i = 0; i < call->need_count; i++)
        out_classes[i] = call->budgets[i] == MODEL_SLOTS ? 0 : next++;
}

/* actual NULL: what is held. */
static struct lease_amounts
amounts_of(const struct sim_call *call, const int64_t *actual)
{
    struct lease_amounts amounts = {0};
    size_t next = 0;
    for (size_t i = 0; i < call->need_count; i++)
        if (call->budgets[i] != MODEL_SLOTS)
            amounts.of[next++] = actual ? actual[i] : call->needs[i].amount;
    return amounts;
}
