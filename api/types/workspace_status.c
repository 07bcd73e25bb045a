/* The declarations of workspace_status.h made real. */
#include "api/types/workspace_status.h"

const char *const queue_provider_names[] = {"None", "Kueue", NULL};
const char *const budget_state_names[] = {"None", "Ok", "Warning", "Exceeded", NULL};

DEFINE_SCHEMA(gateway_status, GATEWAY_STATUS_FIELDS, "The gateways of an environment.");
DEFINE_SCHEMA(queue_status, QUEUE_STATUS_FIELDS, "Where jobs wait.");
DEFINE_SCHEMA(environment_status, ENVIRONMENT_STATUS_FIELDS, "How an environment is.");
DEFINE_SCHEMA(workspace_status, WORKSPACE_STATUS_FIELDS, "How a workspace is.");
