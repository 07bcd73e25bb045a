/* The declarations of deployment_container.h made real, with their rules. */
#include "api/types/deployment_container.h"

#include "api/types/broken_rule.h"

static const struct schema_rule env_variable_rules[] = {
    {"!(has(self.value) && has(self.secretRef))", "give value or secretRef, and not both", NULL},
};

static void
env_variable_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct env_variable *variable = value;
    if (source_has(variable->source, "value") && variable->secret_ref.source)
        broken_rule_add(problems, variable->source, path, "value", "give value or secretRef, and not both");
}

static const struct schema_rule env_source_rules[] = {
    {"has(self.secret) != has(self.configMap)", "give secret or configMap, and not both", NULL},
};

static void
env_source_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct env_source *source = value;
    if (text_is_empty(source->secret) == text_is_empty(source->config_map))
        broken_rule_add(problems, source->source, path, "secret", "give secret or configMap, and not both");
}

DEFINE_SCHEMA(env_variable, ENV_VARIABLE_FIELDS, "One environment variable.", CHECKED_BY(env_variable));
DEFINE_SCHEMA(env_source, ENV_SOURCE_FIELDS, "Many environment variables at once.", CHECKED_BY(env_source));
DEFINE_SCHEMA(container_port, CONTAINER_PORT_FIELDS, "A port that a container listens on.");
DEFINE_SCHEMA(container_probe, CONTAINER_PROBE_FIELDS, "A question asked again and again.");
DEFINE_SCHEMA(container_probes, CONTAINER_PROBES_FIELDS, "How to tell that a container works.");
DEFINE_SCHEMA(service_workload, SERVICE_WORKLOAD_FIELDS, "Pods that serve callers.");
