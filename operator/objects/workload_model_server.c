/* The pod of a ModelServer: the engine's row of the catalogue, made a container. */
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "operator/objects/model_engine.h"
#include "operator/objects/names.h"
#include "operator/objects/quantity.h"

#define ENGINE_USER 1000 /* images of engines run as root unless told otherwise */
#define PROBE_SECONDS 10
#define SERVER_PATH "spec.workload.modelServer."

static void put_user(struct pod_parts *parts, const struct model_server_workload *server);
static void put_probes(struct pod_parts *parts, const struct engine_entry *engine);
static void put_volumes(struct pod_parts *parts, const struct model_server_workload *server,
                        const struct engine_entry *engine);
static bool
check_takes(const struct model_server_workload *server, const struct engine_entry *engine, struct error *err);
static bool takes_uri(const struct engine_entry *engine, struct text uri);

void
pod_put_model_server(struct pod_parts *parts, const struct model_server_workload *server)
{
    const struct engine_entry *engine = engine_find(server->engine);
    object_put_text(parts->container, "image",
                    text_is_empty(server->image) ? text_of(engine->image) : server->image);
    struct document *port = object_append_named(parts->container, "ports", TEXT("http"));
    object_put_int(port, "containerPort", engine->port);
    put_user(parts, server);
    put_volumes(parts, server, engine);
    pod_put_env(parts, TEXT("HF_HOME"), TEXT(MODEL_CACHE_FOLDER));
    if (server->model.credentials_ref.source)
        pod_put_env_from_secret(parts, TEXT("HF_TOKEN"), &server->model.credentials_ref);
    engine->put(parts, server, model_server_model(parts->workload->deployment));
    object_put_texts(parts->container, "args", &server->args);
    pod_put_user_env(parts, &server->env);
    put_probes(parts, engine);
}

struct text
model_server_model(const struct deployment *deployment)
{
    struct text name = deployment->spec.workload.model_server.model.name;
    return text_is_empty(name) ? deployment->metadata.name : name;
}

/* The group lets it write to its claim; the names are for libraries that look up who they are. */
static void
put_user(struct pod_parts *parts, const struct model_server_workload *server)
{
    object_put_int(parts->spec, "securityContext.fsGroup", ENGINE_USER);
    pod_put_env(parts, TEXT("HOME"), TEXT(MODEL_CACHE_FOLDER));
    if (server->engine == MODEL_ENGINE_CUSTOM)
        return;
    object_put_int(parts->spec, "securityContext.runAsUser", ENGINE_USER);
    pod_put_env(parts, TEXT("USER"), TEXT("weir"));
}

/* Weights take minutes to come and to load: the start has as long as the rollout. */
static void
put_probes(struct pod_parts *parts, const struct engine_entry *engine)
{
    static const char *const probes[] = {"startupProbe", "readinessProbe", "livenessProbe"};
    int64_t start_seconds = seconds_of_ms(parts->workload->deployment->spec.rollout.progress_deadline);
    for (size_t i = 0; i < COUNT_OF(probes) && engine->health_path; i++)
        pod_put_probe(parts, probes[i], text_of(engine->health_path), engine->port);
    object_put_int(parts->container, "startupProbe.periodSeconds", PROBE_SECONDS);
    object_put_int(parts->container, "startupProbe.failureThreshold",
                   (start_seconds + PROBE_SECONDS - 1) / PROBE_SECONDS);
    object_put_int(parts->container, "startupProbe.timeoutSeconds", 5); /* a command is slow on a busy node */
    object_put_int(parts->container, "readinessProbe.timeoutSeconds", 5);
    if (engine->health_path) {
        object_put_int(parts->container, "livenessProbe.periodSeconds", PROBE_SECONDS);
        object_put_int(parts->container, "livenessProbe.timeoutSeconds", PROBE_SECONDS);
        object_put_int(parts->container, "livenessProbe.failureThreshold", 6);
    }
}

static void
put_volumes(struct pod_parts *parts, const struct model_server_workload *server,
            const struct engine_entry *engine)
{
    struct document *cache = pod_add_volume(parts, "cache", MODEL_CACHE_FOLDER, false);
    if (server->storage.cache == MODEL_CACHE_PVC)
        object_put_text(cache, "persistentVolumeClaim.claimName",
                        names_workload(parts->workload->arena, parts->workload->deployment->metadata.name));
    else
        object_at(cache, "emptyDir");
    if (engine->has_shared_memory)
        object_put_text(pod_add_volume(parts, "shared-memory", "/dev/shm", false), "emptyDir.medium",
                        TEXT("Memory"));
    struct text claim, path;
    if (claim_uri_parse(server->model.uri, &claim, &path))
        object_put_text(pod_add_volume(parts, "models", MODEL_CLAIM_FOLDER, true),
                        "persistentVolumeClaim.claimName", claim);
}

