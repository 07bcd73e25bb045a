/* Workloads that serve models, and agents that use them. */
#pragma once

#include "api/types/deployment_container.h"

enum model_engine {
    MODEL_ENGINE_VLLM,
    MODEL_ENGINE_SGLANG,
    MODEL_ENGINE_TGI,
    MODEL_ENGINE_LLAMA_CPP,
    MODEL_ENGINE_OLLAMA,
    MODEL_ENGINE_CUSTOM
};
extern const char *const model_engine_names[]; /* vLLM SGLang TGI LlamaCpp Ollama Custom */
enum model_cache { MODEL_CACHE_EPHEMERAL, MODEL_CACHE_PVC };
extern const char *const model_cache_names[]; /* Ephemeral PVC */
enum picker_failure_mode { PICKER_FAILURE_MODE_FAIL_OPEN, PICKER_FAILURE_MODE_FAIL_CLOSE };
extern const char *const picker_failure_mode_names[]; /* FailOpen FailClose */

/* clang-format off */
#define MODEL_ADAPTER_FIELDS(F, T)                                                                                     \
    F(T, TEXT, name, "name", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(128), DOC("What clients call it."))                   \
    F(T, TEXT, uri, "uri", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(2048), DOC("Where its weights are."))
DECLARE_SCHEMA(model_adapter, MODEL_ADAPTER_FIELDS);

#define SERVED_MODEL_FIELDS(F, T)                                                                                      \
    F(T, TEXT, uri, "uri", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(2048), DOC("Where its weights are: hf://org/name or pvc://CLAIM/path; https:// with LlamaCpp, ollama://name:tag with Ollama; Custom is told any. LlamaCpp and Ollama take a GGUF file.")) \
    F(T, TEXT, name, "name", MIN_LENGTH(1), MAX_LENGTH(128), DOC("What the server calls it; the Deployment's name if not given.")) \
    F(T, TEXT, revision, "revision", DEFAULT("main"), MAX_LENGTH(128), DOC("Branch, tag or commit of weights from hf://; not with LlamaCpp and Ollama."))   \
    F(T, OBJECT(secret_ref), credentials_ref, "credentialsRef", DOC("The key to the weights: the variable HF_TOKEN; not with Ollama."))  \
    F(T, LIST(model_adapter), adapters, "adapters", LIST_KEYS("name"), MAX_ITEMS(64), DOC("LoRA adapters on top of it, from hf://; with vLLM."))
DECLARE_SCHEMA(served_model, SERVED_MODEL_FIELDS);

#define MODEL_PARALLELISM_FIELDS(F, T)                                                                                 \
    F(T, INT, tensor, "tensor", DEFAULT("1"), RANGE(1, 64), DOC("Devices that share each layer; with vLLM, SGLang and TGI."))  \
    F(T, INT, pipeline, "pipeline", DEFAULT("1"), RANGE(1, 64), DOC("Stages the layers are cut into; with vLLM and SGLang."))  \
    F(T, INT, nodes, "nodes", DEFAULT("1"), RANGE(1, 64), DOC("Pods of one replica; in this version only 1."))
DECLARE_SCHEMA(model_parallelism, MODEL_PARALLELISM_FIELDS);

#define MODEL_STORAGE_FIELDS(F, T)                                                                                     \
    F(T, ENUM(model_cache), cache, "cache", DEFAULT("Ephemeral"), DOC("Ephemeral: fetched at each start. PVC: kept; more than one replica needs a class that several nodes may write.")) \
    F(T, TEXT, size, "size", MAX_LENGTH(32), FORMAT(quantity), DOC("How large; with PVC."))                            \
    F(T, TEXT, storage_class_name, "storageClassName", FORMAT(dns_subdomain), DOC("Which StorageClass; the cluster's default if not given."))
DECLARE_SCHEMA(model_storage, MODEL_STORAGE_FIELDS);

#define ENDPOINT_PICKER_FIELDS(F, T)                                                                                   \
    F(T, TEXT, service, "service", REQUIRED, MAX_LENGTH(63), FORMAT(dns_label), DOC("Name of its Service, in the environment's namespace.")) \
    F(T, INT, port, "port", DEFAULT("9002"), RANGE(1, 65535), DOC("Port of that Service."))                            \
    F(T, ENUM(picker_failure_mode), failure_mode, "failureMode", DEFAULT("FailClose"),                                 \
      DOC("What becomes of a request while it does not answer. FailClose: refused. FailOpen: any pod gets it."))
