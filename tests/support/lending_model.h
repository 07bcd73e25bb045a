/* What the ledger's tables must hold, in plain memory: accounts and leases by the rules of ledger_leases.h.
 * But that minutes of limits are forgotten: nothing is lent of them again. */
#pragma once

#include "api/server/ledger/ledger_leases.h"
#include "api/types/gateway_budget.h"

#define MODEL_MAX_ACCOUNTS 2048
#define MODEL_MAX_LEASES 20000
#define MODEL_BUDGETS 3
/* Behind the budgets: a limit a minute, and one of calls at once. */
enum { MODEL_RATE = MODEL_BUDGETS, MODEL_SLOTS, MODEL_RULES };
#define MODEL_MAX_JOURNALS 8

struct model_account {
    size_t budget;
    char window[24];
    int64_t settled, leased;
};

struct model_lease {
    char id[32];
    size_t account, journal;
    int64_t amount, charged, lent_ms, question, longest_call_ms;
    enum lease_state state;
    bool is_forgotten;
};

struct model {
    int64_t amounts[MODEL_RULES]; /* of the book */
    struct model_account accounts[MODEL_MAX_ACCOUNTS];
    size_t account_count;
    struct model_lease leases[MODEL_MAX_LEASES];
    size_t lease_count;
};

/* Made at first sight. */
size_t model_account(struct model *model, size_t budget, const char *window);
/* Journals to which something of the account was lent lately, and this one. */
int64_t model_replicas(const struct model *model, size_t account, size_t journal, int64_t now_ms);
/* How much is to be lent, by lend_decide. */
int64_t model_lend(struct model *model, size_t account, size_t journal, int64_t wanted, int64_t at_least,
                   int64_t now_ms);
void model_add_lease(struct model *model, const struct model_lease *lease);
void model_give_back(struct model *model, size_t lease, int64_t kept, bool over);
/* lease: MODEL_MAX_LEASES for none. Returns whether it was more than the lease had. */
bool model_charge(struct model *model, size_t account, size_t lease, int64_t amount);
/* Returns how many became orphans. */
int64_t model_sweep(struct model *model, int64_t now_ms);
