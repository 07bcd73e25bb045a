/* weir-operator --self-test: a Workspace of its own through the whole cluster: applied, Ready with a gateway
 * that runs its config, deleted without a trace. What `helm test` runs. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"

struct cluster_options;
struct error;

/* Prints a line for each step; false says which step failed and what the cluster said. Removes what it made
 * in any case. */
MUST_CHECK bool self_test_run(const struct cluster_options *options, struct error *err);
