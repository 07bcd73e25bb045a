/* Where a running batch is asked how far it is: GET /progress answers {"total", "succeeded", "failed",
 * "running"}, GET /healthz 200. */
#pragma once

#include "api/cli/batch/batch_run.h"

/* address: "0.0.0.0:8081" or "8081" (then 127.0.0.1). Nobody needs to be able to listen for long: a port that
 * is taken is an error. */
MUST_CHECK bool batch_admin_start(struct arena *arena, struct loop *loop, struct text address,
                                  const struct batch_run *run, struct error *err);
