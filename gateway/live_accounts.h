/* The accounts that calls under a config hold of: whose they are, and where the lease book has them. Most
 * calls need the accounts that calls before them needed, so both are found once and kept with the config. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "api/types/gateway_budget.h"
#include "gateway/decide/lease_book.h"

struct arena;
struct budget_purse;
struct gateway_caller;
struct gateway_config;
struct limit_purse;
struct live_limits;

/* One rule's (a budget's or a limit's) account of one owner. */
struct live_account {
    struct text owner;
    bool has_owner; /* else nobody asked for it yet */
    struct lease_account_place place;
    int64_t window_unix_ms; /* start of the window that `place` is of */
};

enum live_sharing {
    LIVE_SHARING_OF_CALL,   /* whose the account is depends on more than on who calls: it is not kept */
    LIVE_SHARING_OF_CALLER, /* each caller has one */
    LIVE_SHARING_OF_ALL,    /* all callers have one */
};

struct live_rule {
    enum policy_scope scope;
    enum live_sharing sharing;
    struct text tag_key;
    size_t of_caller_at; /* OF_CALLER: its place among a caller's */
};

/* Rules are numbered: budgets as the config has them, then limits as live_limits has them. */
struct live_accounts {
    struct arena *arena;
    const struct gateway_config *config;
    const struct live_limits *limits;
    struct live_rule *rules;
    struct live_account *shared;  /* by rule: where all callers have one account */
    size_t of_caller_count;       /* of such rules */
    struct live_own **of_callers; /* by caller's place in the config; NULL: it did not call yet */
};

/* What is kept of one caller. The purses are those of the last call that opened one; NULL: none did yet. */
struct live_own {
    struct live_account *accounts; /* by live_rule.of_caller_at */
    struct budget_purse *budgets;  /* call_budget_purse.c's */
    struct limit_purse *limits;    /* call_limits_purse.c's */
};

/* For whom. */
struct live_account_payer {
    struct live_own *own; /* live_accounts_own of who calls */
    const struct budget_payer *payer;
    struct arena *arena; /* the call's: what cannot be kept lives here */
};

/* Both live as long as the arena. */
void live_accounts_index(struct arena *arena, const struct gateway_config *config,
                         const struct live_limits *limits, struct live_accounts *out_accounts);
/* NULL: the caller is the call's, not the config's. */
struct live_own *live_accounts_own(struct live_accounts *accounts, const struct gateway_caller *caller);
/* Whether the account of a budget depends on nothing of a call but on who calls. */
bool live_accounts_is_of_caller(const struct live_accounts *accounts, size_t budget);
/* NULL when the rule is not about such a call. */
struct live_account *live_accounts_of_budget(struct live_accounts *accounts, size_t budget,
                                             const struct live_account_payer *payer);
struct live_account *
live_accounts_of_limit(struct live_accounts *accounts, size_t limit, const struct live_account_payer *payer);
/* Where the account of the window that begins then was found the last time. */
struct lease_account_place *live_account_place(struct live_account *account, int64_t window_unix_ms);
