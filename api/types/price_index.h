/* Finding a model's price on the hot path: one look for an exact name, then the provider's patterns, most
 * specific first. Nothing is allocated to find. */
#pragma once

#include "api/types/price.h"

struct price_index;

/* The table's bytes must live as long as the arena. */
struct price_index *price_index_new(struct arena *arena, const struct price_table *table);

/* NULL when the table has no price for it. The exact name goes before patterns; of patterns the one with the
 * longest beginning before its first '*', then the longest, then the first in the table. "self-hosted/llama"
 * is looked for as such, then as one of "self-hosted". */
const struct model_price *
price_index_find(const struct price_index *index, struct text provider, struct text model);