DECLARE_SCHEMA(endpoint_picker, ENDPOINT_PICKER_FIELDS);

#define INFERENCE_POOL_FIELDS(F, T)                                                                                    \
    F(T, OBJECT(endpoint_picker), endpoint_picker, "endpointPicker",                                                   \
      DOC("What chooses a pod for each request; before v1.6 of the Inference Extension a pool needs one. Its pods, and the Gateway's that uses the pool, need a NetworkPolicy of their own to reach the model's pods: an environment denies everything but its own gateway."))
DECLARE_SCHEMA(inference_pool, INFERENCE_POOL_FIELDS);

#define MODEL_SERVER_WORKLOAD_FIELDS(F, T)                                                                             \
    F(T, ENUM(model_engine), engine, "engine", REQUIRED,                                                               \
      DOC("What serves it. Custom needs an image: it listens on PORT (8080) and answers OpenAI's API under /v1; it is told MODEL_NAME, MODEL_URI, MODEL_REVISION and MODEL_PATH.")) \
    F(T, OBJECT(served_model), model, "model", REQUIRED, DOC("What is served."))                                       \
    F(T, TEXT, image, "image", MIN_LENGTH(1), MAX_LENGTH(512), DOC("Container image; the engine catalogue's if not given.")) \
    F(T, TEXTS, args, "args", MAX_ITEMS(128), MAX_LENGTH(1024), DOC("Arguments for the engine; Ollama takes none."))                      \
    F(T, LIST(env_variable), env, "env", LIST_KEYS("name"), MAX_ITEMS(128), DOC("Environment variables."))             \
    F(T, OBJECT(model_parallelism), parallelism, "parallelism", DOC("How one replica spreads over devices and pods.")) \
    F(T, OBJECT(model_storage), storage, "storage", DOC("Where its weights are kept."))                                \
    F(T, OBJECT(inference_pool), inference_pool, "inferencePool",                                                      \
      DOC("Its pods as an InferencePool, with its Service's name, for Gateways of other makers; needs the Gateway API Inference Extension in the cluster. What such a Gateway sends passes no policy and no limit."))
DECLARE_SCHEMA(model_server_workload, MODEL_SERVER_WORKLOAD_FIELDS);

#define AGENT_SANDBOX_FIELDS(F, T)                                                                                     \
    F(T, BOOL, enabled, "enabled", DEFAULT("true"), DOC("Runs apart from the node, as the runtime class can."))        \
    F(T, TEXT, runtime_class_name, "runtimeClassName", FORMAT(dns_subdomain), DOC("Such as gvisor or kata."))
DECLARE_SCHEMA(agent_sandbox, AGENT_SANDBOX_FIELDS);

#define AGENT_MEMORY_FIELDS(F, T)                                                                                      \
    F(T, TEXT, size, "size", MAX_LENGTH(32), FORMAT(quantity), REQUIRED, DOC("Room that survives a restart."))         \
    F(T, DURATION, retention, "retention", RANGE(1000, 31536000000), DOC("How long it is kept after the last run."))
DECLARE_SCHEMA(agent_memory, AGENT_MEMORY_FIELDS);

#define AGENT_WORKLOAD_FIELDS(F, T)                                                                                    \
    CONTAINER_FIELDS(F, T)                                                                                             \
    F(T, TEXT, entrypoint, "entrypoint", MAX_LENGTH(512), DOC("What the agent framework starts, such as app:agent: its variable WEIR_AGENT_ENTRYPOINT.")) \
    F(T, TEXTS, tools, "tools", SET, MAX_ITEMS(128), FORMAT(glob),                                                     \
      NOT_YET("no tool is kept from it: gateways do not carry tools in this version"), DOC("Tools it may use, as mcp:server/tool.")) \
    F(T, TEXTS, prompts, "prompts", SET, MAX_ITEMS(64), NOT_YET("there is no store of prompts in this version"),       \
      DOC("Stored prompts it uses, as name@version.")) \
    F(T, OBJECT(agent_sandbox), sandbox, "sandbox", DOC("How it is kept apart."))                                      \
    F(T, OBJECT(agent_memory), memory, "memory", NOT_YET("nothing is kept for it between runs in this version"),       \
      DOC("What it remembers between runs.")) \
    F(T, TEXT, schedule, "schedule", MAX_LENGTH(100), FORMAT(cron), DOC("Runs by the clock; always if not given."))
DECLARE_SCHEMA(agent_workload, AGENT_WORKLOAD_FIELDS);
/* clang-format on */
