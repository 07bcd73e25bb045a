/* What is declared beside budgets, in each workspace and for the organisation (workspace ''): compared with
 * what was declared there before, so that each change is a row of the audit log, once, whoever says it how
 * often; and kept for who asks what is in force (ledger_in_force.h).
 *
 * A workspace that the book has has a row in `declaration`. Its column `changes` is moved before anything
 * else of the workspace is written: who read another number than is there by then looks again. */
#pragma once

#include "api/server/ledger/ledger.h"
#include "api/types/declare_frames.h"

struct sql_result;
struct sql_work;

struct declare_answer {
    enum ledger_end end; /* LEDGER_REFUSED: the workspace is in no book */
    struct error why;
    struct text revision; /* LEDGER_DONE: what the ledger has of the workspace now */
};
typedef void (*declare_answer_fn)(void *owner, const struct declare_answer *answer);

/* What the workspace declares from now on; of the revision that is known already nothing is written, and
 * without a declaration neither. What is given must live until the answer. */
void ledger_declare(struct ledger *ledger, struct arena *arena, const struct ledger_declare *declare,
                    declare_answer_fn on_answer, void *owner);

/* Of the work that reads what is compared: adds one statement. */
void ledger_declared_add_read(struct sql_work *work, struct text workspace);
/* Of the work that writes it: what changed, with its rows of the audit log. known: the answer of that
 * statement, which must still be so when the work is committed. */
MUST_CHECK bool
ledger_declared_add_changes(struct sql_work *work, struct arena *arena, const struct ledger_declare *declare,
                            const struct sql_result *known, struct error *err);
/* The same of a workspace that is gone, with all that it declared. */
MUST_CHECK bool ledger_declared_add_removal(struct sql_work *work, struct arena *arena, struct text workspace,
                                            const struct sql_result *known, struct error *err);
