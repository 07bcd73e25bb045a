/* What is left of budgets, asked of the ledger that runs with `weir up`. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct buffer;
struct error;
struct invocation;

#define USAGE_BUDGETS_MAX_LINES 20

/* A line for each account of the workspace and its environment (empty: all), at most USAGE_BUDGETS_MAX_LINES
 * and one that says that there are more. */
MUST_CHECK bool usage_budgets_print(const struct invocation *invocation, struct text workspace,
                                    struct text environment, struct buffer *out, struct error *err);
