/* Runs a credential plugin: no shell, a time limit, a bound on what it prints. Its stderr is ours, so that a
 * person reads what it has to say. */
#pragma once

#include "operator/kube/kube_credential.h"

struct kube_exec;
struct loop;

#define KUBE_EXEC_MOST_BYTES (1u << 20)

struct kube_exec_events {
    /* Once, from the loop; credential is NULL when err says why. Both end with the run's arena. */
    void (*on_done)(void *owner, const struct kube_credential *credential, const struct error *err);
    void *owner;
};

/* question is KUBERNETES_EXEC_INFO. The end of the arena kills the program. */
struct kube_exec *kube_exec_start(struct arena *arena, struct loop *loop, const struct kube_exec_plan *plan,
                                  struct text question, const struct kube_exec_events *events);
