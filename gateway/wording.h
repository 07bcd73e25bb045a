/* Numbers as people read them, in the messages of refusals. */
#pragma once

#include <stdint.h>

#include "lib/base/text.h"

struct arena;

struct text wording_number(struct arena *arena, int64_t number); /* 80,000 */
struct text wording_wait(struct arena *arena, int64_t ms);       /* "12 s", "3 min", whole and rounded up */
