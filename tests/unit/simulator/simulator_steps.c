/* One step after the other, by chance; each seed has its own mix, so that some worlds see few deaths and
 * others little else. Then everything comes to rest. */
#include "lib/base/arena.h"
#include "tests/unit/simulator/simulator_parts.h"

enum { HOUR_MS = 3600000, ROUNDS_TO_REST = 400 };

static struct sim_call *
some_call(struct sim *sim, const struct sim_gateway *gateway, enum sim_call_state state)
{
    size_t first = (size_t)sim_below(sim, SIM_MAX_CALLS);
    for (size_t i = 0; i < SIM_MAX_CALLS; i++) {
        struct sim_call *call = &sim->calls[(first + i) % SIM_MAX_CALLS];
        if (call->state == state && sim_gateway_of(sim, call) == gateway)
            return call;
    }
    return NULL;
}

static bool
is_awake(const struct sim_gateway *gateway)
{
    return gateway->is_up && !gateway->is_asleep;
}

static void
end_one(struct sim *sim, struct sim_gateway *gateway)
{
    struct sim_call *call = is_awake(gateway) ? some_call(sim, gateway, SIM_CALL_RUNS) : NULL;
    if (call)
        sim_call_ends(sim, call);
}

static void
retry_one(struct sim *sim, struct sim_gateway *gateway)
{
    struct sim_call *call = is_awake(gateway) ? some_call(sim, gateway, SIM_CALL_RUNS) : NULL;
    if (call)
        sim_call_is_retried(sim, call);
}

static void
let_one_leave(struct sim *sim, struct sim_gateway *gateway)
{
    enum sim_call_state state = sim_happens(sim, 60) ? SIM_CALL_WAITS : SIM_CALL_RUNS;
    struct sim_call *call = is_awake(gateway) ? some_call(sim, gateway, state) : NULL;
    if (call)
        sim_call_leaves(sim, call);
}

static void
deliver_some_up(struct sim *sim, struct sim_gateway *gateway)
{
    for (int64_t i = sim_below(sim, 4); i >= 0 && sim_deliver_up(sim, gateway); i--)
        ;
}

static void
deliver_some_down(struct sim *sim, struct sim_gateway *gateway)
{
    for (int64_t i = sim_below(sim, 4); i >= 0 && sim_deliver_down(sim, gateway); i--)
        ;
}

/* The gateway's timers. */
static void
tick(struct sim *sim, struct sim_gateway *gateway)
{
    if (!is_awake(gateway))
        return;
    int64_t now_ms = sim_gateway_now_ms(gateway);
    for (size_t i = 0; i < SIM_MAX_CALLS; i++)
        if (sim->calls[i].state == SIM_CALL_RUNS && sim_gateway_of(sim, &sim->calls[i]) == gateway &&
            now_ms >= sim->calls[i].deadline_ms)
            sim_call_ends(sim, &sim->calls[i]);
    struct lease_waiter *overdue = lease_queue_drop_overdue(&gateway->queue, now_ms);
    sim->counts.overdue += overdue != NULL;
    sim_calls_end_unserved(sim, overdue);
    sim_gateway_give_back(sim, gateway, now_ms);
}

static void
sync_and_ship(struct sim *sim, struct sim_gateway *gateway)
{
    if (!is_awake(gateway))
        return;
    struct sim_journal *journal = &sim->journals[gateway->journal];
    if (sim_happens(sim, 70))
        journal->synced = journal->count;
    sim_gateway_ship(sim, gateway);
}

static void
connect(struct sim *sim, struct sim_gateway *gateway)
{
    sim->is_cut_off = sim->is_cut_off && !sim_happens(sim, 20);
    if (is_awake(gateway))
        sim_connect(sim, gateway);
}

static void
deliver_late(struct sim *sim, struct sim_gateway *gateway)
{
    (void)gateway;
    sim_deliver_late(sim);
}

/* The process alone, or the machine with what was not synced, or the disk too. */
static void
kill_one(struct sim *sim, struct sim_gateway *gateway)
{
    if (!gateway->is_up)
        return;
    struct sim_journal *journal = &sim->journals[gateway->journal];
    sim_gateway_kill(sim, gateway);
    if (sim_happens(sim, 40))
        journal->count = journal->synced;
    gateway->is_gone = sim_happens(sim, 25);
}

