/* Rules over a spec that the decoder cannot know: they depend on what this version makes of it. */
#include "operator/reconcile/deployment_checks.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "operator/objects/batch_files.h"
#include "operator/objects/model_engine.h"

#define NAME_WITH_JOB_SET_MOST 37 /* "<name>-w-<8 digits>-group-0-1023-xxxxx" is a DNS label */

static bool check_scaling(const struct deployment_scaling *scaling, struct error *err);
static bool check_aliases(const struct text_list *aliases, struct error *err);
static bool check_batch(const struct batch_workload *batch, struct error *err);
static bool check_agent(const struct agent_workload *agent, struct error *err);
static bool check_job(const struct workload *workload, const struct cluster_facts *facts, struct error *err);

struct hold
deployment_check(const struct workload *workload, const struct cluster_facts *facts)
{
    const struct deployment_spec *spec = &workload->deployment->spec;
    const struct deployment_workload *what = &spec->workload;
    struct error err = {0};
    bool is_good = check_scaling(&spec->scaling, &err) && check_aliases(&spec->exposure.model_aliases, &err);
    switch (spec->type) {
    case DEPLOYMENT_JOB:
        is_good = is_good && check_job(workload, facts, &err);
        break;
    case DEPLOYMENT_CRON_JOB:
        if (is_good && what->cron_job.job.group.source)
            is_good = error_set(&err, ERROR_INVALID,
                                "spec.workload.cronJob.job.group: pods that start together do not run by the "
                                "clock in this version; use type Job, or drop group");
        break;
    case DEPLOYMENT_AGENT:
        is_good = is_good && check_agent(&what->agent, &err);
        break;
    case DEPLOYMENT_MODEL_SERVER:
        is_good = is_good && model_server_check(workload->deployment, &err);
        break;
    case DEPLOYMENT_BATCH:
        is_good = is_good && check_batch(&what->batch, &err);
        break;
    case DEPLOYMENT_SERVICE:
        break;
    }
    if (is_good)
        return (struct hold){0};
    return (struct hold){.reason = TEXT("InvalidSpec"),
                         .message = text_copy(workload->arena, text_of(err.message))};
}

static bool
check_scaling(const struct deployment_scaling *scaling, struct error *err)
{
    if (scaling->metric.source && scaling->metric.type != SCALING_METRIC_CPU)
        return error_set(err, ERROR_INVALID,
                         "spec.scaling.metric.type: %s is not measured in this version; use Cpu (percent of "
                         "what a pod requests), or fixed replicas",
                         scaling_metric_type_names[scaling->metric.type]);
    if (scaling->max != FIELD_UNSET && scaling->min == 0)
        return error_set(
            err, ERROR_INVALID,
            "spec.scaling.min: down to none is not done in this version; use min: 1, or suspend");
    return true;
}

/* A pattern would be a route to models that nobody has named. */
static bool
check_aliases(const struct text_list *aliases, struct error *err)
{
    for (size_t i = 0; i < aliases->count; i++)
        if (text_find_byte(aliases->items[i], '*') >= 0)
            return error_set(err, ERROR_INVALID,
                             "spec.exposure.modelAliases[%zu]: %.*s is a pattern; write each name out", i,
                             TEXT_ARG(aliases->items[i]));
    return true;
}

static bool
check_batch(const struct batch_workload *batch, struct error *err)
{
    struct batch_place input, output;
    if (!batch_input_parse(batch->input.uri, &input, err) ||
        !batch_output_parse(batch->output.uri, &output, err))
        return false;
    if (input.kind != BATCH_PLACE_URL && batch->input.credentials_ref.source)
        return error_set(err, ERROR_INVALID,
                         "spec.workload.batch.input.credentialsRef: a key is sent to https:// only; drop it");
    if (batch->output.credentials_ref.source)
        return error_set(err, ERROR_INVALID,
                         "spec.workload.batch.output.credentialsRef: a volume needs no key; drop it");
    return true;
}

static bool
check_agent(const struct agent_workload *agent, struct error *err)
{
    if (agent->sandbox.source && agent->sandbox.enabled && text_is_empty(agent->sandbox.runtime_class_name))
        return error_set(
            err, ERROR_INVALID,
            "spec.workload.agent.sandbox: runtimeClassName is needed: name a RuntimeClass of this "
            "cluster that keeps pods apart, such as gvisor, or set enabled: false");
    return true;
}

static bool
check_job(const struct workload *workload, const struct cluster_facts *facts, struct error *err)
{
    if (!workload->deployment->spec.workload.job.group.source)
        return true;
    if (!facts->has_job_set)
        return error_set(err, ERROR_INVALID,
                         "spec.workload.job.group: pods that start together need JobSet, which this cluster "
                         "does not serve; have it installed, or use completions and parallelism");
    if (workload->deployment->metadata.name.length > NAME_WITH_JOB_SET_MOST)
        return error_set(err, ERROR_INVALID,
                         "metadata.name: with job.group at most %d characters, or the names of its pods are "
                         "too long",
                         NAME_WITH_JOB_SET_MOST);
    return true;
}
