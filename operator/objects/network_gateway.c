/* What the gateway may do that its environment's pods may not, and who comes in to workloads. */
#include "operator/objects/names.h"
#include "operator/objects/network_policies.h"

static struct document *
new_policy(const struct environment_site *site, const char *name, const char *label, struct text value);
static void allow_callers(const struct environment_site *site, struct document *policy);
static void allow_operator_in(const struct environment_site *site, struct document *policy);
static void allow_providers(struct document *policy);

struct document *
environment_gateway_network(const struct environment_site *site)
{
    struct document *policy = new_policy(site, GATEWAY_NAME, APP_NAME_LABEL, TEXT(GATEWAY_NAME));
    object_put_one_text(policy, "spec.policyTypes", TEXT("Egress"));
    allow_callers(site, policy);
    allow_operator_in(site, policy);
    allow_providers(policy);
    struct document *servers = network_rule(policy, "egress");
    network_peer_pods(servers, "to", WORKLOAD_TYPE_LABEL, TEXT("ModelServer"));
    struct document *control = network_rule(policy, "egress");
    network_peer_namespace(control, "to", site->operator_namespace);
    network_port(control, "TCP", CONTROL_PORT);
    if (!text_is_empty(site->ledger_url))
        network_port(control, "TCP", LEDGER_PORT);
    return policy;
}

struct document *
environment_model_server_network(const struct environment_site *site)
{
    struct document *policy =
        new_policy(site, MODEL_SERVER_POLICY_NAME, WORKLOAD_TYPE_LABEL, TEXT("ModelServer"));
    network_peer_pods(network_rule(policy, "ingress"), "from", APP_NAME_LABEL, TEXT(GATEWAY_NAME));
    return policy;
}

struct document *
environment_batch_network(const struct environment_site *site)
{
    struct document *policy = new_policy(site, BATCH_POLICY_NAME, WORKLOAD_TYPE_LABEL, TEXT("Batch"));
    allow_operator_in(site, policy);
    return policy;
}

static struct document *
new_policy(const struct environment_site *site, const char *name, const char *label, struct text value)
{
    struct document *policy = environment_object(site, "networking.k8s.io/v1", "NetworkPolicy", name);
    document_set_text(object_at(policy, "spec.podSelector.matchLabels"), label, value);
    object_put_one_text(policy, "spec.policyTypes", TEXT("Ingress"));
    return policy;
}

/* Behind a Gateway the pods that carry the traffic may stand in any namespace, but never in an environment:
 * so one environment does not become the way into another. A load balancer's callers come from anywhere. */
static void
allow_callers(const struct environment_site *site, struct document *policy)
{
    const struct gateway_exposure *exposure = site->settings.exposure;
    struct document *rule = network_rule(policy, "ingress");
    if (!exposure || exposure->type != GATEWAY_EXPOSURE_LOAD_BALANCER)
        network_peer_pods(rule, "from", NULL, (struct text){0});
    if (exposure && exposure->type == GATEWAY_EXPOSURE_GATEWAY) {
        struct document *absent =
            object_append(object_append(rule, "from"), "namespaceSelector.matchExpressions");
        document_set_text(absent, "key", TEXT(ENVIRONMENT_LABEL));
        document_set_text(absent, "operator", TEXT("DoesNotExist"));
    }
    network_port(rule, "TCP", GATEWAY_PORT);
    if (site->serves_tls)
        network_port(rule, "TCP", GATEWAY_TLS_PORT);
}

/* The operator asks how it is; whoever may read metrics says so with a label on its namespace. */
static void
allow_operator_in(const struct environment_site *site, struct document *policy)
{
    struct document *rule = network_rule(policy, "ingress");
    network_peer_namespace(rule, "from", site->operator_namespace);
    struct document *readers = object_at(object_append(rule, "from"), "namespaceSelector.matchLabels");
    document_set_text(readers, METRICS_LABEL, TEXT("true"));
    network_port(rule, "TCP", GATEWAY_ADMIN_PORT);
}

/* Anywhere but the addresses where clouds give out the node's own credentials. */
static void
allow_providers(struct document *policy)
{
    struct document *rule = network_rule(policy, "egress");
    struct document *addresses = network_peer_block(rule, "to", TEXT("0.0.0.0/0"));
    object_put_one_text(addresses, "except", TEXT("169.254.0.0/16"));
    addresses = network_peer_block(rule, "to", TEXT("::/0"));
    object_put_one_text(addresses, "except", TEXT("fe80::/10"));
    object_put_one_text(addresses, "except", TEXT("fd00:ec2::254/128"));
}
