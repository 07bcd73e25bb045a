/* A price table imported from JSON in LiteLLM's shape. */
#pragma once

#include "api/prices/price_import.h"

/* What import_prices left behind: each test runs in a process of its own. */
extern struct price_import imported;
extern struct problem_list import_problems;

bool import_prices(struct arena *arena, const char *json);
/* NULL when the table does not have it under this exact name. */
const struct model_price *imported_price(const char *provider, const char *model);
/* How often the note with these words was taken; 0 when never. */
size_t noted(const char *words);
