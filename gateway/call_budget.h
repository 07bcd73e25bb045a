/* What one call holds of budgets, and what it was charged. One hold a try: a try that may have been billed is
 * settled before the next one holds. NULL stands for a call that no budget is about. */
#pragma once

#include "api/types/usage_record.h"
#include "gateway/chat/call_usage.h"
#include "gateway/lender.h"

struct call_budget;
struct exchange;
struct live_budget;
struct live_target;

/* Why a call cannot be let through, for the words of its refusal. */
struct call_budget_lack {
    const struct live_budget *budget;
    const struct live_target
        *unpriced;              /* LENDER_LACKS: a target whose price does not say what a call may use */
    int64_t needed, left, used; /* in the budget's unit */
    int64_t next_unix_ms;       /* when the next window begins */
    const char *reason;         /* LENDER_UNREACHABLE: why */
};

/* NULL when no budget is about the call; its arena is the call's. */
struct call_budget *call_budget_new(struct exchange *exchange);
/* Holds the most that a try can take, and clamps exchange->max_output_tokens to what there is. When it waits,
 * on_answer(owner) comes from the loop: ask call_budget_take_answer then. */
enum lender_answer call_budget_hold(struct call_budget *budget, void (*on_answer)(void *owner), void *owner);
/* The answer to a hold that waited; LENDER_WAITS when less is asked for now, and on_answer comes again. */
enum lender_answer call_budget_take_answer(struct call_budget *budget);
/* After LENDER_LACKS and LENDER_UNREACHABLE. */
struct call_budget_lack call_budget_lack(const struct call_budget *budget);
/* The client is gone: on_answer does not come any more. */
void call_budget_leave(struct call_budget *budget);
/* The try that holds is over, and used this much of the target; nothing happens when no try holds. */
void call_budget_settle(struct call_budget *budget, const struct call_usage *usage,
                        const struct live_target *target);
/* The same of the call's last try: what it is told is read in this turn of the loop. */
void call_budget_settle_last(struct call_budget *budget, const struct call_usage *usage,
                             const struct live_target *target);
/* What settling it so would charge, beside what was charged already; nothing is settled. Good in
 * this turn of the loop. */
struct usage_charge_list call_budget_foresee(struct call_budget *budget, const struct call_usage *usage,
                                             const struct live_target *target);
/* It was not made after all. */
void call_budget_cancel(struct call_budget *budget);
/* What was settled since it was taken last, one try's, for its usage record: what it is charged to; which
 * budgets it went on without holding of; which had too little left for it, so that it held of their paces. */
struct call_budget_told {
    struct usage_charge_list charges;
    struct text_list unheld, slowed;
};
struct call_budget_told call_budget_take_told(struct call_budget *budget);
