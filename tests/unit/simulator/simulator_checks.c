/* What must be so after every step, whatever happened. */
#include <inttypes.h>

#include "gateway/decide/lease_parts.h" /* to see which leases a hold is of */
#include "gateway/decide/lease_returns.h"
#include "lib/base/error.h"
#include "tests/unit/simulator/simulator_parts.h"

/* Of one account, added up anew. */
struct added_up {
    int64_t recorded; /* by what is committed of all journals */
    int64_t open, orphaned;
};

static size_t leases_of(const struct sim *sim, const struct sim_call *call, struct text *out_ids);
static void add_up(const struct sim *sim, struct added_up *sums);
static void check_account(struct sim *sim, size_t account, const struct added_up *sums);
static int64_t slots_of_overdue(const struct sim *sim);
static void check_gateway(const struct sim *sim, const struct sim_gateway *gateway);

void
sim_check(struct sim *sim)
{
    struct added_up sums[MODEL_MAX_ACCOUNTS];
    memset(sums, 0, sim->model.account_count * sizeof(*sums));
    add_up(sim, sums);
    for (size_t i = 0; i < sim->model.account_count; i++)
        check_account(sim, i, &sums[i]);
    for (size_t i = 0; i < sim->gateway_count; i++)
        if (sim->gateways[i].is_up)
            check_gateway(sim, &sim->gateways[i]);
}

void
sim_check_hold(const struct sim *sim, const struct sim_call *call)
{
    struct text ids[SIM_MAX_CHARGES];
    for (size_t i = 0, count = leases_of(sim, call, ids); i < count; i++) {
        size_t lease = sim_lease_of(ids[i]);
        int64_t age_ms = (sim->true_us - sim->lent_us[lease]) / 1000;
        if (age_ms >= LEASE_LENGTH_MS)
            sim_fail(sim, "a call holds of L%zu, which was lent %" PRId64 " ms ago", lease, age_ms);
    }
}

/* That it holds something of. */
static size_t
leases_of(const struct sim *sim, const struct sim_call *call, struct text *out_ids)
{
    size_t count = 0;
    for (size_t i = 0; call->purse && i < call->need_count; i++)
        if (call->needs[i].amount > 0)
            out_ids[count++] = lease_purse_charge(call->purse, i, 1).lease_id;
    for (const struct lease_draw *draw = call->waiter.hold.first; draw; draw = draw->next) {
        if (!draw->lease)
            continue;
        if (count == SIM_MAX_CHARGES)
            sim_fail(sim, "a call holds of more leases than the simulator keeps");
        out_ids[count++] = lease_id(draw->lease);
    }
    return count;
}

void
sim_check_orphans(struct sim *sim)
{
    for (size_t i = 0; i < SIM_MAX_CALLS; i++) {
        const struct sim_call *call = &sim->calls[i];
        if (call->state != SIM_CALL_RUNS || sim->has_jumped)
            continue;
        bool may_run = sim_gateway_now_ms(sim_gateway_of(sim, call)) < call->deadline_ms;
        struct text ids[SIM_MAX_CHARGES];
        for (size_t j = 0, count = may_run ? leases_of(sim, call, ids) : 0; j < count; j++)
            if (sim->model.leases[sim_lease_of(ids[j])].state == LEASE_ORPHAN)
                sim_fail(sim, "L%zu is an orphan and a call holds of it that may still run",
                         sim_lease_of(ids[j]));
    }
}

void
sim_check_rest(struct sim *sim)
{
    sim->counts.exact += !sim->has_lost_money;
    for (size_t i = 0; i < sim->model.account_count; i++) {
        const struct model_account *account = &sim->model.accounts[i];
        int64_t spent = sim->accounts[i].spent;
        if (account->budget == MODEL_RATE)
            continue; /* what was lent of a minute stays lent */
        if (account->leased != 0 || sim->accounts[i].held != 0)
            sim_fail(sim, "at rest %" PRId64 " of account %zu are leased and %" PRId64 " held",
                     account->leased, i, sim->accounts[i].held);
        if (account->settled < spent || (!sim->has_lost_money && account->settled != spent))
            sim_fail(sim, "at rest %" PRId64 " of account %zu are settled and %" PRId64 " were spent",
                     account->settled, i, spent);
    }
}

