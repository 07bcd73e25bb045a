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
    struct live_account *account;        /* whose owner's, and where the lease book has it */
    char window[BUDGET_WINDOW_ID_BYTES]; /* in which it held, or holds next */
    int64_t next_unix_ms;
    int64_t tallied; /* of a budget that is only tried: counted for this try */
};

struct call_budget {
    struct exchange *exchange;
    struct budget_call call;
    const struct live_target **targets; /* whose prices call.prices are */
    struct budget_part *parts;          /* those that are held first */
    size_t part_count;
    size_t blocking_count; /* the first ones: those that are never overshot while the ledger lends */
    size_t held_count; /* of those the first ones: what this try holds of; it goes on without the others */
    struct lease_need *needs; /* one for each that blocks, as the next */
    struct lease_account_name *names;
    struct lender_call asking;
    int64_t output_tokens; /* of each answer */
    int64_t least_tokens;
    int rounds;
    bool is_open;    /* a try holds, or may: it is to be settled */
    bool is_waiting; /* for the lender */
    struct call_budget_lack lack;
    struct usage_charge_list charges;
    size_t charges_capacity;
    struct text_list unheld; /* ids: what the try that was settled last went on without */
};

/* The account of the try that holds, or is next to hold. */
struct lease_account_name call_budget_name_of(const struct budget_part *part);
/* Whether the request, or a policy, says how long an answer may be. */
bool call_budget_says_maximum(const struct exchange *exchange);
/* call_budget_settle.c: a try begins under the budgets that are only tried. */
void call_budget_take_tallies(struct call_budget *budget);

/* call_budget_settle.c: what a try used, reckoned once for all budgets. */
struct budget_use {
    enum usage_source source;
    int64_t tokens;
    bool is_cost_known;
    struct price_cost cost;
};
struct budget_use call_budget_use_of(const struct call_usage *usage, const struct live_target *target);
/* What of a part's budget such use takes. */
int64_t call_budget_amount_used(const struct call_budget *budget, size_t part, const struct budget_use *use);
