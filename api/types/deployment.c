/* The Deployment kind made real, with the rules over its type and workload. */
#include "api/types/deployment.h"

#include "api/types/broken_rule.h"

const char *const deployment_type_names[] = {"Service",     "Job",   "CronJob", "Agent",
                                             "ModelServer", "Batch", NULL};
const char *const patch_operation_names[] = {"add", "remove", "replace", "move", "copy", "test", NULL};

/* That add, replace and test have a value is checked in C only: CEL cannot see a value of any shape. */
static const struct schema_rule pod_patch_rules[] = {
    {"self.path.startsWith('/')", "path is a JSON pointer: it starts with /", ".path"},
    {"(self.op in ['move', 'copy']) == has(self.from)", "from belongs to move and copy, which need it",
     ".from"},
};

static void
pod_patch_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct pod_patch *patch = value;
    bool moves = patch->op == PATCH_MOVE || patch->op == PATCH_COPY;
    bool needs_value = patch->op == PATCH_ADD || patch->op == PATCH_REPLACE || patch->op == PATCH_TEST;
    if (!text_starts_with(patch->path, TEXT("/")))
        broken_rule_add(problems, patch->source, path, "path", "is a JSON pointer: it starts with /");
    if (moves != source_has(patch->source, "from"))
        broken_rule_add(problems, patch->source, path, "from", "belongs to move and copy, which need it");
    if (needs_value && !document_find(patch->source, TEXT("value")))
        broken_rule_add(problems, patch->source, path, "value", "is needed with %s",
                        patch_operation_names[patch->op]);
}

static const struct schema_rule deployment_spec_rules[] = {
    {"(self.type == 'Service') == has(self.workload.service) && (self.type == 'Job') == "
     "has(self.workload.job) && "
     "(self.type == 'CronJob') == has(self.workload.cronJob) && (self.type == 'Agent') == "
     "has(self.workload.agent) && "
     "(self.type == 'ModelServer') == has(self.workload.modelServer) && (self.type == 'Batch') == "
     "has(self.workload.batch)",
     "workload has exactly the one member that belongs to type", ".workload"},
};

static void
deployment_spec_check(const void *value, struct text path, struct problem_list *problems)
{
    static const char *const members[] = {"service", "job", "cronJob", "agent", "modelServer", "batch"};
    const struct deployment_spec *spec = value;
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        bool is_wanted = i == (size_t)spec->type;
        bool is_there = source_has(spec->workload.source, members[i]);
        if (is_wanted == is_there)
            continue;
        struct text workload = text_format(problems->arena, "%.*s.workload", TEXT_ARG(path));
        if (is_wanted)
            broken_rule_add(problems, spec->workload.source, workload, members[i], "is needed with type %s",
                            deployment_type_names[spec->type]);
        else
            broken_rule_add(problems, spec->workload.source, workload, members[i],
                            "belongs to type %s, not %s", deployment_type_names[i],
                            deployment_type_names[spec->type]);
    }
}

DEFINE_SCHEMA(deployment_workload, DEPLOYMENT_WORKLOAD_FIELDS,
              "What runs: exactly the member that belongs to type.");
DEFINE_SCHEMA(pod_patch, POD_PATCH_FIELDS, "One RFC 6902 operation.", CHECKED_BY(pod_patch));
DEFINE_SCHEMA(deployment_spec, DEPLOYMENT_SPEC_FIELDS, "What runs, how many, where, and who reaches it.",
              CHECKED_BY(deployment_spec));
DEFINE_SCHEMA(
    deployment, DEPLOYMENT_FIELDS,
    "A Deployment is something that runs in an environment: a service, a job, an agent, a model server or a "
    "batch of model calls. Its type says which.");
