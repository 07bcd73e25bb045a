/* Purses: what most calls hold of, without a look at each of their accounts. */
#include "gateway/lender_private.h"
#include "lib/base/clock.h"

void
lender_open_purse(struct lender *lender, const struct lease_purse_needs *needs,
                  struct lease_purse_place *place)
{
    if (lender->queue.count == 0)
        lease_purse_open(lender->book, needs, clock_boot_ms(), place);
}

struct lease_purse *
lender_hold_of_purse(struct lender *lender, const struct lease_purse_place *place,
                     const struct lease_amounts *amounts, int64_t now_ms)
{
    struct lease_purse *purse = lender->queue.count == 0 ? lease_purse_hold(place, amounts, now_ms) : NULL;
    if (purse)
        lender_metrics_count(lender->metrics, LENDER_COUNT_HELD);
    return purse;
}

void
lender_settle_purse(struct lender *lender, struct lease_purse *purse, const struct lease_amounts *held,
                    const struct lease_amounts *actual)
{
    bool is_scarce = lease_purse_has_scarce_slots(purse);
    bool is_overdrawn = lease_purse_settle(lender->book, purse, held, actual);
    lender_came_free(lender, is_scarce);
    if (is_overdrawn)
        lender_overdrawn(lender);
}

void
lender_cancel_purse(struct lender *lender, struct lease_purse *purse, const struct lease_amounts *held)
{
    bool is_scarce = lease_purse_has_scarce_slots(purse);
    lease_purse_cancel(lender->book, purse, held);
    lender_came_free(lender, is_scarce);
}
