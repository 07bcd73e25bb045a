/* Brings what waits for it into the chain of the audit log, soon after it was written; and what a ledger that
 * died left waiting. Several ledgers on one database may do it at once. */
#pragma once

struct arena;
struct audit_writer;
struct ledger;
struct loop;
struct metrics;

struct audit_writer_options {
    struct loop *loop;
    struct ledger *ledger;
    struct metrics *metrics;
    /* There are new rows, and none waits as far as we know. May be NULL. */
    void (*on_chained)(void *owner);
    void *owner;
};

/* Until the arena ends. */
struct audit_writer *audit_writer_start(struct arena *arena, const struct audit_writer_options *options);
/* Something may wait: cheap, and called often. */
void audit_writer_wake(struct audit_writer *writer);
/* Chains what waits now; then on_done, once, also when the database does not answer. */
void audit_writer_finish(struct audit_writer *writer, void (*on_done)(void *owner), void *owner);
