/* Globs over names: '*' stands for any run of bytes, everything else for itself. */
#pragma once

#include <stdbool.h>

#include "lib/base/text.h"

/* Linear in both lengths (no backtracking blow-up). */
bool glob_matches(struct text pattern, struct text name);
