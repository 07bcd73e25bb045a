/* The gateway set of an environment: how large, where it listens, what it may take in. */
#pragma once

#include "api/types/model_policy_protection.h"
#include "api/types/references.h"

enum gateway_exposure_type {
    GATEWAY_EXPOSURE_CLUSTER_IP,
    GATEWAY_EXPOSURE_GATEWAY,
    GATEWAY_EXPOSURE_LOAD_BALANCER
};
extern const char *const gateway_exposure_type_names[]; /* ClusterIP Gateway LoadBalancer */
enum issuer_kind { ISSUER_KIND_ISSUER, ISSUER_KIND_CLUSTER_ISSUER };
extern const char *const issuer_kind_names[]; /* Issuer ClusterIssuer */

/* clang-format off */
#define GATEWAY_REPLICAS_FIELDS(F, T)                                                                                  \
    F(T, INT, min, "min", RANGE(1, 1000), DOC("Never fewer gateways than this."))                                      \
    F(T, INT, max, "max", RANGE(1, 1000), DOC("Never more gateways than this; not below min."))
DECLARE_SCHEMA(gateway_replicas, GATEWAY_REPLICAS_FIELDS);

#define COMPUTE_RESOURCES_FIELDS(F, T)                                                                                 \
    F(T, TEXT_MAP, requests, "requests", MAX_ITEMS(16), MAX_LENGTH(32), FORMAT(quantity), DOC("What is kept for a pod."))  \
    F(T, TEXT_MAP, limits, "limits", MAX_ITEMS(16), MAX_LENGTH(32), FORMAT(quantity), DOC("What a pod may use at most."))
DECLARE_SCHEMA(compute_resources, COMPUTE_RESOURCES_FIELDS);

/* Of the Gateway API's own shape: the one reference that crosses namespaces, because the shared edge is elsewhere. */
#define EDGE_GATEWAY_REF_FIELDS(F, T)                                                                                  \
    F(T, TEXT, name, "name", REQUIRED, FORMAT(dns_subdomain), DOC("Name of a gateway.networking.k8s.io Gateway."))     \
    F(T, TEXT, namespace, "namespace", FORMAT(dns_label), MAX_LENGTH(63), DOC("Where it is; the environment's own namespace if not given."))
DECLARE_SCHEMA(edge_gateway_ref, EDGE_GATEWAY_REF_FIELDS);

#define GATEWAY_EXPOSURE_FIELDS(F, T)                                                                                  \
    F(T, ENUM(gateway_exposure_type), type, "type", REQUIRED,                                                          \
      DOC("ClusterIP: inside the cluster. Gateway: a route at a shared Gateway. LoadBalancer: an address of its own.")) \
    F(T, OBJECT(edge_gateway_ref), gateway_ref, "gatewayRef", DOC("Which Gateway; with type Gateway."))                \
    F(T, TEXT, hostname, "hostname", FORMAT(dns_subdomain), DOC("The name that callers use; with type Gateway."))
DECLARE_SCHEMA(gateway_exposure, GATEWAY_EXPOSURE_FIELDS);

#define ISSUER_REF_FIELDS(F, T)                                                                                        \
    F(T, TEXT, name, "name", REQUIRED, FORMAT(dns_subdomain), DOC("Name of a cert-manager issuer."))                   \
    F(T, ENUM(issuer_kind), kind, "kind", DEFAULT("ClusterIssuer"), DOC("Issuer or ClusterIssuer."))
DECLARE_SCHEMA(issuer_ref, ISSUER_REF_FIELDS);

#define GATEWAY_TLS_FIELDS(F, T)                                                                                       \
    F(T, OBJECT(issuer_ref), issuer_ref, "issuerRef", REQUIRED, DOC("Who signs the gateway's certificate."))
DECLARE_SCHEMA(gateway_tls, GATEWAY_TLS_FIELDS);

#define GATEWAY_LOGGING_FIELDS(F, T)                                                                                   \
    F(T, ENUM(payload_logging), payloads, "payloads", DOC("What is kept of prompts and answers: None, Redacted or Full.")) \
    F(T, INT, retention_days, "retentionDays", RANGE(0, 3650), DOC("How long it is kept."))
DECLARE_SCHEMA(gateway_logging, GATEWAY_LOGGING_FIELDS);

/* No field has a default: an environment that does not give one inherits it from spec.defaults. */
#define ENVIRONMENT_GATEWAY_FIELDS(F, T)                                                                               \
    F(T, OBJECT(gateway_replicas), replicas, "replicas", CLUSTER_ONLY("a laptop runs one gateway for each environment"), \
      DOC("How many gateways serve the environment."))                                                                 \
    F(T, OBJECT(compute_resources), resources, "resources", CLUSTER_ONLY("a laptop does not bound processes"),         \
      DOC("CPU and memory of each gateway."))                                                                          \
    F(T, OBJECT(gateway_exposure), exposure, "exposure", CLUSTER_ONLY("a laptop's gateway listens on the loopback address"), \
      DOC("Where callers reach it."))                                                                                  \
    F(T, OBJECT(gateway_tls), tls, "tls", CLUSTER_ONLY("certificates come from the cluster's issuer"),                 \
      DOC("Its certificate."))                                                                                         \
    F(T, OBJECT(gateway_logging), logging, "logging", NOT_YET("prompts and answers are never kept in this version"),   \
      DOC("What is kept of prompts and answers."))                                                                     \
    F(T, INT, port, "port", RANGE(1024, 65535),                                                                        \
      DOC("On a laptop the port it listens on, the first free one from 8080 on if not given. In a cluster always 8080.")) \
    F(T, INT, max_body_bytes, "maxBodyBytes", RANGE(1024, 536870912), DOC("Longest request body; 20 MiB if no level says.")) \
    F(T, INT, max_connections, "maxConnections", RANGE(1, 1000000), DOC("Client connections at once; 20,000 if no level says."))
DECLARE_SCHEMA(environment_gateway, ENVIRONMENT_GATEWAY_FIELDS);
/* clang-format on */
