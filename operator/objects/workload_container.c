/* The container of a pod, and what users' own images have in common. */
#include "lib/base/arena.h"
#include "operator/objects/workload_pod.h"

/* CONTAINER_FIELDS of whichever type. */
struct container_fields {
    struct text image;
    const struct text_list *command, *args;
    const struct env_variable_list *env;
    const struct env_source_list *env_from;
};

static void put_container(struct pod_parts *parts, const struct container_fields *fields);
static void put_env_sources(struct pod_parts *parts, const struct env_source_list *sources);
static void put_user_probe(struct pod_parts *parts, const char *which, const struct container_probe *probe);
static void put_variable(struct pod_parts *parts, struct document *variable);

void
pod_put_service(struct pod_parts *parts, const struct service_workload *service)
{
    put_container(parts, &(struct container_fields){.image = service->image,
                                                    .command = &service->command,
                                                    .args = &service->args,
                                                    .env = &service->env,
                                                    .env_from = &service->env_from});
    for (size_t i = 0; i < service->ports.count; i++) {
        struct document *port = object_append_named(parts->container, "ports", service->ports.items[i].name);
        object_put_int(port, "containerPort", service->ports.items[i].port);
    }
    put_user_probe(parts, "startupProbe", &service->probes.startup);
    put_user_probe(parts, "readinessProbe", &service->probes.readiness);
    put_user_probe(parts, "livenessProbe", &service->probes.liveness);
}

void
pod_put_job(struct pod_parts *parts, const struct job_workload *job)
{
    put_container(parts, &(struct container_fields){.image = job->image,
                                                    .command = &job->command,
                                                    .args = &job->args,
                                                    .env = &job->env,
                                                    .env_from = &job->env_from});
}

void
pod_put_agent(struct pod_parts *parts, const struct agent_workload *agent)
{
    if (!text_is_empty(agent->entrypoint))
        pod_put_env(parts, TEXT("WEIR_AGENT_ENTRYPOINT"), agent->entrypoint);
    put_container(parts, &(struct container_fields){.image = agent->image,
                                                    .command = &agent->command,
                                                    .args = &agent->args,
                                                    .env = &agent->env,
                                                    .env_from = &agent->env_from});
    if (agent->sandbox.source && agent->sandbox.enabled)
        object_put_text(parts->spec, "runtimeClassName", agent->sandbox.runtime_class_name);
}

static void
put_container(struct pod_parts *parts, const struct container_fields *fields)
{
    object_put_text(parts->container, "image", fields->image);
    object_put_texts(parts->container, "command", fields->command);
    object_put_texts(parts->container, "args", fields->args);
    pod_put_user_env(parts, fields->env);
    put_env_sources(parts, fields->env_from);
}

static void
put_env_sources(struct pod_parts *parts, const struct env_source_list *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        const struct env_source *source = &sources->items[i];
        struct document *made = object_append(parts->container, "envFrom");
        if (!text_is_empty(source->secret))
            object_put_text(made, "secretRef.name", source->secret);
        else
            object_put_text(made, "configMapRef.name", source->config_map);
    }
}

static void
put_user_probe(struct pod_parts *parts, const char *which, const struct container_probe *probe)
{
    if (!probe->source)
        return;
    struct document *made = pod_put_probe(parts, which, probe->path, probe->port);
    object_put_int(made, "periodSeconds", seconds_of_ms(probe->period));
    object_put_int(made, "failureThreshold", probe->failures);
}

struct document *
pod_put_probe(struct pod_parts *parts, const char *which, struct text path, int64_t port)
{
    struct document *probe = object_at(parts->container, which);
    object_put_text(probe, "httpGet.path", path);
    object_put_int(probe, "httpGet.port", port);
    return probe;
}

void
pod_put_user_env(struct pod_parts *parts, const struct env_variable_list *env)
{
    for (size_t i = 0; i < env->count; i++) {
        const struct env_variable *variable = &env->items[i];
        if (variable->secret_ref.source)
            pod_put_env_from_secret(parts, variable->name, &variable->secret_ref);
        else
            pod_put_env(parts, variable->name, variable->value);
    }
}

void
pod_put_env(struct pod_parts *parts, struct text name, struct text value)
{
    struct document *variable = document_new_map(parts->workload->arena);
    object_put_text(variable, "name", name);
    object_put_text(variable, "value", value);
    put_variable(parts, variable);
}

void
pod_put_env_from_secret(struct pod_parts *parts, struct text name, const struct secret_ref *ref)
{
    struct document *variable = document_new_map(parts->workload->arena);
    object_put_text(variable, "name", name);
    object_put_text(variable, "valueFrom.secretKeyRef.name", ref->name);
    object_put_text(variable, "valueFrom.secretKeyRef.key", ref->key);
    put_variable(parts, variable);
}

/* In place of the one of its name, which keeps its rank: later variables may refer to it. */
static void
put_variable(struct pod_parts *parts, struct document *variable)
{
    const struct document *env = document_find(parts->container, TEXT("env"));
    struct document *list = document_new_list(parts->workload->arena);
    struct text name = document_text(document_find(variable, TEXT("name")));
    bool is_put = false;
    for (size_t i = 0; i < document_count(env); i++) {
        const struct document *other = document_at(env, i);
        bool is_twin = text_equals(document_text(document_find(other, TEXT("name"))), name);
        document_append(list, is_twin ? variable : other);
        is_put = is_put || is_twin;
    }
    if (!is_put)
        document_append(list, variable);
    object_put(parts->container, "env", list);
}

void
pod_put_arg(struct pod_parts *parts, struct text argument)
{
    object_put_one_text(parts->container, "args", argument);
}

struct document *
pod_add_volume(struct pod_parts *parts, const char *name, const char *path, bool is_read_only)
{
    struct document *mount = object_append_named(parts->container, "volumeMounts", text_of(name));
    object_put_text(mount, "mountPath", text_of(path));
    if (is_read_only)
        object_put_bool(mount, "readOnly", true);
    return object_append_named(parts->spec, "volumes", text_of(name));
}

int64_t
seconds_of_ms(int64_t ms)
{
    return ms <= 1000 ? 1 : (ms + 999) / 1000;
}
