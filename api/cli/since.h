/* --since: how far back. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct error;

/* "7d", "2w" or any duration before now_ms; the empty text is everything: 0. */
MUST_CHECK bool since_parse(struct text since, int64_t now_ms, int64_t *out_from_ms, struct error *err);
