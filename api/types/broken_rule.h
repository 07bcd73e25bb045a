/* How the check functions of the types say that a cross-field rule is broken: at the field, with its path. */
#pragma once

#include "lib/schema/problems.h"

/* At key's value in the map source; at the map itself, under key's path, when the key is not there. */
void broken_rule_add(struct problem_list *problems, const struct document *source, struct text path,
                     const char *key, const char *format, ...) PRINTF_LIKE(5, 6);
/* Whether the map has the key, even with an empty value. */
bool source_has(const struct document *source, const char *key);
