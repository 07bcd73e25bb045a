/* What a Workspace says while a pass over it cannot begin, because something it depends on is still being
 * read. What stands about its environments stays: nothing is known against it. Pure. */
#pragma once

#include "api/types/workspace.h"

struct arena;

/* The standing status with Reconciling=True by that reason; Ready becomes Unknown unless it says something.
 */
struct workspace_status status_of_waiting(struct arena *arena, const struct workspace *workspace,
                                          struct text reason, struct text message);
