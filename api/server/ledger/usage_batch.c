/* Rows for the table, sums for the hours, and what could not be read. */
#include "api/server/ledger/usage_batch.h"

#include <stdlib.h>

#include "api/server/ledger/usage_refusals.h"
#include "api/types/ledger_frames.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/utf8.h"

static bool take_record(struct arena *arena, struct usage_batch *batch, int64_t number, struct text record,
                        struct error *err);
static bool
check_owners(const struct usage_origin *origin, const struct usage_charge_list *charges, struct error *err);
static bool is_owner_of_any_scope(const struct usage_origin *origin, struct text owner);
static void add_up(struct arena *arena, struct usage_batch *batch);
static const struct usage_rollup **
in_order(struct arena *arena, const struct usage_rollups *rollups, size_t *out_count);
static int compare_rollups(const void *a, const void *b);

bool
usage_batch_read(struct arena *arena, struct usage_batch *batch, struct text records, struct error *err)
{
    size_t most = (size_t)batch->count;
    batch->rows = arena_alloc_array(arena, most, sizeof(*batch->rows));
    batch->numbers = arena_alloc_array(arena, most, sizeof(*batch->numbers));
    batch->spoilt = arena_alloc_array(arena, most, sizeof(*batch->spoilt));
    batch->row_count = batch->spoilt_count = 0;
    struct text rest = records, record;
    for (int64_t number = batch->first; ledger_next_record(&rest, &record); number++)
        if (!take_record(arena, batch, number, record, err))
            return false;
    add_up(arena, batch);
    return true;
}

static bool
take_record(struct arena *arena, struct usage_batch *batch, int64_t number, struct text record,
            struct error *err)
{
    const struct usage_origin *origin = &batch->origin;
    struct usage_row *row = &batch->rows[batch->row_count];
    struct error why;
    if (!usage_row_read(arena, record, row, &why)) {
        batch->spoilt[batch->spoilt_count++] =
            (struct usage_spoilt){number, record, text_copy(arena, text_of(why.message))};
        return true;
    }
    if (!text_equals(row->by[USAGE_BY_WORKSPACE], origin->workspace) ||
        !text_equals(row->by[USAGE_BY_ENVIRONMENT], origin->environment))
        return error_set(err, ERROR_DENIED, "record %lld is of another environment than %.*s/%.*s",
                         (long long)number, TEXT_ARG(origin->workspace), TEXT_ARG(origin->environment));
    if (!check_owners(origin, &row->charges, err))
        return error_context(err, "record %lld", (long long)number);
    batch->numbers[batch->row_count++] = number;
    return true;
}

static bool
check_owners(const struct usage_origin *origin, const struct usage_charge_list *charges, struct error *err)
{
    for (size_t i = 0; i < charges->count; i++)
        if (!is_owner_of_any_scope(origin, charges->items[i].owner))
            return error_set(err, ERROR_DENIED, "an account of %.*s is charged, which is not %.*s/%.*s's",
                             TEXT_ARG(utf8_at_most(charges->items[i].owner, 128)),
                             TEXT_ARG(origin->workspace), TEXT_ARG(origin->environment));
    return true;
}

/* Which scope the budget has is the database's to know. */
static bool
is_owner_of_any_scope(const struct usage_origin *origin, struct text owner)
{
    for (int scope = 0; policy_scope_names[scope]; scope++)
        if (budget_owner_is_of((enum policy_scope)scope, owner, origin->workspace, origin->environment))
            return true;
    return false;
}

/* Two gateways' batches wait for each other's sums; in one order they cannot wait in a circle. */
static void
add_up(struct arena *arena, struct usage_batch *batch)
{
    struct usage_rollups *rollups = usage_rollups_new(arena), *purposes = usage_rollups_new(arena);
    for (size_t i = 0; i < batch->row_count; i++) {
        usage_rollups_add(rollups, &batch->rows[i]);
        usage_rollups_add_purposes(purposes, &batch->rows[i]);
    }
    batch->rollups = in_order(arena, rollups, &batch->rollup_count);
    batch->days = in_order(arena, usage_rollups_by_day(arena, rollups), &batch->day_count);
    batch->purposes = in_order(arena, purposes, &batch->purpose_count);
    batch->refusals = usage_refusals_of(arena, batch, &batch->refusal_count);
    batch->charges = charge_sums_of(arena, batch->rows, batch->row_count);
}

static const struct usage_rollup **
in_order(struct arena *arena, const struct usage_rollups *rollups, size_t *out_count)
{
    const struct usage_rollup *list = usage_rollups_list(rollups, out_count);
    const struct usage_rollup **sorted = arena_alloc_array(arena, *out_count, sizeof(*sorted));
    for (size_t i = 0; i < *out_count; i++)
        sorted[i] = &list[i];
    qsort(sorted, *out_count, sizeof(*sorted), compare_rollups);
    return sorted;
}

static int
compare_rollups(const void *a, const void *b)
{
    const struct usage_rollup *one = *(const struct usage_rollup *const *)a;
    const struct usage_rollup *other = *(const struct usage_rollup *const *)b;
    if (one->hour_ms != other->hour_ms)
        return one->hour_ms < other->hour_ms ? -1 : 1;
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++) {
        int order = text_compare(one->by[i], other->by[i]);
        if (order != 0)
            return order;
    }
    int order = text_compare(one->purpose.key, other->purpose.key);
    return order != 0 ? order : text_compare(one->purpose.value, other->purpose.value);
}
