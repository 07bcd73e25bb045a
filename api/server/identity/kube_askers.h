/* Whoever shows a token that a Kubernetes API server knows, and what he may see: what is of the Workspaces
 * that he may get, or everything if he may list them. Answers are believed for KUBE_ASKERS_KEEP_MS. */
#pragma once

#include "api/server/rest/rest_identity.h"

struct kube_askers;
struct ledger;
struct loop;

#define KUBE_ASKERS_KEEP_MS 30000

struct kube_askers_options {
    struct loop *loop;
    struct ledger *ledger; /* knows which Workspaces there is anything of */
    struct text server;    /* "https://10.96.0.1:443" */
    const char *account;   /* the folder of our ServiceAccount's token and ca.crt */
};

MUST_CHECK bool kube_askers_open(struct arena *arena, const struct kube_askers_options *options,
                                 struct kube_askers **out_askers, struct error *err);
struct rest_authenticator kube_askers_way(struct kube_askers *askers);
