/* From a wanted status to the body of its request: compared with the cache, told as events, counted against
 * hot loops. Sends nothing itself. */
#pragma once

#include "operator/runtime/cluster_parts.h"
#include "operator/runtime/status_write.h"

struct status_sender {
    const struct watched *watched;
    struct text namespace, name;
    /* The object as the pass looked at it, so that it is not read again while it is so; or NULL. */
    const struct document *seen;
    struct status_wanted wanted;
    struct text key;            /* of the queue: comes again when it must wait */
    struct text without_effect; /* what of its spec does nothing in this version; empty: all of it does */
    struct text keep;           /* a member that stays as the cluster has it; empty: none */
    /* What status_sender_prepare makes: the request's body, and what the book knows it by. */
    struct text body, title;
    uint64_t desired;
};

/* False when there is nothing to say, or nobody to say it about. */
bool status_sender_prepare(struct arena *arena, struct cluster_operator *op, struct status_sender *sender);