/* Who never comes back has another in its place, with a journal of its own. */
static void
start_one(struct sim *sim, struct sim_gateway *gateway)
{
    sim_gateway_start(sim, gateway, gateway->is_gone);
}

static void
sleep_or_wake(struct sim *sim, struct sim_gateway *gateway)
{
    (void)sim;
    gateway->is_asleep = gateway->is_up && !gateway->is_asleep;
}

static void
crash_ledger(struct sim *sim, struct sim_gateway *gateway)
{
    (void)gateway;
    sim_crash_ledger(sim);
}

static void
sweep_up(struct sim *sim, struct sim_gateway *gateway)
{
    (void)gateway;
    sim_ledger_sweep(sim);
}

static void
change_limit(struct sim *sim, struct sim_gateway *gateway)
{
    (void)gateway;
    int64_t *amount = &sim->model.amounts[sim_below(sim, SIM_BUDGETS)];
    int64_t before = *amount;
    *amount = sim_below(sim, 2 * before + 100);
    sim->counts.lowered += *amount < before;
}

static void
cut_off(struct sim *sim, struct sim_gateway *gateway)
{
    (void)gateway;
    sim->is_cut_off = !sim->is_cut_off;
    for (size_t i = 0; sim->is_cut_off && i < sim->gateway_count; i++)
        sim_lose_stream(sim, &sim->gateways[i]);
}

static void
pass_moments(struct sim *sim, struct sim_gateway *gateway)
{
    (void)gateway;
    sim_pass_time(sim, sim_below(sim, sim_happens(sim, 80) ? 400 : 15000));
}

static void
pass_long(struct sim *sim, struct sim_gateway *gateway)
{
    (void)gateway;
    int64_t longest_ms = sim_happens(sim, 70) ? 2 * HOUR_MS : 32 * HOUR_MS;
    sim_pass_time(sim, sim_below(sim, longest_ms));
}

/* To the last moment in which a call may run: then the ledger must not have given it up. */
static void
wait_for_a_deadline(struct sim *sim, struct sim_gateway *gateway)
{
    struct sim_call *call = some_call(sim, gateway, SIM_CALL_RUNS);
    if (!call)
        return;
    int64_t left_ms = call->deadline_ms - sim_gateway_now_ms(gateway);
    if (left_ms > 0)
        sim_pass_time(sim, left_ms * (990 + sim_below(sim, 11)) / (1000 - SIM_CLOCK_PERMILLE));
    sim_ledger_sweep(sim);
}

/* To where leases end, by one clock or the other. */
static void
wait_for_a_lease_to_end(struct sim *sim, struct sim_gateway *gateway)
{
    sim_pass_time(sim, LEASE_LENGTH_MS * (90 + sim_below(sim, 20)) / 100);
    sim_call_arrives(sim, gateway);
}

/* Calls alike in one moment, some of which end in it, when those that waited have been answered. */
static void
burst(struct sim *sim, struct sim_gateway *gateway)
{
    for (int rounds = 0; rounds < 3 && gateway->queue.count > 0; rounds++) {
        connect(sim, gateway);
        deliver_some_up(sim, gateway);
        deliver_some_down(sim, gateway);
    }
    for (int64_t left = 2 + sim_below(sim, 8); left > 0; left--) {
        sim_call_arrives(sim, gateway);
        if (sim_happens(sim, 60))
            end_one(sim, gateway);
    }
}

/* Only in some worlds: by a clock that was set nobody can say how long a lease is out. */
static void
set_ledger_clock(struct sim *sim, struct sim_gateway *gateway)
{
    (void)gateway;
    if (sim->seed % 5 != 0)
        return;
    sim->has_jumped = true;
    int64_t set_us = (sim_below(sim, 60 * HOUR_MS) - 30 * HOUR_MS) * 1000;
    sim->ledger_us += set_us;
    sim->ledger_set_us += set_us;
}

