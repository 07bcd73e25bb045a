/* Model rules as RE2 expressions, anchored: what admission holds names against, because CEL knows no globs.
 */
#pragma once

#include "api/types/gateway_rules.h"

struct arena;

/* Matches "<provider>/<model>" exactly when one of the patterns does; a model nobody is known to serve is
 * "/<model>". */
struct text rule_regex(struct arena *arena, const struct model_pattern_list *patterns);
/* Matches a model's name when some provider could serve it under a pattern. */
struct text rule_name_regex(struct arena *arena, const struct model_pattern_list *patterns);
