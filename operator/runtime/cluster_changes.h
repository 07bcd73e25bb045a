/* From what changed in the cluster to the keys that want a pass. */
#pragma once

#include "operator/kube/kube_cache.h"

struct cluster_operator;
struct watched;

/* For watches_options.on_change. Before the first lists are whole nothing is woken. */
void cluster_note_change(void *owner, const struct watched *watched, enum kube_change change,
                         const struct kube_object *object);
