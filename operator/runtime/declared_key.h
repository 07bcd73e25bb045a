/* What a workspace's declaration is made of, as one number: while it stays, so does the declaration. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/base/text.h"

struct kube_object;
struct kube_table;
struct plan;

struct declared_parts {
    const struct kube_object *workspace; /* NULL: it is not there */
    const struct kube_table *policies, *deployments;
    struct text_list namespaces; /* whose policies and Deployments are the workspace's */
    const struct plan *plan;
    size_t broken_count; /* objects that could not be read */
};

/* Of who each object is and what it says (kube_object.digest, so a status changes nothing), of each
 * environment's config, which has all that policies of elsewhere do to callers, prices and limits, and of
 * what is held or could not be read. Never 0. Looks at each object's number, at none of its bytes. */
uint64_t declared_key(const struct declared_parts *parts);
