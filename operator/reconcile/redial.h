/* Whether a status has to wait until gateways had the time to dial a new leader. Who begins to lead has heard
 * of no gateway yet: without this every hand-over would tell everybody that nothing is ready. Hides nothing
 * for longer than REDIAL_PATIENCE_MS, and never what has another reason. Pure. */
#pragma once

#include "api/types/workspace.h"

/* Gateways dial again within 5 s, and the way to the new leader has to get around. */
#define REDIAL_PATIENCE_MS 8000

/* led_ms: for how long this replica has been leading. How long to wait before `wanted` may be written instead
 * of `standing`; 0: it may be written now. */
int64_t redial_wait_ms(int64_t led_ms, const struct workspace_status *standing,
                       const struct workspace_status *wanted);
