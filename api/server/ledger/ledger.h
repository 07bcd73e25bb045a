/* The ledger: who used what, each call once, as it is kept in a database. What it lends: ledger_lending.h.
 * Decides nothing about money: that is lend.h and price_cost.h.
 *
 * Every verb is one transaction; its answer comes from the loop, exactly once, and lives in the arena that
 * was given. Ending that arena forgets the question, never what was committed. */
#pragma once

#include "api/server/ledger/usage_batch.h"
#include "lib/base/error.h"

struct ledger;
struct ledger_hello;
struct ledger_scope;
struct loop;
struct ledger_connections;

enum ledger_end {
    LEDGER_DONE,
    LEDGER_BEHIND,  /* the batch does not begin where the journal stands: nothing changed, welcome again */
    LEDGER_REFUSED, /* it is not to be, and asking again does not help: why says so */
    LEDGER_FAILED,  /* the database: ask again */
};

struct ledger_outcome {
    enum ledger_end end;
    struct error why; /* LEDGER_REFUSED, LEDGER_FAILED */
    int64_t next;     /* of the journal: number of the first record that is not here */
    int64_t noted;    /* LEDGER_DONE: how many were not as they should be; each verb says what it counts */
    int64_t alerts;   /* LEDGER_DONE of ledger_ingest: thresholds of budgets that were reached by it */
};
typedef void (*ledger_done_fn)(void *owner, const struct ledger_outcome *outcome);

/* Brings the database to this program's schema, then on_open: LEDGER_DONE, or why not. Nothing else before.
 */
struct ledger *ledger_open(struct arena *arena, struct loop *loop,
                           const struct ledger_connections *connections, ledger_done_fn on_open, void *owner);
/* Whose journal this is from now on, and where it stands. LEDGER_REFUSED when it is another environment's. */
void ledger_welcome(struct ledger *ledger, struct arena *arena, const struct ledger_hello *hello,
                    ledger_done_fn on_done, void *owner);
/* How many records a batch has at most for others not to wait long: SQLite is one for all, and the loop
 * stands still while it works; with PostgreSQL the loop only reads them. */
int64_t ledger_batch_records(const struct ledger *ledger);
/* Keeps every record, adds it to the sums and settles what it is charged to, all or nothing; the batch must
 * live until the answer. Noted: leases that were charged more than they had; it is settled all the same.
 * LEDGER_REFUSED: a record is charged to a lease of another journal or account. */
void ledger_ingest(struct ledger *ledger, struct arena *arena, const struct usage_batch *batch,
                   ledger_done_fn on_done, void *owner);

/* What usage is asked for by; answered from the sums. */
struct usage_question {
    const struct ledger_scope *scope;
    enum usage_dimension by[USAGE_DIMENSION_COUNT];
    size_t by_count;
    int64_t over_ms; /* USAGE_HOUR_MS or USAGE_DAY_MS: a series, by when as well; 0: not */
    int64_t from_ms,
        until_ms; /* whole hours are counted: the one that `from` is in, not the one `until` begins */
    struct text only[USAGE_DIMENSION_COUNT]; /* empty: all */
    struct text_pair
        purpose;       /* calls for that only, "run", "tool" or "tag:KEY", and of that value; empty: all */
    bool by_purpose;   /* by its value as well */
    int64_t skip_rows; /* of the answer's beginning */
    size_t most_rows;
};

struct usage_answer {
    enum ledger_end end;
    struct error why;
    struct usage_rollup *rows; /* most calls first, of a series by time before that; `by` holds only what was
                                  asked for; hour_ms is the start of its hour or day of UTC, or 0 */
    size_t row_count;
    bool is_cut; /* there were more rows */
};
typedef void (*usage_answer_fn)(void *owner, const struct usage_answer *answer);

void ledger_usage(struct ledger *ledger, struct arena *arena, const struct usage_question *question,
                  usage_answer_fn on_answer, void *owner);
