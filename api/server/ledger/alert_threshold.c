/* In two parts, because a hundred times the largest amount is no int64_t. */
#include "api/server/ledger/alert_threshold.h"

int64_t
alert_threshold(int64_t amount, int64_t percent)
{
    int64_t least = amount / 100 * percent + (amount % 100 * percent + 99) / 100;
    return least > 0 ? least : 1;
}
