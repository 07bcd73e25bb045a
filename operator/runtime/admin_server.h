/* /healthz, /readyz and /metrics of the cluster operator. */
#pragma once

#include "lib/base/compiler.h"

#include <stdbool.h>

struct cluster_operator;
struct error;

MUST_CHECK bool admin_server_start(struct cluster_operator *op, struct error *err);
