/* What there is of each budget in the book, in its present window. */
#pragma once

#include "api/server/ledger/forecast.h"
#include "api/server/ledger/ledger.h"
#include "api/types/budget_window.h"
#include "api/types/gateway_budget.h"

struct budgets_question {
    struct text budget;                 /* empty: all */
    struct text workspace, environment; /* whose accounts; empty: all. An environment only with a workspace */
    int64_t now_ms;                     /* Unix milliseconds: which window is the present one */
    size_t most_budgets, most_accounts;
};

struct account_state {
    struct text owner;
    int64_t settled, leased;
    int64_t unheld;    /* of settled: what no lease covered */
    bool has_forecast; /* only after ledger_forecast */
    struct forecast forecast;
};

struct budget_state {
    struct gateway_budget budget;
    struct budget_window window;    /* id empty: the budget's time zone is not known here */
    struct account_state *accounts; /* by owner; where clients say who owns them, most used first, and of
                                       several budgets not more than 100 */
    size_t account_count;
};

/* As in ledger.h. */
struct budgets_answer {
    enum ledger_end end;
    struct error why;
    struct budgets_question question; /* LEDGER_DONE: what this answers */
    struct budget_state
        *budgets; /* by id; those without an account too, unless only some owners' are asked for */
    size_t budget_count;
    bool is_cut; /* there is more */
};
typedef void (*budgets_answer_fn)(void *owner, const struct budgets_answer *answer);

void ledger_budgets(struct ledger *ledger, struct arena *arena, const struct budgets_question *question,
                    budgets_answer_fn on_answer, void *owner);
