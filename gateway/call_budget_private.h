/* What the files of call_budget share. Nobody else includes it. */
#pragma once

#include "api/types/price_cost.h"
#include "gateway/call_budget.h"
#include "gateway/decide/budget_need.h"
#include "gateway/live_accounts.h"
#include "gateway/live_budgets.h"

/* One budget that is about the call. */
struct budget_part {
    struct live_budget *budget;
    struct live_account *account; /* whose owner's, and where the lease book has it */
    struct text window;           /* in which it held, or holds next; the bytes are the call's, for good */
    int64_t next_unix_ms;         /* when the one after it begins; 0: it is in none yet */
    int64_t tallied;              /* of a budget that is only tried: counted for this try */
    bool is_slowed;               /* too little is left of it: this try holds of its pace instead */
};

struct call_budget {
    struct exchange *exchange;
    struct budget_call call;
    const struct live_target *const *targets; /* whose prices call.ceilings are of */
    struct budget_part *parts;                /* those that are held first */
    size_t part_count;
    size_t blocking_count; /* the first ones: those that calls hold of */
    /* Of those the first ones: what this try holds of. It goes on without the others: paces that are not
     * needed, budgets that are slowed, budgets that nothing is lent of and that say Allow. */
    size_t held_count;
    struct lease_need *needs; /* one for each that blocks */
    int64_t *actual;          /* of each part, for a moment: what such use takes of it */
    struct lender_call asking;
    /* call_budget_purse.c's: */
    struct live_own *own;      /* whose purse it may hold of; NULL: nobody's */
    struct lease_purse *purse; /* it holds of; NULL: it holds account by account, or nothing */
    struct budget_purse *of_purse;
    struct lease_amounts held; /* of the purse, by unit */
    uint64_t purse_round;
    int64_t held_unix_ms;
    int64_t output_tokens; /* of each answer */
    int64_t least_tokens;
    int rounds;
    bool is_open;    /* a try holds, or may: it is to be settled */
    bool is_waiting; /* for the lender */
    struct call_budget_lack lack;
    struct call_budget_told told;
    size_t charges_capacity; /* of told */
};

/* The account of the try that holds, or is next to hold. */
struct lease_account_name call_budget_name_of(const struct budget_part *part);
/* Whether the request, or a policy, says how long an answer may be. */
bool call_budget_says_maximum(const struct exchange *exchange);
/* call_budget_settle.c: a try begins under the budgets that are only tried. */
void call_budget_take_tallies(struct call_budget *budget);

/* call_budget_pace.c. Before each hold: nothing is slowed yet. */
void call_budget_unslow(struct call_budget *budget);
/* Holds of the part's pace instead from now on; false: it has none. */
bool call_budget_slow(struct call_budget *budget, size_t part);
/* What the try goes on without: slowed, or not to be had. */
size_t call_budget_count(const struct call_budget *budget, bool is_slowed);
struct text_list call_budget_ids(const struct call_budget *budget, struct arena *arena, bool is_slowed);

/* call_budget_open.c: the parts, for who holds account by account. */
void call_budget_open_parts(struct call_budget *budget);

/* call_budget_settle.c: what a try used, reckoned once for all budgets. */
struct budget_use {
    enum usage_source source;
    int64_t tokens;
    bool is_cost_known;
    struct price_cost cost;
};
struct budget_use call_budget_use_of(const struct call_budget *budget, const struct call_usage *usage,
                                     const struct live_target *target);
/* So much of a part's account is charged to the lease; empty: to none. */
void call_budget_set_charge(struct usage_charge *charge, const struct budget_part *part, struct text lease,
                            int64_t amount);
/* What of a part's budget such use takes. */
int64_t call_budget_amount_used(const struct call_budget *budget, size_t part, const struct budget_use *use);
/* The same of a budget in the unit that so much was held of. */
int64_t
call_budget_amount_of(enum budget_unit unit, bool is_held, int64_t held, const struct budget_use *use);
/* To what is told. */
void call_budget_add_charge(struct call_budget *budget, const struct budget_part *part, struct text lease,
                            int64_t amount);

/* call_budget_purse.c. False: there is no purse for the call, or too little in it. */
bool call_budget_hold_of_purse(struct call_budget *budget);
/* The call holds account by account, and calls like it are to hold of a purse. */
void call_budget_open_purse(struct call_budget *budget);
/* Of a call that holds of a purse; is_last: what is told is read in this turn. */
void call_budget_settle_purse(struct call_budget *budget, const struct budget_use *use, bool is_last);
void call_budget_cancel_purse(struct call_budget *budget);
/* Good in this turn. */
struct usage_charge_list call_budget_foresee_purse(struct call_budget *budget, const struct budget_use *use);
