/* What an environment is in a cluster: its namespace and what stands in it before any Deployment does. One
 * builder for each object; which of them there are is operator/reconcile's decision. */
#pragma once

#include "api/types/workspace.h"
#include "operator/objects/object_build.h"

/* What an environment has in the end: its own word, else spec.defaults', else the built-in one. */
struct environment_settings {
    int64_t min_replicas, max_replicas;      /* equal: no autoscaler */
    struct text_pair_list requests, limits;  /* of each gateway */
    const struct gateway_exposure *exposure; /* NULL: ClusterIP */
    const struct issuer_ref *issuer;         /* NULL: callers speak plain HTTP */
    enum network_egress egress;
    struct text_list allowed_cidrs, allowed_fqdns;
    enum pod_security pod_security;
    struct text_pair_list quota;             /* compute, its share of the workspace's; canonical */
    int64_t most_deployments, most_jobs;     /* FIELD_UNSET: as many as one likes */
    const struct quota_borrowing *borrowing; /* NULL: none */
    bool lends;
};

struct environment_site {
    struct arena *arena;
    struct object_owner owner;
    struct text namespace;
    enum tier tier;
    struct environment_settings settings;
    struct text operator_namespace, gateway_image, control_url;
    struct text ledger_url;       /* empty: there is none */
    bool serves_tls;              /* there is an issuer, and who carries its orders out */
    int64_t replicas;             /* FIELD_UNSET: an autoscaler has decided about them */
    int64_t certificate_revision; /* how often it was renewed; 0 and 1: the first */
    bool has_queue;               /* borrows by Kueue */
    bool has_pod_monitor;
};

struct document *environment_namespace_object(const struct environment_site *site);
/* NULL: nothing is bounded. */
struct document *environment_resource_quota(const struct environment_site *site);
struct document *environment_limit_range(const struct environment_site *site);
/* The members of one role; NULL: nobody has it here. */
struct document *environment_role_binding(const struct environment_site *site,
                                          const struct workspace_member_list *members, enum member_role role);

/* Nothing goes in or out but names' resolution, the gateway, and what the settings allow. */
struct document *environment_isolation(const struct environment_site *site);
/* What the gateway may do beyond that. */
struct document *environment_gateway_network(const struct environment_site *site);
/* Who comes in to workloads: the gateway to model servers, the operator to batches. */
struct document *environment_model_server_network(const struct environment_site *site);
struct document *environment_batch_network(const struct environment_site *site);

struct document *gateway_service_account(const struct environment_site *site);
/* apps/v1. */
struct document *gateway_deployment(const struct environment_site *site);
struct document *gateway_service(const struct environment_site *site);
struct document *gateway_autoscaler(const struct environment_site *site);        /* NULL: a fixed number */
struct document *gateway_disruption_budget(const struct environment_site *site); /* NULL: only one */
struct document *gateway_pod_monitor(const struct environment_site *site);
struct document *gateway_http_route(const struct environment_site *site);
struct document *gateway_certificate(const struct environment_site *site);
/* Holds a private key: for the cluster only, never to be printed. */
struct document *gateway_identity_secret(const struct environment_site *site, struct text certificate,
                                         struct text key, struct text authority);

/* Kueue. The flavor is one for the whole cluster: borrowing needs the same flavor on both sides. */
struct document *queue_flavor(struct arena *arena);
struct document *queue_cluster_queue(const struct environment_site *site);
struct document *queue_local_queue(const struct environment_site *site);

/* For the builders: an object of the environment's namespace, with its labels. */
struct document *environment_object(const struct environment_site *site, const char *api_version,
                                    const char *kind, const char *name);
