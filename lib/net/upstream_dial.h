/* Getting a connection for a call. For the files of the upstream pool. */
#pragma once

#include "lib/net/resolver.h"
#include "lib/net/upstream_private.h"

/* Where dialling stands: in the arena of the call it is for. */
struct upstream_dial {
    int ticket; /* of the resolver */
    bool is_resolving;
    struct resolved resolved;
    size_t next_address;
    struct error why; /* the first address failed: the others are second choice */
};

void upstream_dial_start(struct upstream_call *call);
void upstream_dial_wait_in_queue(struct upstream_call *call);
void upstream_dial_address_failed(struct upstream_call *call, const struct error *why);
void upstream_dial_stop(struct upstream_call *call);
