/* What a Deployment becomes in its environment's namespace: pods, what runs them and what finds them. One
 * builder for each object; which of them a Deployment gets is operator/reconcile's decision. */
#pragma once

#include "api/types/deployment.h"
#include "operator/objects/object_build.h"

struct error;

#define WORKLOAD_CONTAINER "workload" /* the one container of each pod that we make */
#define WORKLOAD_ADMIN_PORT 8081      /* of a Batch: how far it is */
#define WORKLOAD_SERVICE_PORT 8080    /* of a ModelServer's Service, whatever its engine listens on */

/* A Deployment and what its objects are made of beside it. */
struct workload {
    struct arena *arena;
    const struct deployment *deployment;
    struct object_owner owner;
    struct text namespace;
    struct text gateway_url;
    struct text tools_image; /* holds `weir batch` */
    struct text queue;       /* Kueue's LocalQueue for its jobs; empty: none */
    bool is_suspended;
};

/* A pod template, {metadata, spec}: the service account, the token, the gateway's address in the usual
 * variables, and what the restricted pod security level asks for. */
struct document *workload_pod_template(const struct workload *workload);
/* podPatches over a pod template; ERROR_INVALID says which one does not apply. */
MUST_CHECK bool workload_patch_pod(const struct workload *workload, const struct document *template,
                                   const struct document **out_template, struct error *err);

struct document *workload_service_account(const struct workload *workload);
/* apps/v1; replicas are left out when an autoscaler owns them. */
struct document *workload_deployment(const struct workload *workload, const struct document *template);
struct document *workload_autoscaler(const struct workload *workload);
struct document *workload_disruption_budget(const struct workload *workload);
/* NULL: it listens nowhere. */
struct document *workload_service(const struct workload *workload);
/* A ModelServer's pods for Gateways of other makers; NULL: not asked for. */
struct document *workload_inference_pool(const struct workload *workload);
/* Where a ModelServer keeps weights; NULL: nowhere that stays. */
struct document *workload_model_cache(const struct workload *workload);
/* batch/v1 and JobSet. `suspend` is only ever put as true: an absent one is also what Kueue may set. */
struct document *workload_job(const struct workload *workload, const struct document *template);
struct document *workload_cron_job(const struct workload *workload, const struct document *template);
struct document *workload_job_set(const struct workload *workload, const struct document *template);

/* Whether an autoscaler decides about its replicas, and what the spec says without one. */
bool workload_is_autoscaled(const struct workload *workload);
int64_t workload_replicas(const struct workload *workload);
bool workload_has_many_pods(const struct workload *workload); /* or may get them */
/* The cron schedule of a CronJob, Agent or Batch; empty: it has none. */
struct text workload_schedule(const struct deployment *deployment);
/* The host name of its Service: "<deployment>-w.<namespace>.svc". */
struct text workload_host(const struct workload *workload);
