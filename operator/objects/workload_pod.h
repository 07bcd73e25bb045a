/* The parts that builders of pods share. For operator/objects/workload*.c and model_engine*.c only. */
#pragma once

#include "operator/objects/workload.h"

/* A pod while it is built. */
struct pod_parts {
    const struct workload *workload;
    struct document *spec;
    struct document *container;
};

void pod_put_service(struct pod_parts *parts, const struct service_workload *service);
void pod_put_job(struct pod_parts *parts, const struct job_workload *job);
void pod_put_agent(struct pod_parts *parts, const struct agent_workload *agent);
void pod_put_model_server(struct pod_parts *parts, const struct model_server_workload *server);
void pod_put_batch(struct pod_parts *parts, const struct batch_workload *batch);

void pod_put_env(struct pod_parts *parts, struct text name, struct text value);
void pod_put_env_from_secret(struct pod_parts *parts, struct text name, const struct secret_ref *ref);
/* The user's variables, after ours were put: one of the same name replaces ours. */
void pod_put_user_env(struct pod_parts *parts, const struct env_variable_list *env);
void pod_put_arg(struct pod_parts *parts, struct text argument);
/* A volume and where the container sees it; the volume is returned to be given its source. */
struct document *
pod_add_volume(struct pod_parts *parts, const char *name, const char *path, bool is_read_only);
/* An HTTP probe; the port is a number. */
struct document *pod_put_probe(struct pod_parts *parts, const char *which, struct text path, int64_t port);
/* Whole seconds, rounded up, at least 1. */
int64_t seconds_of_ms(int64_t ms);
