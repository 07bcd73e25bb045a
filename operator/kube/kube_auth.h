/* Who we are at the API server: in a pod, or by kubeconfig. Tokens and CAs are read again as they rotate. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;
struct fetch_client;
struct kube_auth;
struct loop;

struct kube_auth_options {
    struct loop *loop;
    const char *kubeconfig;             /* NULL: $KUBECONFIG (a list), else ~/.kube/config unless in a pod */
    const char *context;                /* NULL: current-context */
    const char *service_account_folder; /* NULL: /var/run/secrets/kubernetes.io/serviceaccount */
};

/* Decides where the API server is and how to show who we are; says what is missing and what to do when
 * nothing is. */
MUST_CHECK bool kube_auth_open(struct arena *arena, const struct kube_auth_options *options,
                               struct kube_auth **out_auth, struct error *err);
/* "https://10.96.0.1:443" */
struct text kube_auth_server(const struct kube_auth *auth);
/* The context's namespace, or the pod's; empty: not said. */
struct text kube_auth_namespace(const struct kube_auth *auth);
/* on_ready comes from the loop, once: header is "Authorization: Bearer ...\n", impersonation lines or empty,
 * and the identity of the client is current; err when an exec plugin failed. Reads files at most once a
 * minute; runs a plugin when what it said has expired. */
typedef void (*kube_auth_fn)(void *owner, struct text headers, const struct error *err);
void kube_auth_get(struct arena *arena, struct kube_auth *auth, struct fetch_client *client,
                   kube_auth_fn on_ready, void *owner);
/* The server answered 401: what is remembered is not believed any more. */
void kube_auth_refused(struct kube_auth *auth);
