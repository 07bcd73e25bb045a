/* A public price table from any bytes: whatever is taken over is a price table that our own decoder accepts
 * and that says the same when it is read again, and every model of it is found. Problems have words, in
 * UTF-8. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "api/prices/price_import.h"
#include "api/types/price_ceiling.h"
#include "api/types/price_index.h"
#include "lib/base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
check_problems(struct arena *arena, const struct problem_list *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        assert(!text_is_empty(problems->items[i].message));
        assert(text_is_utf8(problem_line(arena, &problems->items[i])));
    }
}

static void
check_reads_back(struct arena *arena, const struct price_table *table)
{
    struct problem_list problems;
    struct price_table again;
    problems_init(&problems, arena);
    struct document *written = schema_encode(arena, &price_table_schema, table, SCHEMA_ENCODE_PLAIN);
    bool is_valid = schema_decode(arena, &price_table_schema, written, TEXT(""), &again, &problems);
    assert(is_valid);
    assert(document_equals(written, schema_encode(arena, &price_table_schema, &again, SCHEMA_ENCODE_PLAIN)));
}

/* A hold is never below what is settled, whatever the prices are. */
static void
check_costs(struct arena *arena, const struct model_price *price)
{
    const struct price_bound bounds[] = {{USAGE_INPUT, 300000}, {USAGE_OUTPUT, 1000}, {USAGE_REQUESTS, 1}};
    const struct price_ceiling *ceiling = price_ceiling_new(arena, price);
    struct price_cost most, cost;
    bool has_most = price_ceiling_cost(ceiling, bounds, COUNT_OF(bounds), &most);
    for (int64_t prompt = 1; prompt <= 300000; prompt *= 7) {
        const struct usage_vector used = {.input_tokens = prompt / 2,
                                          .cache_read_tokens = prompt - prompt / 2,
                                          .reasoning_tokens = 1000,
                                          .requests = 1};
        bool has_cost = price_cost_of(price, &used, &cost);
        assert(!has_most || (has_cost && cost.nano_usd <= most.nano_usd));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct arena *arena = arena_new(0);
    struct price_source source = {
        .json = {(const char *)bytes, size}, .file = TEXT("fuzz.json"), .version = TEXT("fuzz")};
    struct problem_list problems;
    struct price_import import;
    problems_init(&problems, arena);
    bool is_whole = price_import(arena, &source, &import, &problems);
    assert(is_whole == (problems.error_count == 0));
    check_problems(arena, &problems);
    check_reads_back(arena, &import.table);

    const struct price_index *index = price_index_new(arena, &import.table);
    for (size_t i = 0; i < import.table.prices.count; i++) {
        const struct model_price *price = &import.table.prices.items[i];
        assert(price_index_find(index, price->provider, price->model));
        check_costs(arena, price);
    }
    arena_free(arena);
    return 0;
}
