/* What Prometheus sees of leases: how calls fared that needed some, what the ledger said, what is in hand.
 *
 * Budgets' and limits' ids come from the config, so the label sets are bounded by it. */
#pragma once

#include <stdint.h>

#include "lib/base/text.h"

struct arena;
struct lease_book;
struct lender_metrics;
struct metrics;

enum lender_count {
    LENDER_COUNT_HELD,        /* calls: at once */
    LENDER_COUNT_WAITED,      /* calls: after a wait */
    LENDER_COUNT_LACKED,      /* calls: there was not enough */
    LENDER_COUNT_UNREACHABLE, /* calls: the ledger did not say */
    LENDER_COUNT_LEFT,        /* calls: the client went while it waited */
    LENDER_COUNTS
};

struct lender_metrics *lender_metrics_new(struct arena *arena, struct metrics *metrics);
void lender_metrics_count(struct lender_metrics *lender, enum lender_count what);
/* A wait is over, however it ended. */
void lender_metrics_waited(struct lender_metrics *lender, int64_t ms);
void lender_metrics_answered(struct lender_metrics *lender, bool is_lent);
void lender_metrics_overdrawn(struct lender_metrics *lender);
void lender_metrics_unheld(struct lender_metrics *lender, int64_t budgets);
void lender_metrics_slowed(struct lender_metrics *lender, int64_t budgets);
/* Once a second: how many calls wait, how many gateways share the limits, and what is on loan. */
void lender_metrics_look(struct lender_metrics *lender, const struct lease_book *book, int64_t now_ms,
                         size_t waiting, int64_t gateways);
