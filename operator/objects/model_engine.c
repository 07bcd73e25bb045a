/* One row and one function an engine. Versions are pinned: another one is the user's choice, as `image`. */
#include "operator/objects/model_engine.h"

#include "lib/base/arena.h"

static struct text weights_of(struct arena *arena, struct text uri, const char *hugging_face_prefix);
static void put_arg_pair(struct pod_parts *parts, const char *option, struct text value);
static void put_arg_and_value(struct pod_parts *parts, const char *option, struct text value);
static void put_arg_number(struct pod_parts *parts, const char *option, int64_t value);
static void put_revision(struct pod_parts *parts, const struct served_model *model);

/* What images start by themselves differs between versions, and so does where it takes its model. */
static void
put_vllm(struct pod_parts *parts, const struct model_server_workload *server, struct text name)
{
    struct arena *arena = parts->workload->arena;
    object_put_one_text(parts->container, "command", TEXT("vllm"));
    object_put_one_text(parts->container, "command", TEXT("serve"));
    pod_put_arg(parts, weights_of(arena, server->model.uri, ""));
    put_arg_pair(parts, "--served-model-name", name);
    put_arg_pair(parts, "--port", TEXT("8000"));
    put_revision(parts, &server->model);
    put_arg_number(parts, "--tensor-parallel-size", server->parallelism.tensor);
    put_arg_number(parts, "--pipeline-parallel-size", server->parallelism.pipeline);
    const struct model_adapter_list *adapters = &server->model.adapters;
    if (adapters->count > 0) {
        pod_put_arg(parts, TEXT("--enable-lora"));
        pod_put_arg(parts, TEXT("--lora-modules"));
    }
    for (size_t i = 0; i < adapters->count; i++) {
        struct text path = weights_of(arena, adapters->items[i].uri, "");
        pod_put_arg(parts,
                    text_format(arena, "%.*s=%.*s", TEXT_ARG(adapters->items[i].name), TEXT_ARG(path)));
    }
}

static void
put_sglang(struct pod_parts *parts, const struct model_server_workload *server, struct text name)
{
    object_put_one_text(parts->container, "command", TEXT("python3"));
    object_put_one_text(parts->container, "command", TEXT("-m"));
    object_put_one_text(parts->container, "command", TEXT("sglang.launch_server"));
    put_arg_pair(parts, "--model-path", weights_of(parts->workload->arena, server->model.uri, ""));
    put_arg_pair(parts, "--served-model-name", name);
    put_arg_pair(parts, "--host", TEXT("0.0.0.0"));
    put_arg_pair(parts, "--port", TEXT("30000"));
    put_revision(parts, &server->model);
    put_arg_number(parts, "--tp-size", server->parallelism.tensor);
    put_arg_number(parts, "--pp-size", server->parallelism.pipeline);
}

/* It answers to any model name. */
static void
put_tgi(struct pod_parts *parts, const struct model_server_workload *server, struct text name)
{
    (void)name;
    put_arg_pair(parts, "--model-id", weights_of(parts->workload->arena, server->model.uri, ""));
    put_arg_pair(parts, "--port", TEXT("8080"));
    put_revision(parts, &server->model);
    put_arg_number(parts, "--num-shard", server->parallelism.tensor);
}

/* Its parser knows no "--option=value". */
static void
put_llama_cpp(struct pod_parts *parts, const struct model_server_workload *server, struct text name)
{
    struct text uri = server->model.uri;
    const char *option = text_starts_with(uri, TEXT("hf://"))      ? "--hf-repo"
                         : text_starts_with(uri, TEXT("https://")) ? "--model-url"
                                                                   : "--model";
    put_arg_and_value(parts, option, weights_of(parts->workload->arena, uri, ""));
    put_arg_and_value(parts, "--alias", name);
    put_arg_and_value(parts, "--host", TEXT("0.0.0.0"));
    put_arg_and_value(parts, "--port", TEXT("8080"));
    pod_put_env(parts, TEXT("LLAMA_CACHE"), TEXT(MODEL_CACHE_FOLDER));
}

/* It serves before it has a model, and loads one at its first call. So the model is fetched and loaded first,
 * and gets the name that probes ask for last. A model without completions (of embeddings) cannot be loaded by
 * command. The shell is process 1: signals reach the server only through it, and it sees them only while it
 * waits. */
