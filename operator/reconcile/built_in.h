/* What is there without any policy: the providers openai and echo, the model echo, and the numbers nobody
 * set. Broadest definition of the providers, lowest precedence of the route. */
#pragma once

#include "api/types/model_policy.h"

#define BUILT_IN_SOURCE "built-in default"
#define BUILT_IN_PROVIDER_COUNT 2
#define BUILT_IN_ECHO_MODEL "echo"

extern const struct policy_provider built_in_providers[BUILT_IN_PROVIDER_COUNT];
/* The model echo, served by the provider echo. */
const struct policy_route *built_in_route(struct arena *arena);
/* Whatever an Echo provider is asked costs nothing, as long as no policy says otherwise. */
struct model_price built_in_echo_price(struct text provider);

/* Deadlines and sizes of a gateway when no level says: the defaults of the gateway config's own schema. */
struct gateway_config built_in_config(struct arena *arena);
/* Who set a value that nobody set. */
struct rule_source built_in_source(void);
