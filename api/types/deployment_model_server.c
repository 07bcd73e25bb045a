/* The declarations of deployment_model_server.h made real, with their rules. */
#include "api/types/deployment_model_server.h"

#include "api/types/broken_rule.h"

const char *const model_engine_names[] = {"vLLM", "SGLang", "TGI", "LlamaCpp", "Ollama", "Custom", NULL};
const char *const model_cache_names[] = {"Ephemeral", "PVC", NULL};
const char *const picker_failure_mode_names[] = {"FailOpen", "FailClose", NULL};

static const struct schema_rule model_storage_rules[] = {
    {"self.cache != 'PVC' || has(self.size)", "size is needed with cache PVC", ".size"},
};

static void
model_storage_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct model_storage *storage = value;
    if (storage->cache == MODEL_CACHE_PVC && text_is_empty(storage->size))
        broken_rule_add(problems, storage->source, path, "size", "is needed with cache PVC");
}

static const struct schema_rule model_server_workload_rules[] = {
    {"self.engine != 'Custom' || has(self.image)", "image is needed with engine Custom", ".image"},
};

static void
model_server_workload_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct model_server_workload *server = value;
    if (server->engine == MODEL_ENGINE_CUSTOM && text_is_empty(server->image))
        broken_rule_add(problems, server->source, path, "image", "is needed with engine Custom");
}

DEFINE_SCHEMA(model_adapter, MODEL_ADAPTER_FIELDS, "A LoRA adapter.");
DEFINE_SCHEMA(served_model, SERVED_MODEL_FIELDS, "The weights that are served.");
DEFINE_SCHEMA(model_parallelism, MODEL_PARALLELISM_FIELDS, "How one replica spreads.");
DEFINE_SCHEMA(model_storage, MODEL_STORAGE_FIELDS, "Where weights are kept.", CHECKED_BY(model_storage));
DEFINE_SCHEMA(endpoint_picker, ENDPOINT_PICKER_FIELDS, "What chooses a pod for each request to a pool.");
DEFINE_SCHEMA(inference_pool, INFERENCE_POOL_FIELDS, "A model server's pods as an InferencePool.");
DEFINE_SCHEMA(model_server_workload, MODEL_SERVER_WORKLOAD_FIELDS, "An inference server.",
              CHECKED_BY(model_server_workload));
DEFINE_SCHEMA(agent_sandbox, AGENT_SANDBOX_FIELDS, "How an agent is kept apart.");
DEFINE_SCHEMA(agent_memory, AGENT_MEMORY_FIELDS, "What an agent remembers.");
DEFINE_SCHEMA(agent_workload, AGENT_WORKLOAD_FIELDS, "A program that calls models and tools.");
