/* A call: it holds its worst case of every budget that is about it or of none, costs anything up to that, and
 * leaves its record in the journal. */
#include <inttypes.h>

#include "gateway/decide/lease_account.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "tests/unit/simulator/simulator_parts.h"

enum { WAIT_MS = 2000, CHARGES_OF_A_TRY = SIM_MAX_CHARGES / 2 };

static struct sim_call *find_unused(struct sim *sim);
static void pick_budgets(struct sim *sim, struct sim_gateway *gateway);
static void hold(struct sim *sim, struct sim_call *call);
static void name_needs(struct sim *sim, struct sim_call *call, struct sim_gateway *gateway);
static int64_t some_amount(struct sim *sim, size_t budget);
static void run(struct sim *sim, struct sim_call *call);
static void settle(struct sim *sim, struct sim_call *call);
static struct lease_charges
end_hold(struct arena *arena, struct sim *sim, struct sim_call *call, const int64_t *actual);
static void overuse(struct sim *sim, struct sim_call *call, struct sim_gateway *gateway);
static void add_charges(struct sim *sim, struct sim_call *call, const struct lease_charges *charges);
static void write_record(struct sim *sim, struct sim_call *call);

void
sim_call_arrives(struct sim *sim, struct sim_gateway *gateway)
{
    struct sim_call *call = find_unused(sim);
    if (!call || !gateway->is_up || gateway->is_asleep)
        return;
    *call = (struct sim_call){.gateway = (size_t)(gateway - sim->gateways)};
    int64_t longest_ms = sim_happens(sim, 30) ? LEASE_MAX_CALL_MS : 600000;
    longest_ms = sim_happens(sim, 50) ? longest_ms : 1 + sim_below(sim, longest_ms);
    call->deadline_ms = sim_gateway_now_ms(gateway) + longest_ms;
    if (gateway->alike_count == 0)
        pick_budgets(sim, gateway);
    call->need_count = gateway->alike_count;
    memcpy(call->budgets, gateway->alike, sizeof(call->budgets));
    if (sim_happens(sim, 50))
        gateway->alike_count = 0;
    hold(sim, call);
}

/* Of calls to come. */
static void
pick_budgets(struct sim *sim, struct sim_gateway *gateway)
{
    for (size_t i = 0; i < SIM_BUDGETS; i++)
        if (sim_happens(sim, 70))
            gateway->alike[gateway->alike_count++] = i;
}

void
sim_call_ends(struct sim *sim, struct sim_call *call)
{
    settle(sim, call);
    write_record(sim, call);
}

/* The next try holds anew, in the windows that it is made in. */
void
sim_call_is_retried(struct sim *sim, struct sim_call *call)
{
    settle(sim, call);
    sim->counts.retried++;
    if (call->record.count <= CHARGES_OF_A_TRY &&
        sim_gateway_now_ms(sim_gateway_of(sim, call)) < call->deadline_ms)
        hold(sim, call);
    else
        write_record(sim, call);
}

/* Before it was sent. */
void
sim_call_leaves(struct sim *sim, struct sim_call *call)
{
    struct sim_gateway *gateway = sim_gateway_of(sim, call);
    sim->counts.left++;
    if (call->state == SIM_CALL_WAITS) {
        lease_queue_remove(&gateway->queue, &call->waiter);
    } else {
        if (call->purse)
            sim_purse_cancel(sim, call);
        else
            lease_book_cancel(gateway->book, &call->waiter.hold);
        for (size_t i = 0; i < call->need_count; i++)
            sim->accounts[call->accounts[i]].held -= call->needs[i].amount;
    }
    write_record(sim, call);
    sim_calls_run(sim, lease_queue_serve(&gateway->queue, gateway->book, sim_gateway_now_ms(gateway)));
}

void
sim_call_dies(struct sim *sim, struct sim_call *call)
{
    if (call->state == SIM_CALL_HAUNTS)
        return;
    enum sim_call_state state = SIM_CALL_NONE;
    for (size_t i = 0; call->state == SIM_CALL_RUNS && i < call->need_count; i++) {
        struct sim_account *account = &sim->accounts[call->accounts[i]];
        if (call->budgets[i] == MODEL_SLOTS) {
            state = SIM_CALL_HAUNTS;
            sim->counts.haunted++;
            continue;
        }
        account->held -= call->needs[i].amount;
        account->spent +=
            sim_happens(sim, 50) ? call->needs[i].amount : sim_below(sim, call->needs[i].amount + 1);
    }
    call->state = state;
}

