/* The declarations of deployment_job.h made real. */
#include "api/types/deployment_job.h"

#include "api/types/broken_rule.h"

const char *const concurrency_policy_names[] = {"Allow", "Forbid", "Replace", NULL};
const char *const batch_endpoint_names[] = {"chat.completions", "completions", "embeddings", NULL};
const char *const batch_on_error_names[] = {"Continue", "Stop", NULL};

static const struct schema_rule batch_workload_rules[] = {
    {"self.input.uri.matches('^(configmap://[^/]+/[^/]+|pvc://[^/]+/.+|https?://.+)$')",
     "input.uri is configmap://NAME/KEY, pvc://CLAIM/path or https://...", ".input.uri"},
    {"self.output.uri.matches('^pvc://[^/]+/.+$')", "output.uri is pvc://CLAIM/path", ".output.uri"},
};

/* Whether it is "<scheme>name/path". */
static bool
is_place(struct text uri, struct text scheme, bool may_be_deep)
{
    struct text path = text_slice(uri, scheme.length, uri.length);
    struct text name = text_cut(&path, '/');
    return text_starts_with(uri, scheme) && name.length > 0 && path.length > 0 &&
           (may_be_deep || text_find_byte(path, '/') < 0);
}

static void
batch_workload_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct batch_workload *batch = value;
    struct text input = batch->input.uri, output = batch->output.uri;
    bool is_url = text_starts_with(input, TEXT("https://")) || text_starts_with(input, TEXT("http://"));
    if (!is_url && !is_place(input, TEXT("pvc://"), true) && !is_place(input, TEXT("configmap://"), false))
        broken_rule_add(problems, batch->input.source,
                        text_format(problems->arena, "%.*s.input", TEXT_ARG(path)), "uri",
                        "is configmap://NAME/KEY, pvc://CLAIM/path or https://...");
    if (!is_place(output, TEXT("pvc://"), true))
        broken_rule_add(problems, batch->output.source,
                        text_format(problems->arena, "%.*s.output", TEXT_ARG(path)), "uri",
                        "is pvc://CLAIM/path");
}

DEFINE_SCHEMA(job_group, JOB_GROUP_FIELDS, "Pods that start and end together.");
DEFINE_SCHEMA(job_workload, JOB_WORKLOAD_FIELDS, "Pods that run to their end.");
DEFINE_SCHEMA(cron_job_workload, CRON_JOB_WORKLOAD_FIELDS, "A job by the clock.");
DEFINE_SCHEMA(batch_file, BATCH_FILE_FIELDS, "A file of JSON lines.");
DEFINE_SCHEMA(batch_workload, BATCH_WORKLOAD_FIELDS, "Many model calls from a file.",
              CHECKED_BY(batch_workload));
