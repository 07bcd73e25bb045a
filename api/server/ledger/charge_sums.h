/* What the records of one batch are charged to, added up: one change a lease and not one a call. Pure. */
#pragma once

#include "api/server/ledger/budget_account.h"
#include "api/server/ledger/usage_row.h"

/* Sums end here, far from overflow whatever a batch says. */
#define CHARGE_SUM_MAX (INT64_MAX / 4)

struct charge_sum {
    struct budget_account account;
    struct text lease; /* empty: on none */
    int64_t amount;
};

struct charge_sums {
    struct charge_sum *items; /* in the order of their accounts, then of leases */
    size_t count;
    const struct charge_sum **leased; /* those with a lease, in the order of leases */
    size_t leased_count;
};

struct charge_sums charge_sums_of(struct arena *arena, const struct usage_row *rows, size_t count);
