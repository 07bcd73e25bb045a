/* Most calls: what a call of the same caller held of a moment ago, this one holds of together, and what it
 * is charged reads the same but for the amount. Where whose account it is depends on more than on the
 * caller, or a budget is slowed, gone on without or only tried, calls hold account by account. */
#include "gateway/call_budget_private.h"
#include "gateway/exchange.h"
#include "gateway/live_config.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"

enum { BEGINNING_BYTES = 256 };

/* One account. */
struct purse_part {
    struct live_budget *budget;
    struct live_account *account;
    uint64_t lease_number; /* that its charge is of */
    struct buffer beginning;
    char window[BUDGET_WINDOW_ID_BYTES], lease[LEASE_ID_MAX_BYTES];
};

/* Of each unit: on leases, and beyond what was held of them. */
struct amounts_used {
    struct lease_amounts on_lease, beyond;
    const struct budget_use *use; /* of what only counts */
};

struct budget_purse {
    struct lease_purse_place place;
    uint64_t round;                         /* of windows: another one when one of them is another */
    int64_t from_unix_ms, until_unix_ms;    /* in which all windows are the same */
    int64_t least[BUDGET_UNIT_COUNT];       /* the smallest budget that blocks; INT64_MAX: none does */
    uint8_t classes[LEASE_PURSE_MAX_NEEDS]; /* the budget's unit */
    size_t part_count, held_count;          /* those that block first */
    /* Those of the last call but for their amounts; their texts are good until it is another purse. */
    struct usage_charge *charges;
    uint64_t charged_number; /* of the purse that they are of; 0: of none */
    struct purse_part parts[];
};
_Static_assert((int)BUDGET_UNIT_COUNT <= LEASE_PURSE_CLASSES, "units are classes");

static bool is_for_purse(const struct call_budget *budget);
static struct budget_purse *make(const struct call_budget *budget);
static bool enter_windows(const struct call_budget *budget, struct budget_purse *purse);
static struct amounts_used amounts_used(const struct call_budget *budget, const struct budget_use *use);
static int64_t of_part(const struct call_budget *budget, const struct amounts_used *used, size_t part);
static struct usage_charge_list charges_of(struct call_budget *budget, const struct amounts_used *used);
static struct usage_charge_list named_charges(struct call_budget *budget, const struct amounts_used *used);
static void print_beginnings(struct call_budget *budget);
static void print_beginning(struct budget_purse *of, size_t part, const struct lease_charge *lease);
static void charge_apart(struct call_budget *budget, size_t part, bool is_on_lease, int64_t amount);
static struct budget_part named_part(const struct call_budget *budget, size_t part);

bool
call_budget_hold_of_purse(struct call_budget *budget)
{
    struct budget_purse *of = budget->own ? budget->own->budgets : NULL;
    int64_t unix_ms = clock_unix_ms();
    if (!of || unix_ms < of->from_unix_ms || unix_ms >= of->until_unix_ms)
        return false;
    struct lease_amounts held = {0};
    for (enum budget_unit unit = 0; unit < BUDGET_UNIT_COUNT; unit++)
        if (of->least[unit] != INT64_MAX &&
            (!budget_need(unit, &budget->call, budget->output_tokens, &held.of[unit]) ||
             held.of[unit] > of->least[unit]))
            return false;
    struct lender *lender = budget->exchange->gateway->lender;
    budget->purse = lender_hold_of_purse(lender, &of->place, &held, lender_now_ms(lender));
    if (!budget->purse)
        return false;
    budget->of_purse = of;
    budget->purse_round = of->round;
    budget->held_unix_ms = unix_ms;
    budget->held = held;
    budget->held_count = budget->blocking_count = of->held_count;
    return true;
}

void
call_budget_open_purse(struct call_budget *budget)
{
    if (!budget->own || !is_for_purse(budget))
        return;
    struct budget_purse *of = budget->own->budgets;
    if (!of)
        of = budget->own->budgets = make(budget);
    if (!enter_windows(budget, of))
        return;
    const struct lease_purse_needs needs = {budget->needs, of->classes, of->held_count};
    lender_open_purse(budget->exchange->gateway->lender, &needs, &of->place);
}

void
call_budget_settle_purse(struct call_budget *budget, const struct budget_use *use, bool is_last)
{
    struct budget_purse *of = budget->of_purse;
    struct usage_charge_list *charges = &budget->told.charges;
    const struct amounts_used used = amounts_used(budget, use);
    struct lease_amounts actual;
    for (size_t i = 0; i < LEASE_PURSE_CLASSES; i++)
        actual.of[i] = used.on_lease.of[i] + used.beyond.of[i];
    budget->told.unheld = budget->told.slowed = (struct text_list){0};
    if (is_last && charges->count == 0) {
        *charges = charges_of(budget, &used);
        budget->charges_capacity = charges->count;
    } else {
        for (size_t i = 0; i < of->part_count; i++)
            charge_apart(budget, i, i < of->held_count, of_part(budget, &used, i));
    }
    for (size_t i = 0; i < of->held_count; i++)
        charge_apart(budget, i, false, used.beyond.of[of->classes[i]]);
    lender_settle_purse(budget->exchange->gateway->lender, budget->purse, &budget->held, &actual);
    budget->purse = NULL;
}

