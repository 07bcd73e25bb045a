/* The declarations of gateway_config.h made real. No behaviour: decoding and encoding fall out of the field
 * lists. */
#include "api/types/gateway_config.h"

const char *const tier_names[] = {"Development", "Staging", "Production", NULL};
const char *const policy_mode_names[] = {"Enforce", "Shadow", NULL};
const char *const provider_type_names[] = {"OpenAI", "Echo", NULL};
const char *const route_strategy_names[] = {"Weighted", "LeastBusy", "Priority", NULL};
const char *const limit_scope_names[] = {"Environment", "Caller", NULL};
const char *const limit_unit_names[] = {"RequestsPerMinute", "TokensPerMinute", "Concurrency", NULL};
const char *const over_maximum_names[] = {"Clamp", "Refuse", NULL};
const char *const client_gone_names[] = {"Cancel", "Drain", NULL};

DEFINE_SCHEMA(rule_source, RULE_SOURCE_FIELDS, "Which policy a rule came from.");
DEFINE_SCHEMA(echo_behaviour, ECHO_BEHAVIOUR_FIELDS, "How the built-in Echo provider answers.");
DEFINE_SCHEMA(gateway_provider, GATEWAY_PROVIDER_FIELDS, "A server that answers calls.");
DEFINE_SCHEMA(gateway_target, GATEWAY_TARGET_FIELDS, "A provider's model behind a model name.");
DEFINE_SCHEMA(gateway_retry, GATEWAY_RETRY_FIELDS, "How often and how soon a failed call is tried again.");
DEFINE_SCHEMA(gateway_model, GATEWAY_MODEL_FIELDS, "A name clients call, and where it is served.");
DEFINE_SCHEMA(gateway_caller, GATEWAY_CALLER_FIELDS, "Someone who may call.");
DEFINE_SCHEMA(model_pattern, MODEL_PATTERN_FIELDS, "Globs over provider and model names.");
DEFINE_SCHEMA(model_rule, MODEL_RULE_FIELDS, "A set of models from one policy.");
DEFINE_SCHEMA(gateway_limit, GATEWAY_LIMIT_FIELDS, "One number that a counter may not pass.");
DEFINE_SCHEMA(gateway_maximum, GATEWAY_MAXIMUM_FIELDS, "The most one request may ask for.");
DEFINE_SCHEMA(gateway_deadlines, GATEWAY_DEADLINES_FIELDS, "How long calls may take.");
DEFINE_SCHEMA(gateway_config, GATEWAY_CONFIG_FIELDS, "Everything the gateways of one environment go by.");
