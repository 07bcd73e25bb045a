/* The declarations of workspace_environment.h made real, with their rules. */
#include "api/types/workspace_environment.h"

#include "api/types/broken_rule.h"
#include "api/types/kinds.h"

const char *const network_egress_names[] = {"Restricted", "Open", NULL};
const char *const pod_security_names[] = {"restricted", "baseline", "privileged", NULL};
const char *const loosening_names[] = {"Allow", "RequireApproval", "Deny", NULL};

/* In C the field's format says it: the pattern that it gives Kubernetes lets /99 pass. */
static const struct schema_rule environment_network_rules[] = {
    {"!has(self.allowedCIDRs) || self.allowedCIDRs.all(c, isCIDR(c))",
     "allowedCIDRs takes prefixes such as 10.0.0.0/8", ".allowedCIDRs"},
};

/* The tier is a transition: only Kubernetes knows what it was. */
static const struct schema_rule workspace_environment_rules[] = {
    {"!has(self.__namespace__) || !(self.__namespace__ in ['default', '" WEIR_SYSTEM_NAMESPACE
     "'] || self.__namespace__.startsWith('kube-'))",
     "this namespace belongs to the cluster or to Weir itself; choose another", NULL},
    {"oldSelf.tier != 'Production' || self.tier == 'Production'",
     "an environment of tier Production stays so; make a new one instead", ".tier"},
};

static void
workspace_environment_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct workspace_environment *environment = value;
    struct text namespace = environment->namespace;
    bool is_reserved = text_equals(namespace, TEXT("default")) ||
                       text_equals(namespace, TEXT(WEIR_SYSTEM_NAMESPACE)) ||
                       text_starts_with(namespace, TEXT("kube-"));
    if (is_reserved)
        broken_rule_add(problems, environment->source, path, "namespace",
                        "\"%.*s\" belongs to the cluster or to Weir itself; choose another",
                        TEXT_ARG(namespace));
}

DEFINE_SCHEMA(environment_network, ENVIRONMENT_NETWORK_FIELDS, "What pods may reach besides the gateway.",
              .rules = environment_network_rules, .rule_count = COUNT_OF(environment_network_rules));
DEFINE_SCHEMA(change_policy, CHANGE_POLICY_FIELDS, "Who must agree to what.");
DEFINE_SCHEMA(environment_defaults, ENVIRONMENT_DEFAULTS_FIELDS,
              "What environments have that do not set it.");
DEFINE_SCHEMA(workspace_environment, WORKSPACE_ENVIRONMENT_FIELDS,
              "A namespace, a gateway set and credentials of their own.", CHECKED_BY(workspace_environment));
