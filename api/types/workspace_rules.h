/* The rules over several fields of a Workspace: the C side and, in the same order, Kubernetes' side. */
#pragma once

#include "lib/schema/schema.h"

#define WORKSPACE_SPEC_RULE_COUNT 6
extern const struct schema_rule workspace_spec_rules[WORKSPACE_SPEC_RULE_COUNT];
void workspace_spec_check(const void *value, struct text path, struct problem_list *problems);

#define WORKSPACE_RULE_COUNT 1
extern const struct schema_rule workspace_rules[WORKSPACE_RULE_COUNT];
void workspace_check(const void *value, struct text path, struct problem_list *problems);
