/* An environment of a workspace: a namespace, a gateway set and credentials of its own. */
#pragma once

#include "api/types/budget.h"
#include "api/types/gateway_config.h"
#include "api/types/workspace_gateway.h"
#include "api/types/workspace_quota.h"

enum network_egress { NETWORK_EGRESS_RESTRICTED, NETWORK_EGRESS_OPEN };
extern const char *const network_egress_names[]; /* Restricted Open */
enum pod_security { POD_SECURITY_RESTRICTED, POD_SECURITY_BASELINE, POD_SECURITY_PRIVILEGED };
extern const char *const pod_security_names[]; /* restricted baseline privileged: Kubernetes' own words */
enum loosening { LOOSENING_ALLOW, LOOSENING_REQUIRE_APPROVAL, LOOSENING_DENY };
extern const char *const loosening_names[]; /* Allow RequireApproval Deny */

/* clang-format off */
#define ENVIRONMENT_NETWORK_FIELDS(F, T)                                                                               \
    F(T, ENUM(network_egress), egress, "egress", DOC("Restricted: pods reach the gateway and what is allowed here. Open: everything.")) \
    F(T, TEXTS, allowed_cidrs, "allowedCIDRs", SET, MAX_ITEMS(64), MAX_LENGTH(43), FORMAT(cidr), DOC("Networks that pods may reach.")) \
    F(T, TEXTS, allowed_fqdns, "allowedFQDNs", SET, MAX_ITEMS(64), FORMAT(glob),                                       \
      NOT_YET("NetworkPolicies know no names: these stay blocked"), DOC("Names that pods may reach."))
DECLARE_SCHEMA(environment_network, ENVIRONMENT_NETWORK_FIELDS);

#define CHANGE_POLICY_FIELDS(F, T)                                                                                     \
    F(T, ENUM(loosening), loosening, "loosening", REQUIRED,                                                            \
      DOC("What happens to a change that loosens the effective policy. Allow: it applies. RequireApproval: it waits for weir.dev/approve-loosening. Deny: it never does."))
DECLARE_SCHEMA(change_policy, CHANGE_POLICY_FIELDS);

/* What an environment may set itself or inherit from spec.defaults: both use this list. */
#define ENVIRONMENT_INHERITED_FIELDS(F, T)                                                                             \
    F(T, TEXT, region, "region", MAX_LENGTH(63), NOT_YET("nothing is placed by region in this version"),               \
      DOC("Where it runs and which regional endpoints it prefers."))                                                   \
    F(T, OBJECT(environment_gateway), gateway, "gateway", DOC("Its gateway set."))                                     \
    F(T, OBJECT(environment_network), network, "network", CLUSTER_ONLY("a laptop has no NetworkPolicies"),             \
      DOC("What its pods may reach besides the gateway."))                                                             \
    F(T, ENUM(pod_security), pod_security, "podSecurity", CLUSTER_ONLY("a laptop has no Pod Security Standards"),      \
      DOC("Pod Security Standard of its namespace; restricted if no level says."))

#define ENVIRONMENT_DEFAULTS_FIELDS(F, T) ENVIRONMENT_INHERITED_FIELDS(F, T)
DECLARE_SCHEMA(environment_defaults, ENVIRONMENT_DEFAULTS_FIELDS);

#define WORKSPACE_ENVIRONMENT_FIELDS(F, T)                                                                             \
    F(T, TEXT, name, "name", REQUIRED, MAX_LENGTH(20), FORMAT(dns_label), DOC("dev, staging, prod: how people call it.")) \
    F(T, ENUM(tier), tier, "tier", REQUIRED,                                                                           \
      DOC("Development, Staging or Production. May be raised; Production stays Production."))                          \
    F(T, TEXT, namespace, "namespace", MAX_LENGTH(63), FORMAT(dns_label), IMMUTABLE,                                   \
      DOC("Its namespace: <workspace>-<environment> if not given. An existing one must carry the annotation weir.dev/adopt: <workspace>.")) \
    ENVIRONMENT_INHERITED_FIELDS(F, T)                                                                                 \
    F(T, OBJECT(environment_quotas), quotas, "quotas", CLUSTER_ONLY("a laptop has no ResourceQuota"),                  \
      DOC("Its share of the workspace's Kubernetes resources."))                                                       \
    F(T, OBJECT(budget), budget, "budget", LEDGER_ONLY(BUDGETS_NEED_A_LEDGER),                                         \
      DOC("What it may spend, within what the workspace may."))                                                                      \
    F(T, OBJECT(change_policy), change_policy, "changePolicy",                                                         \
      CLUSTER_ONLY("a laptop keeps no policy that was in force before"),                                               \
      DOC("Who must agree before its effective policy gets looser; Production needs approval if not given."))
DECLARE_SCHEMA(workspace_environment, WORKSPACE_ENVIRONMENT_FIELDS);
/* clang-format on */
