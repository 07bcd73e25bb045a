/* weir-operator --cluster: keeps a Kubernetes cluster as its Workspaces, ModelPolicies and Deployments say,
 * and the gateways in it. */
#pragma once

#include "lib/base/compiler.h"

#include <stdbool.h>

struct error;

struct cluster_options {
    const char *kubeconfig; /* NULL: the pod's credentials, else $KUBECONFIG, else ~/.kube/config */
    const char *context;    /* NULL: the kubeconfig's current one */
    const char *namespace;  /* the operator's own */
    const char *gateway_image, *tools_image;
    const char *control_listen; /* ADDRESS:PORT for gateways */
    const char *admin;          /* ADDRESS:PORT for health and metrics */
    const char *lease_name;
    const char *control_service; /* the Service without selector that gateways dial */
    const char *ledger_service; /* the Service of weir-api in our namespace; NULL: budgets are not in force */
    /* Who we are, from the pod's environment; NULL: this machine. */
    const char *pod_name, *pod_ip;
};

/* Runs until SIGTERM or SIGINT, which gives leadership back; false when it cannot start, or when gateways
 * cannot be served. */
MUST_CHECK bool cluster_operator_run(const struct cluster_options *options, struct error *err);
