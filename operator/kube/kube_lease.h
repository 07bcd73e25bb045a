/* Who leads: a coordination.k8s.io/v1 Lease, by client-go's rules (reference/kubernetes.md 1.9), with the
 * epoch that fences what a leader of yesterday might still send. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/text.h"

struct arena;
struct error;
struct kube_client;
struct kube_lease;
struct loop;

#define KUBE_LEASE_MS 15000
#define KUBE_RENEW_DEADLINE_MS 10000
#define KUBE_RETRY_MS 2000

struct kube_lease_options {
    struct loop *loop;
    struct kube_client *client;
    struct text namespace, name;
    struct text identity; /* pod name and a random part */
    void (*on_leading)(void *owner,
                       int64_t epoch); /* epoch = leaseTransitions + 1: grows with each new leader */
    void (*on_lost)(void *owner);      /* too late to renew, or somebody else took it: stop at once */
    /* The Lease cannot be read or written (forbidden, unreachable): at each failure; kind ERROR_NONE once
     * that is over. NULL is fine. */
    void (*on_trouble)(void *owner, const struct error *trouble);
    void *owner;
};

struct kube_lease *kube_lease_start(struct arena *arena, const struct kube_lease_options *options);
/* True while we lead and the renew deadline has not passed by the clock of right now (clock_gettime, not the
 * loop's: the process may have been stopped). */
bool kube_lease_is_held(const struct kube_lease *lease);
int64_t kube_lease_epoch(const struct kube_lease *lease); /* of whoever leads, as last seen; 0: nobody seen */
/* Gives it back so that another can lead at once; on_released comes when that is done or has failed. */
void kube_lease_release(struct kube_lease *lease, void (*on_released)(void *owner), void *owner);