void
call_budget_cancel_purse(struct call_budget *budget)
{
    lender_cancel_purse(budget->exchange->gateway->lender, budget->purse, &budget->held);
    budget->purse = NULL;
}

struct usage_charge_list
call_budget_foresee_purse(struct call_budget *budget, const struct budget_use *use)
{
    const struct usage_charge_list *told = &budget->told.charges;
    const struct amounts_used used = amounts_used(budget, use);
    const struct usage_charge_list now = charges_of(budget, &used);
    if (told->count == 0 || told->count + now.count > USAGE_MAX_CHARGES)
        return told->count == 0 ? now : *told;
    struct usage_charge_list all = {
        .items = arena_alloc_raw(budget->exchange->arena, (told->count + now.count) * sizeof(*all.items))};
    for (size_t i = 0; i < told->count; i++)
        all.items[all.count++] = told->items[i];
    for (size_t i = 0; i < now.count; i++)
        all.items[all.count++] = now.items[i];
    return all;
}

/* All that blocks is held, the rest only counts, and another call of the caller is about the same, in the
 * same order: a try before this one may have put last what it went on without. */
static bool
is_for_purse(const struct call_budget *budget)
{
    const struct live_config *config = budget->exchange->config;
    if (budget->part_count != config->budgets.asked_count || budget->held_count == 0 ||
        budget->held_count != budget->blocking_count || budget->held_count > LEASE_PURSE_MAX_NEEDS)
        return false;
    for (size_t i = 0; i < budget->part_count; i++) {
        const struct live_budget *of = budget->parts[i].budget;
        bool is_tallied = i >= budget->blocking_count && of->budget->on_exceeded != OVER_BUDGET_ALERT;
        if (is_tallied || of->paced || of != config->budgets.asked[i] ||
            !live_accounts_is_of_caller(&config->accounts, (size_t)(of - config->budgets.items)))
            return false;
    }
    return true;
}

static struct budget_purse *
make(const struct call_budget *budget)
{
    struct arena *arena = budget->exchange->config->arena;
    struct budget_purse *of = arena_alloc(arena, sizeof(*of) + budget->part_count * sizeof(*of->parts));
    of->charges = arena_alloc_array(arena, budget->part_count, sizeof(*of->charges));
    of->part_count = budget->part_count;
    of->held_count = budget->held_count;
    for (size_t i = 0; i < BUDGET_UNIT_COUNT; i++)
        of->least[i] = INT64_MAX;
    for (size_t i = 0; i < of->part_count; i++) {
        struct purse_part *part = &of->parts[i];
        part->budget = budget->parts[i].budget;
        part->account = budget->parts[i].account;
        buffer_init(&part->beginning, arena, BEGINNING_BYTES);
        const struct gateway_budget *rule = part->budget->budget;
        if (i >= of->held_count)
            continue;
        of->classes[i] = (uint8_t)rule->unit;
        if (rule->amount < of->least[rule->unit])
            of->least[rule->unit] = rule->amount;
    }
    return of;
}

/* False: the call held in windows that are over. */
static bool
enter_windows(const struct call_budget *budget, struct budget_purse *of)
{
    int64_t from = INT64_MIN, until = INT64_MAX;
    for (size_t i = 0; i < of->part_count; i++) {
        const struct budget_window *window = &of->parts[i].budget->window;
        if (window->end_unix_ms != budget->parts[i].next_unix_ms)
            return false;
        from = window->start_unix_ms > from ? window->start_unix_ms : from;
        until = window->end_unix_ms < until ? window->end_unix_ms : until;
    }
    if (from == of->from_unix_ms && until == of->until_unix_ms)
        return true;
    of->from_unix_ms = from;
    of->until_unix_ms = until;
    of->round++;
    of->charged_number = 0;
    for (size_t i = 0; i < of->part_count; i++) {
        memcpy(of->parts[i].window, of->parts[i].budget->window.id, BUDGET_WINDOW_ID_BYTES);
        of->parts[i].beginning.length = 0;
    }
    return true;
}

static struct amounts_used
amounts_used(const struct call_budget *budget, const struct budget_use *use)
{
    struct amounts_used used = {.use = use};
    const struct budget_purse *of = budget->of_purse;
    for (enum budget_unit unit = 0; unit < BUDGET_UNIT_COUNT; unit++) {
        if (of->least[unit] == INT64_MAX)
            continue;
        int64_t held = budget->held.of[unit], amount = call_budget_amount_of(unit, true, held, use);
        used.beyond.of[unit] = amount > held ? amount - held : 0;
        used.on_lease.of[unit] = amount - used.beyond.of[unit];
    }
    return used;
}

