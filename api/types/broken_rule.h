/* How the check functions of the types say that a cross-field rule is broken: at the field, with its path. */
#pragma once

#include "lib/schema/problems.h"

/* At key's value in the map source; at the map itself, under key's path, when the key is not there. */
void broken_rule_add(struct problem_list *problems, const struct document *source, struct text path,
                     const char *key, const char *format, ...) PRINTF_LIKE(5, 6);
/* Whether the map has the key, even with an empty value. */
bool source_has(const struct document *source, const char *key);

/* For DEFINE_SCHEMA: the type is checked by NAME_check, which an API server does with NAME_rules. */
#define CHECKED_BY(NAME) .check = NAME##_check, .rules = NAME##_rules, .rule_count = COUNT_OF(NAME##_rules)
