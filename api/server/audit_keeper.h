/* Retention of the audit log: every hour, what rows older than so many days say is taken out, as far as it
 * was signed (ledger_audit_retain). */
#pragma once

#include <stdint.h>

struct arena;
struct audit_writer;
struct checkpoint_signer;
struct ledger;
struct loop;

struct audit_keeper_options {
    struct loop *loop;
    struct ledger *ledger;
    struct audit_writer *writer; /* woken: that it was done is a row */
    const struct checkpoint_signer *signer;
    int64_t days;
};

/* Until the arena ends. */
void audit_keeper_start(struct arena *arena, const struct audit_keeper_options *options);