static void
put_ollama(struct pod_parts *parts, const struct model_server_workload *server, struct text name)
{
    static const char script[] =
        "step() { \"$@\" & wait $! || exit 1; }\n"
        "from_file() {\n"
        "[ -e \"$1\" ] || { echo \"there are no weights at $1\" >&2; return 1; }\n"
        "echo \"FROM $1\" | ollama create weights -f /dev/stdin\n"
        "}\n"
        "ollama serve & server=$!\n"
        "trap 'kill $server; wait $server; exit 0' TERM\n"
        "until ollama list >/dev/null 2>&1; do kill -0 $server || exit 1; sleep 1; done\n"
        "case $1 in\n"
        "/*) model=weights; step from_file \"$1\" ;;\n"
        "*) model=$1; step ollama pull \"$1\" ;;\n"
        "esac\n"
        "if ollama show \"$model\" | grep -qx ' *completion *'; then step ollama run \"$model\"; fi\n"
        "[ \"$model\" = \"$2\" ] || step ollama cp \"$model\" \"$2\"\n"
        "wait $server\n";
    struct document *container = parts->container;
    struct text model = weights_of(parts->workload->arena, server->model.uri, "hf.co/");
    struct text_list command = {
        .items = (struct text[]){TEXT("/bin/sh"), TEXT("-c"), text_of(script), TEXT("ollama"), model, name},
        .count = 6};
    object_put_texts(container, "command", &command);
    pod_put_env(parts, TEXT("OLLAMA_HOST"), TEXT("0.0.0.0:11434"));
    pod_put_env(parts, TEXT("OLLAMA_MODELS"), TEXT(MODEL_CACHE_FOLDER));
    pod_put_env(parts, TEXT("OLLAMA_KEEP_ALIVE"), TEXT("-1")); /* or it unloads the model after 5 minutes */
    struct text_list question = {.items = (struct text[]){TEXT("ollama"), TEXT("show"), name}, .count = 3};
    object_put_texts(container, "readinessProbe.exec.command", &question);
    object_put_texts(container, "startupProbe.exec.command", &question);
}

/* The user's server: it is told in variables, and answers OpenAI's API on PORT. */
static void
put_custom(struct pod_parts *parts, const struct model_server_workload *server, struct text name)
{
    pod_put_env(parts, TEXT("MODEL_URI"), server->model.uri);
    pod_put_env(parts, TEXT("MODEL_NAME"), name);
    pod_put_env(parts, TEXT("MODEL_REVISION"), server->model.revision);
    pod_put_env(parts, TEXT("MODEL_PATH"), weights_of(parts->workload->arena, server->model.uri, ""));
    pod_put_env(parts, TEXT("PORT"), TEXT("8080"));
}

#define TAKES_OF_ALL (TAKES_ARGS | TAKES_REVISION | TAKES_KEY)

/* clang-format off */
static const struct engine_entry engines[] = {
    [MODEL_ENGINE_VLLM] = {"vllm/vllm-openai:v0.11.0", 8000, "/health", true, "hf:// pvc://",
                           TAKES_OF_ALL | TAKES_TENSOR | TAKES_PIPELINE | TAKES_ADAPTERS, put_vllm},
    [MODEL_ENGINE_SGLANG] = {"lmsysorg/sglang:v0.5.3", 30000, "/health", true, "hf:// pvc://",
                             TAKES_OF_ALL | TAKES_TENSOR | TAKES_PIPELINE, put_sglang},
    [MODEL_ENGINE_TGI] = {"ghcr.io/huggingface/text-generation-inference:3.3.5", 8080, "/health", true,
                          "hf:// pvc://", TAKES_OF_ALL | TAKES_TENSOR, put_tgi},
    [MODEL_ENGINE_LLAMA_CPP] = {"ghcr.io/ggml-org/llama.cpp:server", 8080, "/health", false,
                                "hf:// pvc:// https://", TAKES_ARGS | TAKES_KEY, put_llama_cpp},
    [MODEL_ENGINE_OLLAMA] = {"ollama/ollama:0.12.3", 11434, NULL, false, "hf:// pvc:// ollama://", 0, put_ollama},
    [MODEL_ENGINE_CUSTOM] = {NULL, 8080, "/v1/models", false, "hf:// pvc:// https:// s3:// oci://", TAKES_OF_ALL,
                             put_custom},
};
/* clang-format on */

const struct engine_entry *
engine_find(enum model_engine engine)
{
    return &engines[engine];
}

/* "hf://org/name" as "org/name" after the prefix, "pvc://claim/path" as the path where it is mounted, others
 * as they are but for a scheme of the engine's own. */
static struct text
weights_of(struct arena *arena, struct text uri, const char *hugging_face_prefix)
{
    struct text claim, path;
    if (claim_uri_parse(uri, &claim, &path))
        return text_format(arena, MODEL_CLAIM_FOLDER "/%.*s", TEXT_ARG(path));
    if (text_starts_with(uri, TEXT("hf://")))
        return text_format(arena, "%s%.*s", hugging_face_prefix, TEXT_ARG(text_slice(uri, 5, uri.length)));
    if (text_starts_with(uri, TEXT("ollama://")))
        return text_slice(uri, 9, uri.length);
    return uri;
}

static void
put_arg_pair(struct pod_parts *parts, const char *option, struct text value)
{
    pod_put_arg(parts, text_format(parts->workload->arena, "%s=%.*s", option, TEXT_ARG(value)));
}

static void
put_arg_and_value(struct pod_parts *parts, const char *option, struct text value)
{
    pod_put_arg(parts, text_of(option));
    pod_put_arg(parts, value);
}

static void
put_arg_number(struct pod_parts *parts, const char *option, int64_t value)
{
    if (value > 1)
        pod_put_arg(parts, text_format(parts->workload->arena, "%s=%lld", option, (long long)value));
}

static void
put_revision(struct pod_parts *parts, const struct served_model *model)
{
    if (text_starts_with(model->uri, TEXT("hf://")))
        put_arg_pair(parts, "--revision", model->revision);
}
