/* Kubernetes resources that a workspace's environments may use: ResourceQuota and Kueue, not money and not
 * tokens. */
#pragma once

#include "lib/schema/fields.h"

enum quota_lending { QUOTA_LENDING_ALL, QUOTA_LENDING_NONE };
extern const char *const quota_lending_names[]; /* All None */

#define QUOTA_GPU_KEY "requests.nvidia.com/gpu"

/* clang-format off */
#define QUOTA_OBJECTS_FIELDS(F, T)                                                                                     \
    F(T, INT, deployments, "deployments", RANGE(0, 100000), DOC("Deployments of ours."))                               \
    F(T, INT, jobs, "jobs", RANGE(0, 100000), DOC("Jobs, finished ones included until they are removed."))
DECLARE_SCHEMA(quota_objects, QUOTA_OBJECTS_FIELDS);

#define QUOTA_BORROWING_FIELDS(F, T)                                                                                   \
    F(T, TEXT, cohort, "cohort", REQUIRED, FORMAT(dns_subdomain), DOC("Kueue cohort to lend to and borrow from."))     \
    F(T, TEXT_MAP, borrowing_limit, "borrowingLimit", MAX_ITEMS(16), MAX_LENGTH(32), FORMAT(quantity),                 \
      DOC("The most that is borrowed, by resource."))
DECLARE_SCHEMA(quota_borrowing, QUOTA_BORROWING_FIELDS);

#define WORKSPACE_QUOTAS_FIELDS(F, T)                                                                                  \
    F(T, TEXT_MAP, compute, "compute", MAX_ITEMS(32), MAX_LENGTH(32), FORMAT(quantity),                                \
      DOC("ResourceQuota amounts, such as requests.cpu; environments that name none share what the others leave."))    \
    F(T, OBJECT(quota_objects), objects, "objects",                                                                    \
      DOC("How many objects there may be in each environment; more in all together is told in QuotaWithinLimits."))    \
    F(T, OBJECT(quota_borrowing), borrowing, "borrowing", DOC("Use of what other workspaces leave; needs Kueue."))
DECLARE_SCHEMA(workspace_quotas, WORKSPACE_QUOTAS_FIELDS);

#define ENVIRONMENT_QUOTAS_FIELDS(F, T)                                                                                \
    F(T, TEXT_MAP, compute, "compute", MAX_ITEMS(32), MAX_LENGTH(32), FORMAT(quantity),                                \
      DOC("ResourceQuota amounts by name, such as requests.cpu."))                                                     \
    F(T, ENUM(quota_lending), lending, "lending", DEFAULT("All"),                                                      \
      DOC("All: others may borrow what is idle. None: it stays reserved."))
DECLARE_SCHEMA(environment_quotas, ENVIRONMENT_QUOTAS_FIELDS);
/* clang-format on */
