/* The JSONPath of printer columns: names, indices and one kind of filter, as kubectl writes them in CRDs. */
#pragma once

#include "lib/base/text.h"

struct document;

/* .status.conditions[?(@.type=="Ready")].status, .spec.environments[0].name, .metadata.creationTimestamp.
 * NULL when nothing is there or the path is not of this form. */
const struct document *json_path_find(const struct document *document, struct text path);
