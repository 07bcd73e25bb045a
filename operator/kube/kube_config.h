/* Where an API server is and how to show who we are: what a kubeconfig's context or a pod's folder says.
 * Reads the kubeconfig files; those that they name are read again and again by kube_auth. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct document;
struct error;

#define KUBE_CONFIG_MOST_BYTES (4u << 20)
#define KUBE_CONFIG_MOST_FILES 32

/* Either the thing itself or the file that holds it, which is read again as it changes; or neither. */
struct kube_secret {
    struct text value;
    const char *file;
};

/* A program that prints an ExecCredential (client.authentication.k8s.io). */
struct kube_exec_plan {
    struct text api_version;
    const char *program;
    const char *const *arguments;   /* NULL-terminated, the program's name first */
    const char *const *environment; /* NULL-terminated "NAME=value": beside our own */
    struct text install_hint;
    bool wants_cluster; /* provideClusterInfo */
    int64_t time_limit_ms;
};

struct kube_config {
    struct text server; /* without a slash at the end */
    struct text namespace, server_name, proxy_url;
    bool is_insecure;
    struct kube_secret ca, certificate, key, token;
    struct text basic;                  /* "user:password" in base64 */
    struct text impersonation;          /* "Impersonate-User: ...\n" lines */
    const struct kube_exec_plan *exec;  /* NULL: none */
    const struct document *exec_config; /* what the cluster has to say to such a program; may be NULL */
};

/* Several kubeconfig files as one: the first that has a cluster, user or context of some name, or names the
 * current context, wins. Those that are not there are left out, unless none is. context NULL: the current. */
MUST_CHECK bool kube_config_read(struct arena *arena, const struct text_list *files, const char *context,
                                 struct kube_config *out_config, struct error *err);
/* The text of one that was read already. */
struct kube_config_source {
    struct text yaml;
    const char *path;
};
MUST_CHECK bool kube_config_parse(struct arena *arena, const struct kube_config_source *source,
                                  const char *context, struct kube_config *out_config, struct error *err);
/* In a pod: KUBERNETES_SERVICE_HOST and _PORT, and the mounted folder. */
MUST_CHECK bool kube_config_of_pod(struct arena *arena, const char *folder, struct kube_config *out_config,
                                   struct error *err);
