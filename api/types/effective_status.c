/* The declarations of effective_status.h made real. */
#include "api/types/effective_status.h"

DEFINE_SCHEMA(effective_rule, EFFECTIVE_RULE_FIELDS, "A set of models, and who set it.");
DEFINE_SCHEMA(effective_limit, EFFECTIVE_LIMIT_FIELDS, "A ceiling, and who set it.");
DEFINE_SCHEMA(effective_maximum, EFFECTIVE_MAXIMUM_FIELDS, "A maximum, and who set it.");
DEFINE_SCHEMA(effective_timeout, EFFECTIVE_TIMEOUT_FIELDS, "A longest time, and who set it.");
DEFINE_SCHEMA(effective_budget, EFFECTIVE_BUDGET_FIELDS, "What may be spent in each window.");
DEFINE_SCHEMA(effective_model, EFFECTIVE_MODEL_FIELDS, "A model that has a route.");
DEFINE_SCHEMA(effective_source, EFFECTIVE_SOURCE_FIELDS, "A policy that is part of it.");
DEFINE_SCHEMA(effective_pending, EFFECTIVE_PENDING_FIELDS, "A looser policy that waits for approval.");
DEFINE_SCHEMA(effective_status, EFFECTIVE_STATUS_FIELDS, "What is in force in an environment.");
