/* One pass over one ModelPolicy, "namespace/name": its status, from what the passes of all workspaces left.
 */
#pragma once

#include <stdbool.h>

#include "lib/base/text.h"

struct cluster_operator;

/* Keys with a '/' are policies; names of workspaces have none. */
bool policy_pass_is_key(struct text key);
void policy_pass_start(struct cluster_operator *op, struct text policy);
/* Those under way are forgotten. */
void policy_pass_cancel_all(struct cluster_operator *op);
