/* Which object declares a budget, by the budget's id alone: as budgets.h makes it. Pure. */
#pragma once

#include "lib/base/text.h"

struct budget_declarer {
    bool is_workspace; /* else a ModelPolicy */
    struct text namespace, name;
};

/* Of an environment's own budget its Workspace. Texts are parts of the id. False when it is no such id. */
bool budget_declarer_of(struct text id, struct budget_declarer *out_declarer);
