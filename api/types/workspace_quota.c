/* The declarations of workspace_quota.h made real. */
#include "api/types/workspace_quota.h"

const char *const quota_lending_names[] = {"All", "None", NULL};

DEFINE_SCHEMA(quota_objects, QUOTA_OBJECTS_FIELDS, "How many objects there may be.");
DEFINE_SCHEMA(quota_borrowing, QUOTA_BORROWING_FIELDS, "Use of what other workspaces leave.");
DEFINE_SCHEMA(workspace_quotas, WORKSPACE_QUOTAS_FIELDS,
              "Kubernetes resources of all environments together.");
DEFINE_SCHEMA(environment_quotas, ENVIRONMENT_QUOTAS_FIELDS,
              "An environment's share of Kubernetes resources.");