bool
model_server_check(const struct deployment *deployment, struct error *err)
{
    const struct model_server_workload *server = &deployment->spec.workload.model_server;
    const struct engine_entry *engine = engine_find(server->engine);
    if (!takes_uri(engine, server->model.uri))
        return error_set(
            err, ERROR_INVALID,
            SERVER_PATH "model.uri: engine %s cannot take weights from \"%.*s\" in this version; it takes %s",
            model_engine_names[server->engine], TEXT_ARG(server->model.uri), engine->uri_schemes);
    if (server->parallelism.nodes > 1)
        return error_set(err, ERROR_INVALID,
                         SERVER_PATH "parallelism.nodes: a replica over several pods needs LeaderWorkerSet, "
                                     "which this version does not make; use nodes: 1 on a larger node");
    if (!check_takes(server, engine, err))
        return false;
    for (size_t i = 0; i < server->model.adapters.count; i++)
        if (!text_starts_with(server->model.adapters.items[i].uri, TEXT("hf://")))
            return error_set(err, ERROR_INVALID,
                             SERVER_PATH "model.adapters[%zu].uri: adapters come from hf://", i);
    return true;
}

/* "main" is what is asked for when nothing is. */
static bool
check_takes(const struct model_server_workload *server, const struct engine_entry *engine, struct error *err)
{
    const struct {
        bool is_asked;
        unsigned needs;
        const char *field, *advice;
    } rows[] = {
        {server->args.count > 0, TAKES_ARGS, "args", "takes no arguments; use env"},
        {!text_equals(server->model.revision, TEXT("main")), TAKES_REVISION, "model.revision",
         "cannot be told a revision; use pvc:// with the weights of that revision"},
        {server->model.credentials_ref.source != NULL, TAKES_KEY, "model.credentialsRef",
         "fetches without a key; use pvc:// with weights that were fetched before"},
        {server->parallelism.tensor > 1, TAKES_TENSOR, "parallelism.tensor",
         "is not told it; use the engine's own args or env"},
        {server->parallelism.pipeline > 1, TAKES_PIPELINE, "parallelism.pipeline",
         "is not told it; use the engine's own args or env"},
        {server->model.adapters.count > 0, TAKES_ADAPTERS, "model.adapters",
         "serves no adapters; only vLLM does"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].is_asked && !(engine->takes & rows[i].needs))
            return error_set(err, ERROR_INVALID, SERVER_PATH "%s: engine %s %s", rows[i].field,
                             model_engine_names[server->engine], rows[i].advice);
    return true;
}

static bool
takes_uri(const struct engine_entry *engine, struct text uri)
{
    ptrdiff_t colon = text_find(uri, TEXT("://"));
    if (colon <= 0)
        return false;
    struct text scheme = text_slice(uri, 0, (size_t)colon + 3), claim, path;
    if (text_equals(scheme, TEXT("pvc://")) && !claim_uri_parse(uri, &claim, &path))
        return false;
    return text_find(text_of(engine->uri_schemes), scheme) >= 0;
}

bool
claim_uri_parse(struct text uri, struct text *out_claim, struct text *out_path)
{
    if (!text_starts_with(uri, TEXT("pvc://")))
        return false;
    struct text rest = text_slice(uri, 6, uri.length), claim = text_cut(&rest, '/');
    if (text_is_empty(claim) || text_find(rest, TEXT("..")) >= 0)
        return false;
    *out_claim = claim;
    *out_path = rest;
    return true;
}

struct document *
workload_model_cache(const struct workload *workload)
{
    const struct deployment *deployment = workload->deployment;
    const struct model_storage *storage = &deployment->spec.workload.model_server.storage;
    if (deployment->spec.type != DEPLOYMENT_MODEL_SERVER || storage->cache != MODEL_CACHE_PVC)
        return NULL;
    struct document *claim = object_new(workload->arena, "v1", "PersistentVolumeClaim", workload->namespace,
                                        names_workload(workload->arena, deployment->metadata.name));
    object_set_owner(claim, &workload->owner);
    object_put_one_text(claim, "spec.accessModes",
                        workload_has_many_pods(workload) ? TEXT("ReadWriteMany") : TEXT("ReadWriteOnce"));
    object_put_text(claim, "spec.resources.requests.storage",
                    quantity_canonical(workload->arena, storage->size));
    if (!text_is_empty(storage->storage_class_name))
        object_put_text(claim, "spec.storageClassName", storage->storage_class_name);
    return claim;
}
