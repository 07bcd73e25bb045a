/* What a pass over one workspace may look at in a cluster, beside its policies: what the cluster can, what
 * exists, what gateways say. Made by operator/runtime from its cache; decisions depend on nothing else. */
#pragma once

#include "operator/objects/desired.h"
#include "operator/reconcile/status.h"

/* The same for all workspaces. */
struct cluster_facts {
    struct text operator_namespace; /* weir-system */
    struct text gateway_image, tools_image;
    struct text control_url; /* wss://weir-operator-control.weir-system.svc:8443 */
    struct text ledger_url;  /* wss://weir-api.weir-system.svc:8444; empty: there is no ledger */
    /* Which optional APIs the cluster serves. */
    bool has_cert_manager, has_kueue, has_http_route, has_pod_monitor, has_inference_pool, has_job_set,
        has_leader_worker_set;
};

/* What a gateway shows the operator, as PEM; made by the shell, because keys are random. */
struct gateway_identity {
    struct text namespace;
    struct text certificate, key, authority;
};

struct gateway_identity_list {
    struct gateway_identity *items;
    size_t count;
};

/* How far a running Batch is, as its pod says. */
struct batch_progress {
    struct text namespace, deployment;
    int64_t total, succeeded, failed; /* lines; total 0: not counted yet */
};

struct batch_progress_list {
    struct batch_progress *items;
    size_t count;
};

/* An answer of the API server that kept an object of ours from being as it should: shown in its parent's
 * condition. */
struct refused_object {
    struct text kind, namespace, name;
    struct text reason, message; /* Forbidden, Invalid ...; the server's words */
};

struct refused_object_list {
    struct refused_object *items;
    size_t count;
};

struct cluster_view {
    const struct cluster_facts *facts;
    struct reconcile_view
        base; /* this workspace, the policies of weir-system, whatever is in its namespaces */
    struct observed_objects observed;
    struct gateway_report_list gateways;
    struct gateway_identity_list identities;
    struct batch_progress_list batches;
    struct refused_object_list refused;
    struct text undeclared; /* why the ledger does not take what the workspace declares; empty: it does */
    int64_t now_unix_ms;    /* deadlines of approvals and deletions */
};
