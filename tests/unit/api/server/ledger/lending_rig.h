/* What is lent, on the ledger of ledger_rig.h: budgets, questions asked and waited for, accounts as they
 * stand.
 */
#pragma once

#include "api/server/ledger/ledger_lending.h"
#include "tests/unit/api/server/ledger/ledger_rig.h"

#define NOW_MS INT64_C(1764000000000) /* 2025-11-24T16:00:00Z */
#define MONTH "2025-11"
#define ALERTS_KEPT_MS (INT64_C(400) * 24 * 60 * 60 * 1000) /* by the sweeps of these tests */
#define LONG_AFTER_MS INT64_C(110000000)                    /* no call of a lease of then can be running */

/* A budget by its id: its scope, and how much. In dollars, monthly, by UTC, blocking. */
struct gateway_budget given_budget(const char *id, enum policy_scope scope, int64_t amount);
struct ledger_outcome book(const char *revision, struct gateway_budget *budgets, size_t count);
/* "org" 1000, "workspace" 500, "environment" 100, at revision "1". */
void given_book(void);

/* A question that was begun and not waited for. */
struct lent {
    bool is_answered;
    struct lend_answer answer;
};
/* Of a question that was not asked before. */
int64_t new_number(void);
void lend_begin(struct lent *lent, struct ledger *ledger, const char *journal, const struct ledger_ask *ask,
                int64_t now_ms);
struct lend_answer
lend_on(struct ledger *ledger, const char *journal, const struct ledger_ask *ask, int64_t now_ms);
/* For demo/dev, in this month; granted must be what is wanted. */
struct text given_lease(const char *journal, const char *budget, const char *owner, int64_t amount);
struct lend_answer lend(const char *budget, const char *owner, int64_t wanted, int64_t at_least);
struct lend_answer lend_in(const char *budget, const char *owner, const char *window, int64_t now_ms);
struct ledger_outcome give_back(const char *journal, struct text lease, int64_t kept, bool over);
struct ledger_outcome give_back_all(const char *journal, const struct ledger_return *returns, size_t count);
struct sweep_answer sweep(int64_t now_ms);
/* Begun and not waited for. */
void give_back_begin(struct asked *asked, struct ledger *ledger, const char *journal,
                     const struct ledger_return *returns, size_t count);
struct swept {
    bool is_answered;
    struct sweep_answer answer;
};
void sweep_begin(struct swept *swept, struct ledger *ledger, int64_t now_ms);
/* One record of demo/dev with these charges, a JSON list. */
struct text record_charged(const char *id, const char *charges);
struct text charge(const char *budget, const char *owner, struct text lease, int64_t amount);

void expect_account(const char *budget, const char *owner, int64_t settled, int64_t leased);
void expect_lease(struct text lease, int64_t amount, int64_t charged, int64_t state);
/* Of every account, from its leases; nothing is lent beyond its budget. */
void expect_exact(void);
