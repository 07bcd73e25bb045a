/* The words of given.h. */
#include "tests/unit/api/prices/given.h"

struct price_import imported;
struct problem_list import_problems;

bool
import_prices(struct arena *arena, const char *json)
{
    const struct price_source source = {.json = text_of(json),
                                        .file = TEXT("prices.json"),
                                        .version = TEXT("v1"),
                                        .imported_ms = 1700000000000};
    problems_init(&import_problems, arena);
    return price_import(arena, &source, &imported, &import_problems);
}

const struct model_price *
imported_price(const char *provider, const char *model)
{
    for (size_t i = 0; i < imported.table.prices.count; i++) {
        const struct model_price *price = &imported.table.prices.items[i];
        if (text_equals(price->provider, text_of(provider)) && text_equals(price->model, text_of(model)))
            return price;
    }
    return NULL;
}

size_t
noted(const char *words)
{
    for (size_t i = 0; i < imported.notes.count; i++)
        if (text_equals(imported.notes.items[i].words, text_of(words)))
            return imported.notes.items[i].count;
    return 0;
}
