/* Streams between gateways and the ledger: in order while they last, and lost at any moment. */
#include "tests/unit/simulator/simulator_parts.h"

static void answer(struct sim *sim, const struct sim_message *message, struct sim_gateway *heard_by);

void
sim_connect(struct sim *sim, struct sim_gateway *gateway)
{
    if (gateway->has_stream || sim->is_cut_off)
        return;
    gateway->has_stream = true;
    sim_send(sim, gateway, &(struct sim_message){.kind = SIM_HELLO});
}

/* What is on its way up may have been read already, by a ledger that is slow or one of several. */
void
sim_lose_stream(struct sim *sim, struct sim_gateway *gateway)
{
    struct sim_message message;
    if (!gateway->has_stream)
        return;
    while (sim_stream_take(&gateway->up, &message))
        if (message.kind != SIM_HELLO && sim_happens(sim, 50))
            (void)sim_stream_put(&sim->late, &message);
    while (sim_stream_take(&gateway->down, &message))
        sim->has_lost_money = sim->has_lost_money || message.amount > 0;
    gateway->has_stream = gateway->is_welcome = false;
    if (gateway->is_up)
        sim_gateway_lost(gateway);
}

void
sim_send(struct sim *sim, struct sim_gateway *gateway, const struct sim_message *message)
{
    struct sim_message sent = *message;
    sent.journal = gateway->journal;
    if (!sim_stream_put(&gateway->up, &sent))
        sim_lose_stream(sim, gateway);
}

bool
sim_deliver_up(struct sim *sim, struct sim_gateway *gateway)
{
    struct sim_message message;
    if (!gateway->has_stream || gateway->down.count == SIM_MAX_MESSAGES ||
        !sim_stream_take(&gateway->up, &message))
        return false;
    if ((message.kind == SIM_USAGE || message.kind == SIM_GIVE_BACK) && sim_happens(sim, 10))
        (void)sim_stream_put(&sim->late, &message); /* it will be said again */
    answer(sim, &message, gateway);
    return true;
}

bool
sim_deliver_down(struct sim *sim, struct sim_gateway *gateway)
{
    struct sim_message message;
    if (!gateway->is_up || gateway->is_asleep || !sim_stream_take(&gateway->down, &message))
        return false;
    sim_gateway_hear(sim, gateway, &message);
    return true;
}

/* Any of them, so that they come in another order. */
void
sim_deliver_late(struct sim *sim)
{
    struct sim_message message;
    if (sim->late.count == 0)
        return;
    for (int64_t skip = sim_below(sim, (int64_t)sim->late.count); skip > 0; skip--)
        if (sim_stream_take(&sim->late, &message))
            (void)sim_stream_put(&sim->late, &message);
    (void)sim_stream_take(&sim->late, &message);
    sim->counts.late++;
    answer(sim, &message, NULL);
}

void
sim_crash_ledger(struct sim *sim)
{
    struct sim_gateway *gateway = &sim->gateways[sim_below(sim, (int64_t)sim->gateway_count)];
    struct sim_message message;
    if (gateway->has_stream && sim_stream_take(&gateway->up, &message) && sim_happens(sim, 50))
        answer(sim, &message, NULL);
    for (size_t i = 0; i < sim->gateway_count; i++)
        sim_lose_stream(sim, &sim->gateways[i]);
    sim->counts.crashed++;
}

static void
answer(struct sim *sim, const struct sim_message *message, struct sim_gateway *heard_by)
{
    struct sim_message answered;
    bool is_answered = sim_ledger_answer(sim, message, &answered);
    if (is_answered && heard_by)
        (void)sim_stream_put(&heard_by->down, &answered);
    else
        sim->has_lost_money = sim->has_lost_money || answered.amount > 0;
}