static void
add_up(const struct sim *sim, struct added_up *sums)
{
    for (size_t i = 0; i < sim->model.lease_count; i++) {
        const struct model_lease *lease = &sim->model.leases[i];
        int64_t open = lease->amount - lease->charged;
        if (lease->state == LEASE_ORPHAN)
            sums[lease->account].orphaned += open;
        else
            sums[lease->account].open += open;
        if (open < 0 || lease->charged < 0 || (lease->is_forgotten && open != 0))
            sim_fail(sim, "%s has %" PRId64 " charged of %" PRId64, lease->id, lease->charged, lease->amount);
    }
    for (size_t i = 0; i < sim->journal_count; i++) {
        const struct sim_journal *journal = &sim->journals[i];
        if (journal->next > journal->synced || journal->synced > journal->count)
            sim_fail(sim, "of journal %zu the ledger has %" PRId64 " of %" PRId64, i, journal->next,
                     journal->synced);
        for (int64_t j = 0; j < journal->next; j++)
            for (size_t k = 0; k < journal->records[j].count; k++)
                sums[journal->records[j].charges[k].account].recorded +=
                    journal->records[j].charges[k].amount;
    }
}

static void
check_account(struct sim *sim, size_t account, const struct added_up *sums)
{
    const struct model_account *at = &sim->model.accounts[account];
    struct sim_account *world = &sim->accounts[account];
    int64_t sum = at->settled + at->leased;
    if (at->settled < 0 || at->leased < 0)
        sim_fail(sim, "account %zu has %" PRId64 " settled and %" PRId64 " leased", account, at->settled,
                 at->leased);
    if (sum > sim->model.amounts[at->budget] && sum > world->sum_before)
        sim_fail(sim, "account %zu has %" PRId64 " settled and %" PRId64 " leased of %" PRId64, account,
                 at->settled, at->leased, sim->model.amounts[at->budget]);
    bool is_by_the_clock =
        at->budget == MODEL_SLOTS && sim->has_jumped; /* slots of the dead come back by it */
    int64_t over = at->budget == MODEL_SLOTS ? slots_of_overdue(sim) : 0;
    if (world->spent + world->held - over > sum && !is_by_the_clock)
        sim_fail(sim,
                 "of account %zu of rule %zu %" PRId64 " were spent and %" PRId64 " are held, but %" PRId64
                 " settled and %" PRId64 " leased",
                 account, at->budget, world->spent, world->held, at->settled, at->leased);
    if (at->settled != sums->recorded + sums->orphaned || at->leased != sums->open)
        sim_fail(sim,
                 "account %zu has %" PRId64 " settled and %" PRId64 " leased, not %" PRId64
                 " recorded, %" PRId64 " orphaned and %" PRId64 " open",
                 account, at->settled, at->leased, sums->recorded, sums->orphaned, sums->open);
    world->sum_before = sum;
}

static void
check_gateway(const struct sim *sim, const struct sim_gateway *gateway)
{
    struct error why = {0};
    if (!lease_book_check(gateway->book, &why))
        sim_fail(sim, "gateway %zu: %s", (size_t)(gateway - sim->gateways), why.message);
    if (gateway->next > sim->journals[gateway->journal].next)
        sim_fail(sim, "gateway %zu was acked what is not committed", (size_t)(gateway - sim->gateways));
}

/* Of calls whose time is up, and whose gateway slept meanwhile. */
static int64_t
slots_of_overdue(const struct sim *sim)
{
    int64_t slots = 0;
    for (size_t i = 0; i < SIM_MAX_CALLS; i++) {
        const struct sim_call *call = &sim->calls[i];
        bool is_over = call->state == SIM_CALL_RUNS &&
                       sim_gateway_now_ms(&sim->gateways[call->gateway]) >= call->deadline_ms;
        for (size_t j = 0; is_over && j < call->need_count; j++)
            slots += call->budgets[j] == MODEL_SLOTS ? call->needs[j].amount : 0;
    }
    return slots;
}
