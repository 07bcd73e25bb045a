/* From bounds to needs, from needs to a hold. What is needed is decide/budget_need.c's to say, whether there
 * is so much the lender's. */
#include "gateway/call_budget.h"

#include "gateway/call_budget_private.h"
#include "gateway/exchange.h"
#include "gateway/live_config.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/net/loop.h"

enum { MOST_ROUNDS = 4 /* of asking for less */ };

/* What is needed of every budget of a unit. */
struct reckoned {
    bool is_done, is_known;
    int64_t amount;
};

static enum lender_answer hold(struct call_budget *budget);
static bool name_accounts(struct call_budget *budget, struct error *err);
static struct lease_account_name name_of(const void *named_by, size_t need);
static char *enter_window(struct call_budget *budget, struct budget_part *part, char *ids);
static bool reckon_needs(struct call_budget *budget, size_t *out_lacks);
static struct reckoned reckon(const struct call_budget *budget, enum budget_unit unit);
static const struct live_target *find_unpriced(const struct call_budget *budget, enum budget_unit unit);
static bool clamp(struct call_budget *budget, size_t need, int64_t amount);
static enum lender_answer finish_round(struct call_budget *budget, enum lender_answer answer);
static enum lender_answer go_out(struct call_budget *budget);
static bool go_on_without(struct call_budget *budget);
static void set_lack(struct call_budget *budget, size_t need, int64_t needed);

enum lender_answer
call_budget_hold(struct call_budget *budget, void (*on_answer)(void *owner), void *owner)
{
    if (!budget)
        return LENDER_HELD;
    budget->asking.on_answer = on_answer;
    budget->asking.owner = owner;
    budget->rounds = 0;
    if (call_budget_hold_of_purse(budget))
        return go_out(budget);
    if (!budget->parts)
        call_budget_open_parts(budget);
    call_budget_unslow(budget);
    return hold(budget);
}

enum lender_answer
call_budget_take_answer(struct call_budget *budget)
{
    budget->is_waiting = false;
    return finish_round(budget, budget->asking.answer);
}

struct call_budget_lack
call_budget_lack(const struct call_budget *budget)
{
    return budget->lack;
}

void
call_budget_leave(struct call_budget *budget)
{
    if (!budget || !budget->is_waiting)
        return;
    budget->is_waiting = false;
    lender_leave(budget->exchange->gateway->lender, &budget->asking);
}

static enum lender_answer
hold(struct call_budget *budget)
{
    struct exchange *exchange = budget->exchange;
    struct error why;
    if (!name_accounts(budget, &why)) {
        budget->lack.reason = text_c_string(exchange->arena, text_of(why.message));
        return LENDER_UNREACHABLE;
    }
    size_t lacks;
    if (!reckon_needs(budget, &lacks))
        return !budget->lack.unpriced && call_budget_slow(budget, lacks) ? hold(budget) : LENDER_LACKS;
    if (budget->held_count == 0)
        return finish_round(budget, LENDER_HELD);
    struct lender_call *asking = &budget->asking;
    asking->waiter.needs = budget->needs;
    asking->waiter.count = budget->held_count;
    asking->name_of = name_of;
    asking->named_by = budget;
    asking->patience_ms = exchange->timing.now_ms + exchange->config->config.deadlines.total -
                          loop_now_ms(exchange->gateway->site.loop);
    enum lender_answer answer = lender_hold(exchange->gateway->lender, asking);
    budget->is_waiting = answer == LENDER_WAITS;
    return budget->is_waiting ? LENDER_WAITS : finish_round(budget, answer);
}

/* Windows of now, so that a late try is charged to the window that it is made in. */
static bool
name_accounts(struct call_budget *budget, struct error *err)
{
    struct lender *lender = budget->exchange->gateway->lender;
    int64_t unix_ms = clock_unix_ms(), now_ms = lender_now_ms(lender);
    char *ids = NULL;
    budget->asking.asked_ms = now_ms;
    for (size_t i = 0; i < budget->part_count; i++) {
        struct budget_part *part = &budget->parts[i];
        const struct budget_window *window = live_budget_window(part->budget, unix_ms);
        if (part->next_unix_ms != window->end_unix_ms)
            ids = enter_window(budget, part, ids);
        if (i >= budget->held_count)
            continue;
        struct lease_account_place *place = live_account_place(part->account, window->start_unix_ms);
        int64_t ends_ms = now_ms + (window->end_unix_ms - unix_ms);
        budget->needs[i].account = lease_book_account_at(place, ends_ms);
        if (budget->needs[i].account)
            continue;
        const struct lease_account_name name = call_budget_name_of(part);
        if (!lender_account(lender, &name, ends_ms, place, err)) {
            set_lack(budget, i, 0);
            return false;
        }
        budget->needs[i].account = place->account;
    }
    return true;
}

static struct lease_account_name
name_of(const void *named_by, size_t need)
{
    const struct call_budget *budget = named_by;
    return call_budget_name_of(&budget->parts[need]);
}

/* The window that its budget is in. Charges of earlier tries may point at the id of the one before, so that
 * stays; the ids of a round are side by side: `ids` is where this one goes, NULL for the round's first. */
