/* The ledger: what is a decision in api/server/ledger is asked there, what its tables do the model does. */
#include <inttypes.h>

#include "api/server/ledger/lend_check.h"
#include "lib/base/text.h"
#include "lib/base/time_zone.h"
#include "tests/unit/simulator/simulator_parts.h"

static void lend(struct sim *sim, const struct sim_message *ask, struct sim_message *out_lent);
static bool may_be_lent(const struct sim *sim, size_t account);
static void take_back(struct sim *sim, const struct sim_message *given);
static void ingest(struct sim *sim, const struct sim_message *usage, struct sim_message *out_ack);
static void charge(struct sim *sim, size_t journal, const struct sim_record *record);

bool
sim_ledger_answer(struct sim *sim, const struct sim_message *message, struct sim_message *out_answer)
{
    *out_answer = (struct sim_message){.journal = message->journal, .number = message->number};
    switch (message->kind) {
    case SIM_HELLO:
        out_answer->kind = SIM_WELCOME;
        out_answer->first = sim->journals[message->journal].next;
        return true;
    case SIM_ASK:
        lend(sim, message, out_answer);
        return true;
    case SIM_GIVE_BACK:
        take_back(sim, message);
        out_answer->kind = SIM_RETURNED;
        return true;
    case SIM_USAGE:
        ingest(sim, message, out_answer);
        return true;
    case SIM_WELCOME:
    case SIM_LENT:
    case SIM_RETURNED:
    case SIM_ACK:
        break;
    }
    sim_fail(sim, "the ledger was sent an answer");
}

void
sim_ledger_sweep(struct sim *sim)
{
    sim->counts.orphaned += model_sweep(&sim->model, sim_ledger_now_ms(sim));
    sim_check_orphans(sim);
}

int64_t
sim_ledger_now_ms(const struct sim *sim)
{
    return sim->ledger_us / 1000;
}

size_t
sim_lease_of(struct text id)
{
    size_t lease = 0;
    for (size_t i = 1; i < id.length; i++)
        lease = lease * 10 + (size_t)(id.bytes[i] - '0');
    return lease;
}

static void
lend(struct sim *sim, const struct sim_message *ask, struct sim_message *out_lent)
{
    int64_t now_ms = sim_ledger_now_ms(sim);
    const struct model_account *account = &sim->model.accounts[ask->account];
    out_lent->kind = SIM_LENT;
    out_lent->is_refused = !may_be_lent(sim, ask->account);
    out_lent->replicas = model_replicas(&sim->model, ask->account, ask->journal, now_ms);
    if (out_lent->is_refused) {
        sim->counts.out_of_window++;
        return;
    }
    out_lent->amount =
        model_lend(&sim->model, ask->account, ask->journal, ask->wanted, ask->at_least, now_ms);
    out_lent->used = account->settled;
    out_lent->left = sim->model.amounts[account->budget] - account->settled - account->leased;
    out_lent->left = out_lent->left > 0 ? out_lent->left : 0;
    if (out_lent->amount == 0)
        return;
    out_lent->lease = sim->model.lease_count;
    struct model_lease lease = {.account = ask->account,
                                .journal = ask->journal,
                                .amount = out_lent->amount,
                                .lent_ms = now_ms,
                                .longest_call_ms = LEASE_MAX_CALL_MS};
    snprintf(lease.id, sizeof(lease.id), "L%zu", out_lent->lease);
    model_add_lease(&sim->model, &lease);
    sim->lent_us[out_lent->lease] = sim->true_us;
    sim->was_orphan[out_lent->lease] = false;
    sim->counts.lent++;
}

static bool
may_be_lent(const struct sim *sim, size_t account)
{
    const struct model_account *at = &sim->model.accounts[account];
    const struct lend_claim claim = {
        .origin = {TEXT("journal"), TEXT("demo"), TEXT("dev")},
        .owner = sim_owner(at->budget),
        .window = text_of(at->window),
        .now_ms = sim_ledger_now_ms(sim),
    };
    const struct gateway_budget budget = sim_budget(sim, at->budget);
    if (at->budget < MODEL_BUDGETS)
        return lend_check(&budget, time_zone_utc(), &claim, NULL);
    const struct shared_limit limit = {.id = budget.id,
                                       .scope = LIMIT_SCOPE_ENVIRONMENT,
                                       .unit = at->budget == MODEL_SLOTS ? LIMIT_UNIT_CONCURRENCY
                                                                         : LIMIT_UNIT_REQUESTS_PER_MINUTE,
                                       .amount = budget.amount};
    return lend_check_limit(&limit, &claim, NULL);
}

static void
take_back(struct sim *sim, const struct sim_message *given)
{
    for (size_t i = 0; i < given->return_count; i++) {
        const struct sim_return *returned = &given->returns[i];
        if (sim->model.leases[returned->lease].journal != given->journal)
            sim_fail(sim, "a lease of another journal is given back");
        model_give_back(&sim->model, returned->lease, returned->kept, returned->is_over);
        sim->counts.given_back++;
    }
}

/* The journal's place first: a batch that does not begin there changes nothing. */
static void
ingest(struct sim *sim, const struct sim_message *usage, struct sim_message *out_ack)
{
    struct sim_journal *journal = &sim->journals[usage->journal];
    out_ack->kind = SIM_WELCOME;
    if (usage->first == journal->next) {
        for (int64_t i = 0; i < usage->count; i++)
            charge(sim, usage->journal, &journal->records[usage->first + i]);
        journal->next += usage->count;
        out_ack->kind = SIM_ACK;
        sim->counts.ingested += usage->count;
    } else {
        sim->counts.replayed++;
    }
    out_ack->first = journal->next;
}

static void
charge(struct sim *sim, size_t journal, const struct sim_record *record)
{
    for (size_t i = 0; i < record->count; i++) {
        const struct sim_charge *one = &record->charges[i];
        const struct model_lease *lease = &sim->model.leases[one->lease];
        if (lease->journal != journal || lease->account != one->account)
            sim_fail(sim, "%s is charged for another account or by another journal", lease->id);
        if (model_charge(&sim->model, one->account, one->lease, one->amount))
            sim_fail(sim, "%s is charged %" PRId64 " more than it has", lease->id, one->amount);
    }
}
