/* How far running Batches are: asks their pods every few seconds, tells when a whole percent more is done. */
#pragma once

#include "operator/kube/kube_cache.h"
#include "operator/reconcile/cluster_view.h"

struct arena;
struct batch_poll;
struct loop;

struct batch_poll_options {
    struct loop *loop;
    void (*on_change)(void *owner, struct text namespace);
    void *owner;
};

struct batch_poll *batch_poll_new(struct arena *arena, const struct batch_poll_options *options);
/* Each change of a pod: those of Batches that run are asked from now on. */
void batch_poll_note_pod(struct batch_poll *poll, enum kube_change change, const struct kube_object *pod);
/* Of these namespaces. */
struct batch_progress_list
batch_poll_progress(struct arena *arena, const struct batch_poll *poll, const struct text_list *namespaces);
