/* The audit log in the database: rows are written where they happen, in the transaction of what they are
 * about, and chained afterwards, many at a time. So a flood of refusals waits for no lock, and one chain
 * stays one however many ledgers there are on the database. */
#pragma once

#include "api/audit/audit_chain.h"
#include "api/audit/audit_draft.h"
#include "api/server/ledger/ledger.h"
#include "api/server/ledger/ledger_scope.h"
#include "api/server/ledger/usage_refusals.h"

struct sql_work;

/* At most so many are chained by one question. */
#define LEDGER_AUDIT_CHAINED_AT_ONCE 1000

/* Adds a row that waits. It must be printable (audit_draft_print), else it is left out. */
void ledger_audit_add(struct sql_work *work, struct arena *arena, const struct audit_row *row);
/* Those of one batch, in one go. */
void ledger_audit_copy(struct sql_work *work, struct arena *arena, const struct usage_refusal *refusals,
                       size_t count);

/* Chains what waits, oldest first. Noted: how many rows; LEDGER_AUDIT_CHAINED_AT_ONCE: there may be more. */
void ledger_audit_chain(struct ledger *ledger, struct arena *arena, ledger_done_fn on_done, void *owner);

/* What is chained, newest first or oldest first. */
struct audit_question {
    const struct ledger_scope *scope;
    int64_t before_seq;                   /* newest first, below it; 0: oldest first, and: */
    int64_t after_seq;                    /* above it */
    struct text action, actor, workspace; /* empty: all */
    int64_t from_ms, until_ms;
    size_t most_rows;
};

struct kept_row {
    int64_t seq;
    struct merkle_hash hash;
    struct text line; /* as an export has it */
};

struct audit_answer {
    enum ledger_end end;
    struct error why;
    struct kept_row *rows;
    size_t count;
    bool is_cut; /* there are more */
};
typedef void (*audit_answer_fn)(void *owner, const struct audit_answer *answer);

/* Rows that retention emptied are left out newest first; oldest first they come with an empty line. */
void ledger_audit_rows(struct ledger *ledger, struct arena *arena, const struct audit_question *question,
                       audit_answer_fn on_answer, void *owner);

/* What rows of before that time say is taken out, from row 1 on and as far as was signed, and that it was is
 * a row: place and hash stay (audit_remnant.h). Noted: how many rows; none is no row. */
struct retention_question {
    int64_t before_ms, now_ms;
    int64_t signed_seq;
    struct text reason;
};
void ledger_audit_retain(struct ledger *ledger, struct arena *arena,
                         const struct retention_question *question, ledger_done_fn on_done, void *owner);
