/* The alerts that there are: who has spent how much of a budget, each told once (ledger_crossings.h). They
 * are rows of their own and not of the audit log, which is of what somebody did or was refused: nobody
 * decided these, and what they say must be found by account. */
#pragma once

#include "api/server/ledger/ledger.h"
#include "api/server/ledger/ledger_scope.h"
#include "api/types/gateway_budget.h"

struct sql_result;
struct sql_work;

struct alerts_question {
    const struct ledger_scope *scope;
    struct text workspace, budget; /* empty: all */
    int64_t from_ms, until_ms;
    struct text
        after; /* only those that come after the one of this id, newest first; empty: from the newest on */
    size_t most_rows;
};

/* How a webhook is told of it. */
struct kept_delivery {
    struct text url; /* may be a secret */
    int64_t state;   /* as alert_told has it */
    int64_t tries, due_ms;
    struct text note;
};

struct kept_alert {
    struct text id;
    int64_t time_ms;
    struct text budget, owner, window;
    int64_t percent, amount, settled;
    enum policy_scope scope;
    enum budget_unit unit;
    enum budget_period period;
    struct kept_delivery *deliveries; /* by url; of ledger_alerts only */
    size_t delivery_count;
};

/* As in ledger.h. */
struct alerts_answer {
    enum ledger_end end;
    struct error why;
    struct kept_alert *alerts; /* newest first */
    size_t count;
    bool is_cut; /* there are more */
};
typedef void (*alerts_answer_fn)(void *owner, const struct alerts_answer *answer);

void ledger_alerts(struct ledger *ledger, struct arena *arena, const struct alerts_question *question,
                   alerts_answer_fn on_answer, void *owner);

/* The columns that ledger_alert_take reads, first in a statement: for api/server/ledger only. */
/* clang-format off */
#define LEDGER_ALERT_COLUMNS "id, time_ms, budget, owner, window_id, percent, amount, settled, scope, unit, period"
/* clang-format on */
enum { LEDGER_ALERT_COLUMN_COUNT = 11 };
/* A page of rows that begin with them, into the answer. */
MUST_CHECK bool ledger_alerts_take(struct arena *arena, const struct sql_result *result, size_t most_rows,
                                   struct alerts_answer *answer);
/* Texts live as long as the result. */
MUST_CHECK bool ledger_alert_take(const struct sql_result *result, size_t row, struct kept_alert *out_alert,
                                  struct error *err);

#define LEDGER_ALERTS_FORGOTTEN 500
/* Statements that take out the oldest alerts of before from_ms and whom they are told, so many at most;
 * returns the number of the last, which changes a row for each alert. A threshold of theirs is told anew with
 * the next record of its window: for api/server/ledger only. */
size_t ledger_alerts_add_forget(struct sql_work *work, int64_t from_ms);
