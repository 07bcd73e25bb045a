/* Which account: one budget, one owner, one window. */
#pragma once

#include "lib/base/text.h"

struct budget_account {
    struct text budget, owner, window;
};

/* One order for all, in which accounts are changed: whoever changes several cannot wait in a circle. */
int budget_account_compare(const struct budget_account *one, const struct budget_account *other);
