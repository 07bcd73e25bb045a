/* The text of a query, or of a path's parameters, as the struct that a route declared for it. Pure. */
#pragma once

#include "lib/base/compiler.h"
#include "lib/schema/schema.h"

#define REST_MAX_PARAMETERS 64

/* "by=model,team&limit=10", escaped as forms are (+ is a blank). Lists have commas between their items. False
 * with words for the asker when a parameter is not known, is there twice or is not what its field allows: all
 * of them at once. A typo must not look like "no filter". */
MUST_CHECK bool rest_query_read(struct arena *arena, const struct schema *schema, struct text query,
                                void *out_value, struct text *out_wrong);
/* Every problem in words for the asker, and what there is where he named what there is not. */
struct text
rest_query_words(struct arena *arena, const struct schema *schema, const struct problem_list *problems);
/* Values that are unescaped already, by name. */
MUST_CHECK bool
rest_query_decode(struct arena *arena, const struct schema *schema, const struct text_pair_list *values,
                  void *out_value, struct text *out_wrong);
