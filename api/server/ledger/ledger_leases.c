/* See the header. */
#include "api/server/ledger/ledger_leases.h"

#include <stdlib.h>

#include "lib/base/arena.h"

static bool
take_row(const struct sql_result *result, size_t row, struct lease_identity *out_lease, struct error *err);
static int compare_ids(const void *a, const void *b);
static int compare_accounts(const void *a, const void *b);

size_t
ledger_leases_add_read(struct sql_work *work, struct text id)
{
    const struct sql_value param = sql_text(id);
    return sql_work_add(work, "SELECT " LEDGER_LEASE_COLUMNS " FROM lease WHERE id = $1", &param, 1);
}

bool
ledger_leases_take(const struct sql_result *result, struct lease_identity *out_lease, struct error *err)
{
    *out_lease = (struct lease_identity){0};
    return result->row_count == 0 || take_row(result, 0, out_lease, err);
}

bool
ledger_leases_take_all(struct arena *arena, const struct sql_result *result, struct lease_list *out_leases,
                       struct error *err)
{
    struct lease_list leases = {.items = arena_alloc_array(arena, result->row_count, sizeof(*leases.items))};
    for (; leases.count < result->row_count; leases.count++)
        if (!take_row(result, leases.count, &leases.items[leases.count], err))
            return false;
    *out_leases = leases;
    return true;
}

static bool
take_row(const struct sql_result *result, size_t row, struct lease_identity *out_lease, struct error *err)
{
    struct lease_identity lease = {0};
    struct text *const texts[] = {&lease.id, &lease.journal, &lease.account.budget, &lease.account.owner,
                                  &lease.account.window};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (!sql_result_text(result, row, i, texts[i], err))
            return error_context(err, "reading a lease");
    *out_lease = lease;
    return true;
}

/* An update that changes nothing: SELECT ... FOR UPDATE is not for both databases. */
size_t
ledger_leases_add_lock(struct sql_work *work, struct text id, struct text journal)
{
    const struct sql_value params[] = {sql_text(id), sql_text(journal)};
    return sql_work_add(
        work, "UPDATE lease SET charged = charged WHERE id = $1 AND journal = $2 RETURNING amount - charged",
        params, COUNT_OF(params));
}

void
ledger_leases_sort_by_id(struct lease_list *leases)
{
    if (leases->count > 0)
        qsort(leases->items, leases->count, sizeof(*leases->items), compare_ids);
}

void
ledger_leases_sort_by_account(struct lease_list *leases)
{
    if (leases->count > 0)
        qsort(leases->items, leases->count, sizeof(*leases->items), compare_accounts);
}

static int
compare_ids(const void *a, const void *b)
{
    const struct lease_identity *one = a, *other = b;
    return text_compare(one->id, other->id);
}

static int
compare_accounts(const void *a, const void *b)
{
    const struct lease_identity *one = a, *other = b;
    int order = budget_account_compare(&one->account, &other->account);
    return order != 0 ? order : text_compare(one->id, other->id);
}
