/* Parts of NetworkPolicies. For operator/objects/network_*.c only. */
#pragma once

#include "operator/objects/environment.h"

/* One rule of spec.ingress or spec.egress. */
struct document *network_rule(struct document *policy, const char *direction);
/* A peer of a rule ("from", "to"): pods of this namespace that carry a label (key NULL: all), ... */
void network_peer_pods(struct document *rule, const char *side, const char *label, struct text value);
/* ... all pods of a namespace, or some of them, ... */
struct document *network_peer_namespace(struct document *rule, const char *side, struct text namespace);
/* ... or addresses; the block is returned for its exceptions. */
struct document *network_peer_block(struct document *rule, const char *side, struct text cidr);
void network_port(struct document *rule, const char *protocol, int64_t port);
