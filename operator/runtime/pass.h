/* One pass over one workspace: view, plan, configs to gateways, then writes to the cluster phase by phase. */
#pragma once

#include <stdbool.h>

#include "lib/base/text.h"

struct cluster_operator;

/* Begins a pass for a key that was taken from the queue; when it is over the key is given back to the queue.
 * Nothing of it is left when the operator's arena ends. */
void pass_start(struct cluster_operator *op, struct text workspace);
/* False while the cache does not yet show what the last pass wrote; for at most five seconds. */
bool pass_may_look(struct cluster_operator *op, struct text workspace);
/* Memory that passes under way hold. */
size_t pass_bytes(const struct cluster_operator *op);
/* Every pass under way is forgotten: leadership is lost, or the process ends. */
void pass_cancel_all(struct cluster_operator *op);
