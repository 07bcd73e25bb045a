/* What holds for every pod of an environment: closed both ways, but for resolving names, its own gateway, and
 * what the environment's settings allow. Policies only ever add up, so the others can be read alone. */
#include "operator/objects/names.h"
#include "operator/objects/network_policies.h"

static void allow_names(struct document *policy);
static void allow_gateway(const struct environment_site *site, struct document *policy);
static void allow_networks(const struct environment_site *site, struct document *policy);

struct document *
environment_isolation(const struct environment_site *site)
{
    struct document *policy =
        environment_object(site, "networking.k8s.io/v1", "NetworkPolicy", ISOLATION_POLICY_NAME);
    object_at(policy, "spec.podSelector");
    object_put_one_text(policy, "spec.policyTypes", TEXT("Ingress"));
    object_put_one_text(policy, "spec.policyTypes", TEXT("Egress"));
    if (site->settings.egress == NETWORK_EGRESS_OPEN) {
        network_rule(policy, "egress");
        return policy;
    }
    allow_names(policy);
    allow_gateway(site, policy);
    allow_networks(site, policy);
    return policy;
}

/* CoreDNS carries kube-dns's label too; the address is that of the DNS cache on each node. */
static void
allow_names(struct document *policy)
{
    struct document *rule = network_rule(policy, "egress");
    struct document *peer = network_peer_namespace(rule, "to", TEXT("kube-system"));
    object_put_text(peer, "podSelector.matchLabels.k8s-app", TEXT("kube-dns"));
    network_peer_block(rule, "to", TEXT("169.254.20.10/32"));
    network_port(rule, "UDP", 53);
    network_port(rule, "TCP", 53);
}

static void
allow_gateway(const struct environment_site *site, struct document *policy)
{
    struct document *rule = network_rule(policy, "egress");
    network_peer_pods(rule, "to", APP_NAME_LABEL, TEXT(GATEWAY_NAME));
    network_port(rule, "TCP", GATEWAY_PORT);
    if (site->serves_tls)
        network_port(rule, "TCP", GATEWAY_TLS_PORT);
}

static void
allow_networks(const struct environment_site *site, struct document *policy)
{
    const struct text_list *cidrs = &site->settings.allowed_cidrs;
    if (cidrs->count == 0)
        return;
    struct document *rule = network_rule(policy, "egress");
    for (size_t i = 0; i < cidrs->count; i++)
        network_peer_block(rule, "to", cidrs->items[i]);
}
