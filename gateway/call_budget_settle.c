/* What a try really took: charged to leases, or on none to budgets that hold nothing. */
#include "gateway/call_budget_private.h"
#include "gateway/decide/budget_tally.h"
#include "gateway/exchange.h"
#include "gateway/live_config.h"
#include "lib/base/arena.h"

static void settle(struct call_budget *budget, const struct budget_use *use, bool is_last);
static void settle_parts(struct call_budget *budget, const struct budget_use *use);
static void take_charges(struct call_budget *budget, const struct lease_charges *charges);
static size_t most_of_one(const struct call_budget *budget);
static struct usage_charge *
find_charge(const struct call_budget *budget, const struct budget_part *part, struct text lease);
static void settle_tally(struct call_budget *budget, struct budget_part *part, int64_t actual);

void
call_budget_settle(struct call_budget *budget, const struct call_usage *usage,
                   const struct live_target *target)
{
    if (!budget || !budget->is_open)
        return;
    const struct budget_use use = call_budget_use_of(budget, usage, target);
    settle(budget, &use, false);
}

void
call_budget_settle_last(struct call_budget *budget, const struct call_usage *usage,
                        const struct live_target *target)
{
    if (!budget || !budget->is_open)
        return;
    const struct budget_use use = call_budget_use_of(budget, usage, target);
    settle(budget, &use, true);
}

static void
settle(struct call_budget *budget, const struct budget_use *use, bool is_last)
{
    budget->is_open = false;
    if (budget->purse)
        call_budget_settle_purse(budget, use, is_last);
    else
        settle_parts(budget, use);
}

static void
settle_parts(struct call_budget *budget, const struct budget_use *use)
{
    struct exchange *exchange = budget->exchange;
    int64_t *actual = budget->actual;
    for (size_t i = 0; i < budget->part_count; i++) {
        int64_t amount = call_budget_amount_used(budget, i, use);
        if (i < budget->held_count) {
            actual[i] = amount;
            continue;
        }
        call_budget_add_charge(budget, &budget->parts[i], TEXT(""), amount);
        if (i >= budget->blocking_count)
            settle_tally(budget, &budget->parts[i], amount);
    }
    bool is_used = use->source != USAGE_NONE;
    budget->told.unheld = is_used ? call_budget_ids(budget, exchange->arena, false) : (struct text_list){0};
    budget->told.slowed = is_used ? call_budget_ids(budget, exchange->arena, true) : (struct text_list){0};
    if (budget->held_count == 0)
        return;
    struct lease_charges charges = lender_settle(exchange->arena, exchange->gateway->lender,
                                                 &budget->asking.waiter.hold, actual, budget->held_count);
    if (budget->told.charges.count == 0 && charges.count <= most_of_one(budget)) {
        take_charges(budget, &charges);
        return;
    }
    for (size_t i = 0; i < charges.count; i++)
        call_budget_add_charge(budget, &budget->parts[charges.items[i].need], charges.items[i].lease_id,
                               charges.items[i].amount);
}

void
call_budget_cancel(struct call_budget *budget)
{
    if (!budget || !budget->is_open)
        return;
    budget->is_open = false;
    if (budget->purse) {
        call_budget_cancel_purse(budget);
        return;
    }
    for (size_t i = budget->blocking_count; i < budget->part_count; i++)
        settle_tally(budget, &budget->parts[i], 0);
    lender_cancel(budget->exchange->gateway->lender, &budget->asking.waiter.hold);
}

struct call_budget_told
call_budget_take_told(struct call_budget *budget)
{
    struct call_budget_told told = {0};
    if (!budget)
        return told;
    told = budget->told;
    budget->told = (struct call_budget_told){0};
    budget->charges_capacity = 0;
    return told;
}

/* Of what is only tried it is noted when it would have refused; of what has no price nothing is known. */
void
call_budget_take_tallies(struct call_budget *budget)
{
    for (size_t i = budget->blocking_count; i < budget->part_count; i++) {
        struct budget_part *part = &budget->parts[i];
        const struct gateway_budget *of = part->budget->budget;
        const struct lease_account_name name = call_budget_name_of(part);
        part->tallied = 0;
        if (of->on_exceeded != OVER_BUDGET_BLOCK ||
            !budget_need(of->unit, &budget->call, budget->output_tokens, &part->tallied))
            continue;
        if (budget_tally_take(budget->exchange->gateway->tally, &name, of->amount, part->tallied))
            exchange_note_shadow(budget->exchange, text_of(refusal_get(REFUSE_BUDGET_EXCEEDED)->code));
    }
}

