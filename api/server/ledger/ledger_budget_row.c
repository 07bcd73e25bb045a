/* See the header. */
#include "api/server/ledger/ledger_budget_row.h"

#include "lib/base/map.h"
#include "lib/base/time_zone.h"
#include "lib/schema/schema.h"

/* Columns whose text is one of a list of words. */
static const struct {
    size_t column;
    const char *const *words;
} worded[] = {
    {1, policy_scope_names}, {2, budget_unit_names},      {4, budget_period_names},
    {6, over_budget_names},  {7, when_unavailable_names},
};

static bool take_words(const struct sql_result *result, size_t row, int values[static COUNT_OF(worded)],
                       struct error *err);

bool
ledger_budget_row_take(const struct sql_result *result, size_t row, struct gateway_budget *out_budget,
                       struct error *err)
{
    struct gateway_budget budget;
    int values[COUNT_OF(worded)];
    schema_set_defaults(&gateway_budget_schema, &budget);
    if (!sql_result_text(result, row, 0, &budget.id, err) ||
        !sql_result_int(result, row, 3, &budget.amount, err) ||
        !sql_result_text(result, row, 5, &budget.time_zone, err) || !take_words(result, row, values, err))
        return error_context(err, "reading a budget");
    budget.scope = (enum policy_scope)values[0];
    budget.unit = (enum budget_unit)values[1];
    budget.period = (enum budget_period)values[2];
    budget.on_exceeded = (enum over_budget)values[3];
    budget.when_unavailable = (enum when_unavailable)values[4];
    *out_budget = budget;
    return true;
}

bool
ledger_budget_zone(struct ledger *ledger, const struct gateway_budget *budget,
                   const struct time_zone **out_zone, struct error *err)
{
    *out_zone = map_find(ledger->zones, budget->time_zone);
    if (*out_zone)
        return true;
    if (!time_zone_load(ledger->arena, budget->time_zone, out_zone, err))
        return error_context(err, "budget %.*s", TEXT_ARG(budget->id));
    map_set(ledger->zones, budget->time_zone, (void *)(uintptr_t)*out_zone);
    return true;
}

static bool
take_words(const struct sql_result *result, size_t row, int values[static COUNT_OF(worded)],
           struct error *err)
{
    for (size_t i = 0; i < COUNT_OF(worded); i++) {
        struct text word;
        if (!sql_result_text(result, row, worded[i].column, &word, err))
            return false;
        if (!schema_enum_parse(worded[i].words, word, &values[i]))
            return error_set(err, ERROR_INTERNAL, "column %zu has the unknown word %.*s", worded[i].column,
                             TEXT_ARG(text_slice(word, 0, 64)));
    }
    return true;
}