void
sim_calls_lay_ghosts(struct sim *sim, bool are_all)
{
    for (size_t i = 0; i < SIM_MAX_CALLS; i++) {
        struct sim_call *call = &sim->calls[i];
        bool is_over = are_all || sim_gateway_now_ms(sim_gateway_of(sim, call)) >= call->deadline_ms;
        if (call->state != SIM_CALL_HAUNTS || !is_over)
            continue;
        for (size_t j = 0; j < call->need_count; j++)
            if (call->budgets[j] == MODEL_SLOTS)
                sim->accounts[call->accounts[j]].held -= call->needs[j].amount;
        call->state = SIM_CALL_NONE;
    }
}

void
sim_calls_run(struct sim *sim, struct lease_waiter *list)
{
    for (struct lease_waiter *waiter = list, *next; waiter; waiter = next) {
        next = waiter->next;
        run(sim, (struct sim_call *)waiter); /* its first member */
    }
}

void
sim_calls_end_unserved(struct sim *sim, struct lease_waiter *list)
{
    for (struct lease_waiter *waiter = list, *next; waiter; waiter = next) {
        next = waiter->next;
        sim->counts.refused++;
        write_record(sim, (struct sim_call *)waiter);
    }
}

struct sim_gateway *
sim_gateway_of(struct sim *sim, const struct sim_call *call)
{
    return &sim->gateways[call->gateway];
}

static struct sim_call *
find_unused(struct sim *sim)
{
    for (size_t i = 0; i < SIM_MAX_CALLS; i++)
        if (sim->calls[i].state == SIM_CALL_NONE)
            return &sim->calls[i];
    return NULL;
}

static void
hold(struct sim *sim, struct sim_call *call)
{
    struct sim_gateway *gateway = sim_gateway_of(sim, call);
    int64_t now_ms = sim_gateway_now_ms(gateway);
    name_needs(sim, call, gateway);
    call->waiter =
        (struct lease_waiter){.needs = call->needs, .count = call->need_count, .until_ms = now_ms + WAIT_MS};
    if (sim_purse_hold(sim, call)) {
        run(sim, call);
        return;
    }
    if (lease_queue_hold(&gateway->queue, gateway->book, &call->waiter, now_ms)) {
        run(sim, call);
        for (size_t i = 0; gateway->is_welcome && i < call->need_count; i++)
            sim_gateway_ask(sim, gateway, call->needs[i].account, call->accounts[i]);
        return;
    }
    call->state = SIM_CALL_WAITS;
    sim->counts.waited++;
    for (size_t i = 0; gateway->is_welcome && i < call->need_count; i++)
        if (lease_queue_lacks(&call->waiter, i))
            sim_gateway_ask(sim, gateway, call->needs[i].account, call->accounts[i]);
}

static void
name_needs(struct sim *sim, struct sim_call *call, struct sim_gateway *gateway)
{
    int64_t unix_ms = (sim->ledger_us - sim->ledger_set_us) / 1000 + gateway->wall_off_ms;
    for (size_t i = 0; i < call->need_count; i++) {
        size_t at = call->budgets[i];
        struct gateway_budget budget = sim_budget(sim, at);
        struct budget_window window = sim_window(sim, at, unix_ms);
        const struct lease_account_name name = {budget.id, sim_owner(at), text_of(window.id)};
        struct error why = {0};
        call->accounts[i] = model_account(&sim->model, at, window.id);
        call->needs[i].amount = some_amount(sim, at);
        if (!lease_book_account(gateway->book, &name,
                                sim_gateway_now_ms(gateway) + window.end_unix_ms - unix_ms,
                                &call->needs[i].account, &why))
            sim_fail(sim, "%s", why.message);
        if (at >= MODEL_BUDGETS)
            lease_account_be(call->needs[i].account, at == MODEL_SLOTS ? LEASE_OF_SLOTS : LEASE_OF_RATE);
    }
}

