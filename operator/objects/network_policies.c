/* Parts of NetworkPolicies. What Kubernetes would fill in by itself (the protocol) is written out, so that a
 * policy comes back as it was sent. */
#include "operator/objects/network_policies.h"

#include "operator/objects/names.h"

struct document *
network_rule(struct document *policy, const char *direction)
{
    return object_append(object_at(policy, "spec"), direction);
}

void
network_peer_pods(struct document *rule, const char *side, const char *label, struct text value)
{
    struct document *selector = object_at(object_append(rule, side), "podSelector");
    if (label)
        document_set_text(document_map_in(selector, TEXT("matchLabels")), label, value);
}

struct document *
network_peer_namespace(struct document *rule, const char *side, struct text namespace)
{
    struct document *peer = object_append(rule, side);
    document_set_text(object_at(peer, "namespaceSelector.matchLabels"), NAMESPACE_NAME_LABEL, namespace);
    return peer;
}

struct document *
network_peer_block(struct document *rule, const char *side, struct text cidr)
{
    struct document *block = object_at(object_append(rule, side), "ipBlock");
    document_set_text(block, "cidr", cidr);
    return block;
}

void
network_port(struct document *rule, const char *protocol, int64_t port)
{
    struct document *item = object_append(rule, "ports");
    document_set_text(item, "protocol", text_of(protocol));
    document_set_int(item, "port", port);
}
