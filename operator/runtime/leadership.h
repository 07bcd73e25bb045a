/* What comes with leading: serving gateways, and letting them find the one that leads. */
#pragma once

#include "operator/runtime/cluster_parts.h"

/* Starts to contend for the Lease: when the cache is warm. */
void leadership_start(struct cluster_operator *op);
/* The authority is there, or its certificate was renewed: gateways are listened for from now on. */
void leadership_serve(void *owner);
/* Gives everything back in order: gateways, then the Lease; on_stopped when that is done. */
void leadership_stop(struct cluster_operator *op, void (*on_stopped)(void *owner), void *owner);
