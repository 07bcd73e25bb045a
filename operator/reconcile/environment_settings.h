/* What an environment has in the end, in a cluster: its own word, else that of spec.defaults, else a built-in
 * one. Also its share of what the workspace may use. */
#pragma once

#include "operator/objects/environment.h"

struct environment_settings environment_settings_of(struct arena *arena, const struct workspace *workspace,
                                                    const struct workspace_environment *environment);
