/* The declarations of deployment_job.h made real. */
#include "api/types/deployment_job.h"

const char *const concurrency_policy_names[] = {"Allow", "Forbid", "Replace", NULL};
const char *const batch_endpoint_names[] = {"chat.completions", "completions", "embeddings", NULL};
const char *const batch_on_error_names[] = {"Continue", "Stop", NULL};

DEFINE_SCHEMA(job_group, JOB_GROUP_FIELDS, "Pods that start and end together.");
DEFINE_SCHEMA(job_workload, JOB_WORKLOAD_FIELDS, "Pods that run to their end.");
DEFINE_SCHEMA(cron_job_workload, CRON_JOB_WORKLOAD_FIELDS, "A job by the clock.");
DEFINE_SCHEMA(batch_file, BATCH_FILE_FIELDS, "A file of JSON lines.");
DEFINE_SCHEMA(batch_workload, BATCH_WORKLOAD_FIELDS, "Many model calls from a file.");
