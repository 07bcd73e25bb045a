/* The parts of a running cluster operator. For operator/runtime's own files only. */
#pragma once

#include "operator/control/control_server.h"
#include "operator/kube/kube_client.h"
#include "operator/reconcile/cluster_view.h"
#include "operator/runtime/api_trouble.h"
#include "operator/runtime/cluster_operator.h"
#include "operator/runtime/runtime_metrics.h"
#include "operator/runtime/watches.h"
#include "operator/runtime/workqueue.h"
#include "operator/runtime/workspace_record.h"

struct applied_book;
struct batch_poll;
struct cluster_book;
struct control_endpoint;
struct identities;
struct kube_auth;
struct kube_events;
struct kube_lease;
struct leadership;
struct loop_timer;
struct namespace_owners;
struct organisation;
struct pass;
struct pod_samples;
struct policy_pass;
struct secret_values;
struct workload_keys;

enum cluster_state {
    CLUSTER_STARTING,  /* the first lists are not whole */
    CLUSTER_FOLLOWING, /* another replica leads; the cache is warm */
    CLUSTER_LEADING,   /* this one applies, publishes and serves gateways */
    CLUSTER_STOPPING,  /* nothing new is begun */
};

struct cluster_operator {
    const struct cluster_options *options;
    struct arena *arena;
    struct loop *loop;
    struct metrics *metrics;
    struct runtime_metrics measured;
    struct kube_auth *auth;
    struct kube_client *client;
    struct kube_lease *lease;
    struct kube_events *events;
    struct watches *watches;
    struct namespace_owners *owners;
    struct organisation *organisation;
    struct secret_values *secrets;
    struct identities *identities;
    struct workload_keys *keys;
    struct batch_poll *batches;
    struct applied_book *book;
    struct cluster_book *budgets;
    struct pod_samples *samples;
    struct workqueue *queue;
    struct loop_timer *next; /* when the queue has something due */
    struct loop_timer *rest; /* when free memory is given back */
    struct map *records;     /* workspace -> struct workspace_record */
    struct control_server *control;
    struct control_endpoint *endpoint;
    struct cluster_facts facts;
    struct pass *passes; /* under way */
    struct policy_pass *policy_passes;
    size_t pass_count;            /* of both */
    int64_t told_retries;         /* of the queue, in metrics */
    int64_t edit_ms;              /* monotonic: when the last edit of a policy or a workspace was seen */
    int64_t led_since_ms;         /* monotonic: when leading began */
    struct api_trouble unreached; /* the Lease cannot be read or written: nobody can lead by it */
    struct api_trouble refused;   /* rights are missing: no write was let through since */
    enum cluster_state state;
    bool has_failed; /* to serve gateways */
    bool is_rest_due;
    bool has_passed; /* a pass of each workspace was carried out since leading began */
};

/* cluster_operator.c: a look at the queue soon. */
void cluster_wake(struct cluster_operator *op);
void cluster_add(struct cluster_operator *op, struct text key, enum workqueue_lane lane);
void cluster_add_all(struct cluster_operator *op, enum workqueue_lane lane);
void cluster_rest_soon(struct cluster_operator *op);
/* NULL when nothing is known of it. */
struct workspace_record *cluster_find_record(const struct cluster_operator *op, struct text workspace);
struct workspace_record *cluster_record(struct cluster_operator *op, struct text workspace);
