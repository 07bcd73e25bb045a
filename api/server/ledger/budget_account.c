/* See the header. */
#include "api/server/ledger/budget_account.h"

int
budget_account_compare(const struct budget_account *one, const struct budget_account *other)
{
    int order = text_compare(one->budget, other->budget);
    if (order == 0)
        order = text_compare(one->window, other->window);
    return order != 0 ? order : text_compare(one->owner, other->owner);
}