/* Mostly a small part of the budget, of which purses have some; sometimes all of it or more. */
static int64_t
some_amount(struct sim *sim, size_t budget)
{
    int64_t limit = sim->model.amounts[budget];
    if (budget == MODEL_SLOTS)
        return 1;
    if (sim_happens(sim, 70))
        return sim_below(sim, 3);
    return sim_happens(sim, 5) ? sim_below(sim, limit + 3) : sim_below(sim, limit / sim->part + 2);
}

static void
run(struct sim *sim, struct sim_call *call)
{
    call->state = SIM_CALL_RUNS;
    for (size_t i = 0; i < call->need_count; i++)
        sim->accounts[call->accounts[i]].held += call->needs[i].amount;
    sim->counts.held++;
    sim_check_hold(sim, call);
    if (!call->purse && sim_happens(sim, 60))
        sim_purse_open(sim, call);
}

static void
settle(struct sim *sim, struct sim_call *call)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct sim_gateway *gateway = sim_gateway_of(sim, call);
    int64_t actual[SIM_BUDGETS] = {0};
    for (size_t i = 0; i < call->need_count; i++) {
        int64_t worst = call->needs[i].amount;
        actual[i] = sim_happens(sim, 30) ? worst : sim_below(sim, worst + 1);
        actual[i] = call->budgets[i] == MODEL_SLOTS ? 0 : actual[i];
        sim->accounts[call->accounts[i]].held -= worst;
        sim->accounts[call->accounts[i]].spent += actual[i];
    }
    struct lease_charges charges = end_hold(arena, sim, call, actual);
    if (charges.is_overdrawn)
        sim_fail(sim, "a call that cost no more than its worst case is charged beyond its hold");
    add_charges(sim, call, &charges);
    overuse(sim, call, gateway);
    call->state = SIM_CALL_NONE;
    sim_calls_run(sim, lease_queue_serve(&gateway->queue, gateway->book, sim_gateway_now_ms(gateway)));
}

static struct lease_charges
end_hold(struct arena *arena, struct sim *sim, struct sim_call *call, const int64_t *actual)
{
    if (!call->purse)
        return lease_book_settle(arena, sim_gateway_of(sim, call)->book, &call->waiter.hold, actual,
                                 call->need_count);
    struct lease_charges charges = {.items =
                                        arena_alloc_array(arena, call->need_count, sizeof(*charges.items))};
    for (size_t i = 0; i < call->need_count; i++) {
        if (actual[i] == 0)
            continue;
        struct lease_charge *charge = &charges.items[charges.count++];
        *charge = lease_purse_charge(call->purse, i, actual[i]);
        charge->lease_id = text_copy(arena, charge->lease_id);
    }
    charges.is_overdrawn = sim_purse_settle(sim, call, actual);
    return charges;
}

/* More tokens than anybody thought: only what is on loan can pay for them. */
static void
overuse(struct sim *sim, struct sim_call *call, struct sim_gateway *gateway)
{
    for (size_t i = 0; i < call->need_count; i++) {
        if (call->budgets[i] != MODEL_RATE || !sim_happens(sim, 20))
            continue;
        lease_account_overuse(call->needs[i].account, sim_below(sim, 100), sim_gateway_now_ms(gateway));
        sim->counts.overused++;
    }
}

static void
add_charges(struct sim *sim, struct sim_call *call, const struct lease_charges *charges)
{
    struct sim_record *record = &call->record;
    for (size_t i = 0; i < charges->count; i++) {
        const struct lease_charge *charge = &charges->items[i];
        if (call->budgets[charge->need] >= MODEL_BUDGETS)
            continue; /* of limits nobody is told what was used */
        if (record->count == SIM_MAX_CHARGES)
            sim_fail(sim, "a record has more charges than the simulator keeps");
        record->charges[record->count++] =
            (struct sim_charge){call->accounts[charge->need], sim_lease_of(charge->lease_id), charge->amount};
    }
}

static void
write_record(struct sim *sim, struct sim_call *call)
{
    struct sim_journal *journal = &sim->journals[sim_gateway_of(sim, call)->journal];
    call->state = SIM_CALL_NONE;
    if (journal->count == SIM_MAX_RECORDS)
        sim_fail(sim, "the journal is full");
    journal->records[journal->count++] = call->record;
}
