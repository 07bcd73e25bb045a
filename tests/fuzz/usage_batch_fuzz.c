/* A batch of records as a gateway may send it: every record is a row or spoilt, with its number; what is kept
 * is within its bounds, and the sums are those of the rows. */
#include <assert.h>

#include "api/server/ledger/usage_batch.h"
#include "api/types/ledger_frames.h"
#include "lib/base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
expect_within_bounds(const struct usage_row *row)
{
    assert(row->id.length > 0 && row->id.length <= USAGE_ID_MAX_BYTES);
    assert(row->cost_nano >= 0 && row->cost_nano <= USAGE_COST_MAX_NANO);
    for (int dimension = 0; dimension < USAGE_DIMENSION_COUNT; dimension++)
        assert(row->by[dimension].length <= USAGE_DIMENSION_MAX_BYTES);
}

static void
expect_charges_of_rows(const struct usage_batch *batch)
{
    __int128 sum = 0, row_sum = 0;
    size_t leased_count = 0;
    for (size_t i = 0; i < batch->row_count; i++) {
        const struct usage_charge_list *charges = &batch->rows[i].charges;
        assert(charges->count <= USAGE_MAX_CHARGES);
        for (size_t j = 0; j < charges->count; j++) {
            assert(charges->items[j].amount >= 1 && charges->items[j].amount <= LEASE_MAX_AMOUNT);
            row_sum += charges->items[j].amount;
        }
    }
    for (size_t i = 0; i < batch->charges.count; i++) {
        const struct charge_sum *charged = &batch->charges.items[i];
        sum += charged->amount;
        leased_count += charged->lease.length > 0;
        assert(charged->account.owner.length <= BUDGET_OWNER_MAX_BYTES);
        assert(charged->account.owner.length == 0 || text_starts_with(charged->account.owner, TEXT("demo")));
    }
    assert(sum == row_sum || row_sum > CHARGE_SUM_MAX);
    assert(leased_count == batch->charges.leased_count);
}

static void
expect_sums_of_rows(const struct usage_batch *batch)
{
    int64_t calls = 0, cost = 0, row_cost = 0;
    for (size_t i = 0; i < batch->rollup_count; i++) {
        calls += batch->rollups[i]->calls;
        cost += batch->rollups[i]->cost_nano;
    }
    for (size_t i = 0; i < batch->row_count; i++)
        row_cost += batch->rows[i].cost_nano;
    assert(calls == (int64_t)batch->row_count);
    assert(cost == row_cost);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct arena *arena = arena_new(0);
    struct text records = {(const char *)bytes, size}, rest = records, record;
    struct usage_batch batch = {
        .origin = {text_of("01ARZ3NDEKTSV4RRFFQ69G5FAV"), text_of("demo"), text_of("dev")}, .first = 7};
    while (ledger_next_record(&rest, &record))
        batch.count++;
    bool is_whole = size > 0 && bytes[size - 1] == '\n' && batch.count <= LEDGER_MAX_BATCH_RECORDS;
    if (is_whole && usage_batch_read(arena, &batch, records, NULL)) {
        assert((int64_t)(batch.row_count + batch.spoilt_count) == batch.count);
        for (size_t i = 0; i < batch.row_count; i++)
            expect_within_bounds(&batch.rows[i]);
        expect_sums_of_rows(&batch);
        expect_charges_of_rows(&batch);
    }
    arena_free(arena);
    return 0;
}