struct budget_use
call_budget_use_of(const struct call_budget *budget, const struct call_usage *usage,
                   const struct live_target *target)
{
    struct budget_use use = {.source = usage->source, .tokens = usage_vector_tokens(&usage->vector)};
    use.is_cost_known =
        call_cost_reckon(&budget->exchange->cost, target ? target->price : NULL, &usage->vector, &use.cost);
    return use;
}

int64_t
call_budget_amount_used(const struct call_budget *budget, size_t part, const struct budget_use *use)
{
    int64_t held = part < budget->blocking_count ? budget->needs[part].amount : 0;
    return call_budget_amount_of(budget->parts[part].budget->budget->unit, part < budget->held_count, held,
                                 use);
}

/* What was held, or would have been, is charged when the cost is not known: of classes without a price, or of
 * counts that nobody can believe. */
int64_t
call_budget_amount_of(enum budget_unit unit, bool is_held, int64_t held, const struct budget_use *use)
{
    int64_t amount;
    if (use->source == USAGE_NONE)
        return 0;
    if (unit == BUDGET_UNIT_REQUESTS)
        return is_held;
    if (unit == BUDGET_UNIT_TOKENS) {
        amount = use->tokens;
    } else {
        amount = use->is_cost_known ? use->cost.nano_usd : held;
        if (use->is_cost_known && use->cost.unpriced != 0 && amount < held)
            amount = held;
    }
    return amount < LEASE_MAX_AMOUNT ? amount : LEASE_MAX_AMOUNT;
}

void
call_budget_set_charge(struct usage_charge *charge, const struct budget_part *part, struct text lease,
                       int64_t amount)
{
    *charge = (struct usage_charge){.budget = part->budget->budget->id,
                                    .owner = part->account->owner,
                                    .window = part->window,
                                    .lease = lease,
                                    .amount = amount};
}

/* Most calls: nothing else was charged, so there is none to add to, and no two of one hold are of one lease.
 */
static void
take_charges(struct call_budget *budget, const struct lease_charges *charges)
{
    struct usage_charge *items = arena_alloc_raw(budget->exchange->arena, charges->count * sizeof(*items));
    for (size_t i = 0; i < charges->count; i++) {
        const struct lease_charge *of = &charges->items[i];
        call_budget_set_charge(&items[i], &budget->parts[of->need], of->lease_id, of->amount);
    }
    budget->told.charges = (struct usage_charge_list){.items = items, .count = charges->count};
    budget->charges_capacity = charges->count;
}

void
call_budget_add_charge(struct call_budget *budget, const struct budget_part *part, struct text lease,
                       int64_t amount)
{
    struct usage_charge_list *charges = &budget->told.charges;
    if (amount <= 0)
        return;
    struct usage_charge *same = find_charge(budget, part, lease);
    if (same) {
        same->amount = amount < LEASE_MAX_AMOUNT - same->amount ? same->amount + amount : LEASE_MAX_AMOUNT;
        return;
    }
    if (charges->count == budget->charges_capacity)
        charges->items = arena_grow(budget->exchange->arena, charges->items, charges->count,
                                    &budget->charges_capacity, sizeof(*charges->items));
    call_budget_set_charge(&charges->items[charges->count++], part, lease, amount);
}

/* The charge to add to: of the same lease; or, where a budget has as many as are its due of what a record may
 * carry, its last one, whatever its lease. The sum is right then, and the other lease's part stays on loan
 * until it is orphaned. */
static struct usage_charge *
find_charge(const struct call_budget *budget, const struct budget_part *part, struct text lease)
{
    struct usage_charge *last = NULL;
    size_t count = 0;
    for (size_t i = 0; i < budget->told.charges.count; i++) {
        struct usage_charge *charge = &budget->told.charges.items[i];
        if (charge->budget.bytes != part->budget->budget->id.bytes) /* one config, so one text */
            continue;
        if (text_equals(charge->lease, lease) && text_equals(charge->window, part->window))
            return charge;
        last = charge;
        count++;
    }
    return count < most_of_one(budget) ? NULL : last;
}

/* Charges of one budget. */
static size_t
most_of_one(const struct call_budget *budget)
{
    return USAGE_MAX_CHARGES / budget->part_count;
}

static void
settle_tally(struct call_budget *budget, struct budget_part *part, int64_t actual)
{
    const struct lease_account_name name = call_budget_name_of(part);
    if (part->budget->budget->on_exceeded == OVER_BUDGET_BLOCK)
        budget_tally_settle(budget->exchange->gateway->tally, &name, part->tallied, actual);
}
