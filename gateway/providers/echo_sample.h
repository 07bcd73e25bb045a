/* A JSON value that fits a JSON Schema, always the same for the same schema: arguments of a tool call,
 * structured answers. Knows what such schemas usually have (type, properties, required, enum, const, items),
 * not all of the standard. */
#pragma once

#include "lib/base/text.h"

struct arena;

/* schema is raw JSON (empty or anything but an object: {} comes back); strings without a rule become `words`.
 */
struct text echo_sample_json(struct arena *arena, struct text schema, struct text words);