static const struct {
    const char *name;
    int64_t weight;
    void (*take)(struct sim *sim, struct sim_gateway *gateway);
} kinds[] = {
    {"call", 60, sim_call_arrives},
    {"burst", 20, burst},
    {"end", 30, end_one},
    {"retry", 4, retry_one},
    {"leave", 3, let_one_leave},
    {"up", 40, deliver_some_up},
    {"down", 40, deliver_some_down},
    {"tick", 10, tick},
    {"ship", 14, sync_and_ship},
    {"connect", 16, connect},
    {"lose", 2, sim_lose_stream},
    {"late", 4, deliver_late},
    {"kill", 1, kill_one},
    {"start", 8, start_one},
    {"sleep", 1, sleep_or_wake},
    {"crash", 1, crash_ledger},
    {"sweep", 4, sweep_up},
    {"limit", 2, change_limit},
    {"cut off", 1, cut_off},
    {"moments", 25, pass_moments},
    {"long", 2, pass_long},
    {"deadline", 2, wait_for_a_deadline},
    {"lease end", 3, wait_for_a_lease_to_end},
    {"set clock", 2, set_ledger_clock},
};

static size_t
choose(struct sim *sim, const int64_t *weights)
{
    int64_t all = 0;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        all += weights[i];
    int64_t at = sim_below(sim, all);
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if ((at -= weights[i]) < 0)
            return i;
    return 0;
}

static void
take_step(struct sim *sim, const int64_t *weights)
{
    size_t kind = choose(sim, weights), which = (size_t)sim_below(sim, (int64_t)sim->gateway_count);
    if (sim->is_told)
        fprintf(stderr, "%4d %s %zu\n", sim->step, kinds[kind].name, which);
    kinds[kind].take(sim, &sim->gateways[which]);
    sim_calls_lay_ghosts(sim, false);
    sim_check(sim);
}

/* Everybody who will ever come back is there, and nothing new begins. */
static void
let_all_come_back(struct sim *sim)
{
    sim->is_cut_off = false;
    for (size_t i = 0; i < sim->gateway_count; i++) {
        struct sim_gateway *gateway = &sim->gateways[i];
        if (!gateway->is_gone)
            sim_gateway_start(sim, gateway, false);
        gateway->is_asleep = false;
    }
}

/* False while something is still on its way. */
static bool
come_to_rest(struct sim *sim, struct sim_gateway *gateway)
{
    struct sim_call *call;
    sim_connect(sim, gateway);
    while (sim_deliver_up(sim, gateway) || sim_deliver_down(sim, gateway))
        ;
    while ((call = some_call(sim, gateway, SIM_CALL_WAITS)))
        sim_call_leaves(sim, call);
    while ((call = some_call(sim, gateway, SIM_CALL_RUNS)))
        sim_call_ends(sim, call);
    struct sim_journal *journal = &sim->journals[gateway->journal];
    journal->synced = journal->count;
    sim_gateway_ship(sim, gateway);
    sim_gateway_give_back(sim, gateway, INT64_MAX);
    sim_check(sim);
    return journal->next == journal->count && gateway->up.count == 0 && gateway->down.count == 0 &&
           !gateway->questions && lease_outbox_count(gateway->outbox) == 0;
}

void
sim_run(struct sim *sim, uint64_t seed, int steps)
{
    int64_t weights[COUNT_OF(kinds)];
    sim_begin(sim, seed);
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        weights[i] = kinds[i].weight * (1 + sim_below(sim, 4)) * (sim_happens(sim, 85) || i == 0);
    for (size_t i = 0; i < sim->gateway_count; i++)
        sim_connect(sim, &sim->gateways[i]);
    for (sim->step = 1; sim->step <= steps; sim->step++)
        take_step(sim, weights);

    let_all_come_back(sim);
    while (sim->late.count > 0)
        sim_deliver_late(sim);
    int busy = 1;
    for (int round = 0; busy && round < ROUNDS_TO_REST; round++) {
        busy = 0;
        for (size_t i = 0; i < sim->gateway_count; i++)
            busy += sim->gateways[i].is_up && !come_to_rest(sim, &sim->gateways[i]);
    }
    if (busy)
        sim_fail(sim, "%d gateways do not come to rest", busy);
    sim->ledger_us += 1000 + 1000 * lease_terms_orphaned_ms(0, LEASE_LENGTH_MS, LEASE_MAX_CALL_MS);
    sim->ledger_us += sim->has_jumped ? INT64_C(1000) * 3000 * HOUR_MS : 0;
    sim_calls_lay_ghosts(sim, true);
    sim_ledger_sweep(sim);
    sim_check(sim);
    sim_check_rest(sim);
    sim_end(sim);
}