static char *
enter_window(struct call_budget *budget, struct budget_part *part, char *ids)
{
    struct text id = part->budget->window_id;
    if (!ids)
        ids = arena_alloc_raw(budget->exchange->arena, budget->part_count * BUDGET_WINDOW_ID_BYTES);
    memcpy(ids, part->budget->window.id, BUDGET_WINDOW_ID_BYTES);
    part->window = (struct text){ids, id.length};
    part->next_unix_ms = part->budget->window.end_unix_ms;
    return ids + BUDGET_WINDOW_ID_BYTES;
}

/* What is above the whole budget is clamped before anybody is asked, if it is not to be slowed; of fewer
 * tokens all is reckoned anew. */
static bool
reckon_needs(struct call_budget *budget, size_t *out_lacks)
{
    struct reckoned units[BUDGET_UNIT_COUNT] = {0};
    for (size_t i = 0; i < budget->blocking_count;) {
        const struct gateway_budget *of = budget->parts[i].budget->budget;
        struct reckoned *need = &units[of->unit];
        if (!need->is_done)
            *need = reckon(budget, of->unit);
        budget->needs[i].amount = need->amount;
        if ((need->is_known && need->amount <= of->amount) || i >= budget->held_count) {
            i++;
            continue;
        }
        set_lack(budget, i, need->amount);
        budget->lack.unpriced = need->is_known ? NULL : find_unpriced(budget, of->unit);
        *out_lacks = i;
        if (budget->lack.unpriced || budget->parts[i].budget->pace || !clamp(budget, i, of->amount))
            return false;
        memset(units, 0, sizeof(units));
        i = 0;
    }
    return true;
}

static struct reckoned
reckon(const struct call_budget *budget, enum budget_unit unit)
{
    struct reckoned need = {.is_done = true, .amount = LEASE_MAX_AMOUNT};
    need.is_known = budget_need(unit, &budget->call, budget->output_tokens, &need.amount);
    return need;
}

static const struct live_target *
find_unpriced(const struct call_budget *budget, enum budget_unit unit)
{
    size_t unpriced = budget_need_unpriced(&budget->call);
    return unit == BUDGET_UNIT_USD && unpriced < budget->call.ceiling_count ? budget->targets[unpriced]
                                                                            : NULL;
}

/* Shorter answers, so that no more than the amount is needed; false when they would be too short. */
static bool
clamp(struct call_budget *budget, size_t need, int64_t amount)
{
    if (budget->call.answers == 0)
        return false;
    int64_t tokens = budget_need_affords(budget->parts[need].budget->budget->unit, &budget->call,
                                         budget->output_tokens - 1, amount);
    if (tokens < budget->least_tokens)
        return false;
    budget->output_tokens = tokens;
    return true;
}

static enum lender_answer
finish_round(struct call_budget *budget, enum lender_answer answer)
{
    if (answer == LENDER_HELD) {
        call_budget_open_purse(budget);
        return go_out(budget);
    }
    if (answer == LENDER_UNREACHABLE && go_on_without(budget))
        return hold(budget);
    size_t need = budget->asking.need;
    set_lack(budget, need, budget->needs[need].amount);
    if (answer == LENDER_LACKS && call_budget_slow(budget, need))
        return hold(budget);
    if (answer == LENDER_LACKS && ++budget->rounds < MOST_ROUNDS && clamp(budget, need, budget->lack.left))
        return hold(budget);
    budget->lack.reason = budget->asking.reason;
    return answer;
}

static enum lender_answer
go_out(struct call_budget *budget)
{
    struct exchange *exchange = budget->exchange;
    budget->is_open = true;
    call_budget_take_tallies(budget);
    if (budget->blocking_count > 0 && budget->call.answers > 0 &&
        (!call_budget_says_maximum(exchange) || exchange->max_output_tokens > budget->output_tokens))
        exchange->max_output_tokens = budget->output_tokens;
    lender_note_unheld(exchange->gateway->lender, (int64_t)call_budget_count(budget, false));
    lender_note_slowed(exchange->gateway->lender, (int64_t)call_budget_count(budget, true));
    return LENDER_HELD;
}

/* Of what it lacks, and what says that calls go on then, nothing is held; what is on loan of the others is
 * spent as ever. False: there is no such budget. */
static bool
go_on_without(struct call_budget *budget)
{
    int64_t now_ms = lender_now_ms(budget->exchange->gateway->lender);
    size_t told = budget->asking.need, before = budget->held_count;
    for (size_t i = before; i-- > 0;) {
        const struct lease_need *need = &budget->needs[i];
        bool is_lacking = i == told || lease_account_sums(need->account, now_ms).usable < need->amount;
        if (!is_lacking || budget->parts[i].budget->budget->when_unavailable != WHEN_UNAVAILABLE_ALLOW)
            continue;
        size_t last = --budget->held_count;
        struct budget_part part = budget->parts[i];
        budget->parts[i] = budget->parts[last];
        budget->parts[last] = part;
    }
    return budget->held_count < before;
}

static void
set_lack(struct call_budget *budget, size_t need, int64_t needed)
{
    const struct budget_part *part = &budget->parts[need];
    budget->lack = (struct call_budget_lack){.budget = part->budget,
                                             .needed = needed,
                                             .left = part->budget->budget->amount,
                                             .next_unix_ms = part->next_unix_ms};
    if (!budget->needs[need].account)
        return;
    struct lease_sums sums =
        lease_account_sums(budget->needs[need].account, lender_now_ms(budget->exchange->gateway->lender));
    if (sums.told_ms == INT64_MIN)
        return;
    budget->lack.left = sums.usable + sums.remaining;
    budget->lack.used = sums.used;
}