static int64_t
of_part(const struct call_budget *budget, const struct amounts_used *used, size_t part)
{
    const struct budget_purse *of = budget->of_purse;
    if (part < of->held_count)
        return used->on_lease.of[of->classes[part]];
    return call_budget_amount_of(of->parts[part].budget->budget->unit, false, 0, used->use);
}

/* All calls of a purse are charged alike but for the amounts: the list is the purse's, good until the next
 * call asks. What is charged nothing is left out. */
static struct usage_charge_list
charges_of(struct call_budget *budget, const struct amounts_used *used)
{
    struct budget_purse *of = budget->of_purse;
    if (budget->purse_round != of->round)
        return named_charges(budget, used);
    if (of->charged_number != lease_purse_number(budget->purse))
        print_beginnings(budget);
    bool is_all = true;
    for (size_t i = 0; i < of->part_count; i++) {
        of->charges[i].amount = of_part(budget, used, i);
        is_all &= of->charges[i].amount > 0;
    }
    struct usage_charge_list charges = {of->charges, of->part_count};
    if (is_all)
        return charges;
    charges.items = arena_alloc_raw(budget->exchange->arena, of->part_count * sizeof(*charges.items));
    charges.count = 0;
    for (size_t i = 0; i < of->part_count; i++)
        if (of->charges[i].amount > 0)
            charges.items[charges.count++] = of->charges[i];
    return charges;
}

/* A window is over since it held. */
static struct usage_charge_list
named_charges(struct call_budget *budget, const struct amounts_used *used)
{
    const struct budget_purse *of = budget->of_purse;
    struct arena *arena = budget->exchange->arena;
    struct usage_charge_list charges = {.items =
                                            arena_alloc_raw(arena, of->part_count * sizeof(*charges.items))};
    for (size_t i = 0; i < of->part_count; i++) {
        int64_t amount = of_part(budget, used, i);
        struct text lease =
            i < of->held_count ? lease_purse_charge(budget->purse, i, amount).lease_id : TEXT("");
        const struct budget_part named = named_part(budget, i);
        if (amount > 0)
            call_budget_set_charge(&charges.items[charges.count++], &named, text_copy(arena, lease), amount);
    }
    return charges;
}

static void
print_beginnings(struct call_budget *budget)
{
    struct budget_purse *of = budget->of_purse;
    of->charged_number = lease_purse_number(budget->purse);
    for (size_t i = 0; i < of->part_count; i++) {
        struct lease_charge lease = {0};
        if (i < of->held_count)
            lease = lease_purse_charge(budget->purse, i, 1);
        if (of->parts[i].beginning.length == 0 || of->parts[i].lease_number != lease.lease_number)
            print_beginning(of, i, &lease);
    }
}

static void
print_beginning(struct budget_purse *of, size_t part, const struct lease_charge *lease)
{
    struct purse_part *at = &of->parts[part];
    struct usage_charge *charge = &of->charges[part];
    if (lease->lease_id.length > 0)
        memcpy(at->lease, lease->lease_id.bytes, lease->lease_id.length);
    *charge = (struct usage_charge){.budget = at->budget->budget->id,
                                    .owner = at->account->owner,
                                    .window = text_of(at->window),
                                    .lease = {at->lease, lease->lease_id.length}};
    at->beginning.length = 0;
    usage_charge_print_beginning(charge, &at->beginning);
    charge->beginning = buffer_text(&at->beginning);
    at->lease_number = lease->lease_number;
}

/* Beside what other tries were charged, which other calls come in between of. */
static void
charge_apart(struct call_budget *budget, size_t part, bool is_on_lease, int64_t amount)
{
    if (amount <= 0)
        return;
    const struct budget_part named = named_part(budget, part);
    struct text lease = is_on_lease ? lease_purse_charge(budget->purse, part, amount).lease_id : TEXT("");
    call_budget_add_charge(budget, &named, text_copy(budget->exchange->arena, lease), amount);
}

/* With the window in which the call held. */
static struct budget_part
named_part(const struct call_budget *budget, size_t part)
{
    const struct purse_part *of = &budget->of_purse->parts[part];
    struct budget_window then;
    struct text window = text_of(of->window);
    if (budget->purse_round != budget->of_purse->round) {
        then = budget_window_at(of->budget->budget->period, of->budget->zone, budget->held_unix_ms);
        window = text_of(then.id);
    }
    return (struct budget_part){
        .budget = of->budget, .account = of->account, .window = text_copy(budget->exchange->arena, window)};
}
