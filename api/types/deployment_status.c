/* The declarations of deployment_status.h made real. */
#include "api/types/deployment_status.h"

DEFINE_SCHEMA(deployment_child, DEPLOYMENT_CHILD_FIELDS, "An object made for a Deployment.");
DEFINE_SCHEMA(deployment_policy, DEPLOYMENT_POLICY_FIELDS, "What a Deployment may do, and who said so.");
DEFINE_SCHEMA(deployment_run, DEPLOYMENT_RUN_FIELDS, "One run.");
DEFINE_SCHEMA(deployment_status, DEPLOYMENT_STATUS_FIELDS, "How a Deployment is.");
