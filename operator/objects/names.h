/* Every name, label and annotation that we write into a cluster, in one place. */
#pragma once

#include "lib/base/text.h"

struct arena;

#define MANAGED_BY_LABEL "app.kubernetes.io/managed-by"
#define MANAGED_BY_WEIR "weir"
#define MANAGED_BY_SELECTOR MANAGED_BY_LABEL "=" MANAGED_BY_WEIR
#define APP_NAME_LABEL "app.kubernetes.io/name"
#define POD_SECURITY_PREFIX "pod-security.kubernetes.io/"
#define NAMESPACE_NAME_LABEL "kubernetes.io/metadata.name" /* set by Kubernetes on each Namespace */
#define SCRAPE_ANNOTATION_PREFIX "prometheus.io/"          /* on a Service: scrape, port, path */
#define METRICS_LABEL "weir.dev/metrics" /* "true" on a Namespace: its pods may read gateways' metrics */
#define WORKSPACE_LABEL "weir.dev/workspace"
#define ENVIRONMENT_LABEL "weir.dev/environment"
#define TIER_LABEL "weir.dev/tier"
#define DEPLOYMENT_LABEL "weir.dev/deployment"
#define WORKLOAD_TYPE_LABEL "weir.dev/type"          /* a Deployment's type, on its children and pods */
#define GENERATED_LABEL "weir.dev/generated"         /* "true" on the effective ModelPolicy */
#define CONTROL_PLANE_LABEL "weir.dev/control-plane" /* "true" on the operator's namespace */

#define ADOPT_ANNOTATION "weir.dev/adopt" /* on a Namespace: the workspace that may take it */
/* On ModelPolicy effective: the hash to let through. */
#define APPROVE_LOOSENING_ANNOTATION "weir.dev/approve-loosening"
/* "true" on a Workspace: give up waiting for what holds its deletion up. */
#define FORCE_FINALIZER_ANNOTATION "weir.dev/force-finalize"

/* On gateway pods: a new certificate means new pods; a gateway reads it once. */
#define CERTIFICATE_REVISION_ANNOTATION "weir.dev/certificate-revision"

#define WORKSPACE_FINALIZER "weir.dev/environments"
#define FIELD_MANAGER "weir-operator"
#define EVENT_CONTROLLER "weir.dev/operator"
#define STATUS_FIELD_MANAGER "weir-operator-status"

/* In each environment's namespace: the gateway's Deployment, Service, HPA, PDB, ServiceAccount,
 * NetworkPolicy. */
#define GATEWAY_NAME "weir-gateway"
#define GATEWAY_IDENTITY_SECRET "weir-gateway-identity" /* tls.crt tls.key ca.crt towards the operator */
#define GATEWAY_TLS_SECRET "weir-gateway-tls"           /* towards callers, from cert-manager */
#define GATEWAY_PORT 8080
#define GATEWAY_TLS_PORT 8443
#define GATEWAY_ADMIN_PORT 8081
#define EFFECTIVE_POLICY_NAME "effective"
#define ISOLATION_POLICY_NAME "weir-isolation"
#define MODEL_SERVER_POLICY_NAME "weir-model-servers"
#define BATCH_POLICY_NAME "weir-batches"
#define QUOTA_NAME "weir-quota"
#define LIMIT_RANGE_NAME "weir-limits"
#define LOCAL_QUEUE_NAME "weir"
#define QUEUE_FLAVOR_NAME "weir"

#define CONTROL_PLANE_NAMESPACE "weir-system"
#define CONTROL_SERVICE "weir-operator-control"
#define CONTROL_PORT 8443
#define CA_SECRET "weir-ca"
#define LEDGER_PORT 8444
#define LEDGER_IDENTITY_SECRET "weir-api-identity" /* tls.crt tls.key ca.crt of weir-api */
#define TOKEN_AUDIENCE "weir"
#define TOKEN_FOLDER "/var/run/secrets/weir.dev"   /* the workload's token file is TOKEN_FOLDER "/token" */
#define IDENTITY_FOLDER "/run/weir/identity"       /* in a gateway pod */
#define CREDENTIALS_FOLDER "/run/weir/credentials" /* in a gateway pod, memory only */
#define STATE_FOLDER "/var/lib/weir"               /* in a gateway pod */
#define TLS_FOLDER "/run/weir/tls"                 /* in a gateway pod */

/* "<deployment>-w": the workload of a Deployment. */
struct text names_workload(struct arena *arena, struct text deployment);
/* "aidep-<deployment>": its ServiceAccount; names_deployment_of reads it back, empty when it is not one. */
struct text names_service_account(struct arena *arena, struct text deployment);
struct text names_deployment_of(struct text service_account);
/* "http://weir-gateway.<namespace>.svc:8080" */
struct text names_gateway_url(struct arena *arena, struct text namespace);
/* "gateway/<workspace>/<environment>": the common name of a gateway's certificate. */
struct text names_gateway_subject(struct arena *arena, struct text workspace, struct text environment);
