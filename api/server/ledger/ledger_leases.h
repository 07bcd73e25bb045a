/* Leases as rows. Of amount, charged is what records came in for; the rest is its open part, which its
 * account counts as leased, or as settled once the lease is an orphan. So, always:
 *
 *   account.leased  = sum of open parts, without those of orphans
 *   account.settled = what was charged + open parts of orphans
 *
 * Whoever changes leases locks all of them first, then changes their accounts, each in one order: two who
 * change the same cannot wait in a circle, and what a statement reads of a lease nobody changes meanwhile.
 * For api/server/ledger/ledger_*.c only. */
#pragma once

#include "api/server/ledger/budget_account.h"
#include "api/server/ledger/ledger_parts.h"

/* As the column has them; statements name them by number. */
enum lease_state {
    LEASE_OPEN,
    LEASE_CLOSED, /* the gateway said that nothing is held: its open part are records on their way */
    LEASE_ORPHAN, /* no call can run any more: its open part counts as spent until records of it come in */
};

/* What never changes of a lease. */
struct lease_identity {
    struct text id, journal; /* journal empty: there is no such lease */
    struct budget_account account;
};

struct lease_list {
    struct lease_identity *items;
    size_t count;
};

#define LEDGER_LEASE_COLUMNS "id, journal, budget, owner, window_id"

/* One statement: who that lease is. */
size_t ledger_leases_add_read(struct sql_work *work, struct text id);
/* Its answer; texts live as long as that. */
MUST_CHECK bool
ledger_leases_take(const struct sql_result *result, struct lease_identity *out_lease, struct error *err);
/* All rows of LEDGER_LEASE_COLUMNS. */
MUST_CHECK bool ledger_leases_take_all(struct arena *arena, const struct sql_result *result,
                                       struct lease_list *out_leases, struct error *err);
/* One statement: nobody else changes the lease before this work ends. Answers its open part; no row: there is
 * no such lease of that journal. */
size_t ledger_leases_add_lock(struct sql_work *work, struct text id, struct text journal);
/* The order in which leases are locked, and that in which their accounts are changed. */
void ledger_leases_sort_by_id(struct lease_list *leases);
void ledger_leases_sort_by_account(struct lease_list *leases);
