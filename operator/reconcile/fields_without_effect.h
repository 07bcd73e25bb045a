/* Fields of an object that are accepted and do nothing yet (NOT_YET): named, never silently ignored. */
#pragma once

#include "lib/schema/schema.h"

struct arena;

/* "spec.workload.agent.tools: has no effect yet: ...; ...", or empty. document: what the value was decoded
 * from. What only a laptop lacks (CLUSTER_ONLY) is not among them. */
struct text
fields_without_effect(struct arena *arena, const struct schema *schema, const struct document *document);
