/* The declarations of workspace_gateway.h made real, with their rules. */
#include "api/types/workspace_gateway.h"

#include "api/types/broken_rule.h"

const char *const gateway_exposure_type_names[] = {"ClusterIP", "Gateway", "LoadBalancer", NULL};
const char *const issuer_kind_names[] = {"Issuer", "ClusterIssuer", NULL};

static const struct schema_rule gateway_replicas_rules[] = {
    {"!has(self.min) || !has(self.max) || self.min <= self.max", "max must not be below min", ".max"},
};

static void
gateway_replicas_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct gateway_replicas *replicas = value;
    if (replicas->max != FIELD_UNSET && replicas->min > replicas->max)
        broken_rule_add(problems, replicas->source, path, "max", "must not be below min");
}

static const struct schema_rule gateway_exposure_rules[] = {
    {"(self.type == 'Gateway') == has(self.gatewayRef)", "gatewayRef belongs to type Gateway, which needs it",
     ".gatewayRef"},
    {"self.type == 'Gateway' || !has(self.hostname)", "hostname belongs to type Gateway", ".hostname"},
};

static void
gateway_exposure_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct gateway_exposure *exposure = value;
    bool is_gateway = exposure->type == GATEWAY_EXPOSURE_GATEWAY;
    if (is_gateway != (exposure->gateway_ref.source != NULL))
        broken_rule_add(problems, exposure->source, path, "gatewayRef",
                        "belongs to type Gateway, which needs it");
    if (!is_gateway && !text_is_empty(exposure->hostname))
        broken_rule_add(problems, exposure->source, path, "hostname", "belongs to type Gateway");
}

DEFINE_SCHEMA(gateway_replicas, GATEWAY_REPLICAS_FIELDS, "How many gateways.", CHECKED_BY(gateway_replicas));
DEFINE_SCHEMA(compute_resources, COMPUTE_RESOURCES_FIELDS,
              "What pods are kept and may use, as Kubernetes quantities.");
DEFINE_SCHEMA(edge_gateway_ref, EDGE_GATEWAY_REF_FIELDS, "A Gateway of the Gateway API.");
DEFINE_SCHEMA(gateway_exposure, GATEWAY_EXPOSURE_FIELDS, "Where callers reach a gateway.",
              CHECKED_BY(gateway_exposure));
DEFINE_SCHEMA(issuer_ref, ISSUER_REF_FIELDS, "A cert-manager issuer.");
DEFINE_SCHEMA(gateway_tls, GATEWAY_TLS_FIELDS, "A gateway's certificate.");
DEFINE_SCHEMA(gateway_logging, GATEWAY_LOGGING_FIELDS, "What is kept of prompts and answers.");
DEFINE_SCHEMA(environment_gateway, ENVIRONMENT_GATEWAY_FIELDS, "The gateway set of an environment.");
