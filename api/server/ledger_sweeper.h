/* Every minute: leases whose gateway will use no more of them become orphans, and those that are over are
 * forgotten, as are alerts that were kept for so many days (ledger_sweep). Several ledgers on one database
 * may do it at once. */
#pragma once

#include <stdint.h>

struct alert_sender;
struct arena;
struct ledger;
struct loop;
struct metrics;

struct ledger_sweeper_options {
    struct loop *loop;
    struct ledger *ledger;
    struct metrics *metrics;
    struct alert_sender *alerts; /* hears of those that orphans made */
    int64_t alert_keep_days;
};

/* Until the arena ends. */
void ledger_sweeper_start(struct arena *arena, const struct ledger_sweeper_options *options);
