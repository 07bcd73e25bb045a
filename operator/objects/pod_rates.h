/* What a pod asked for and uses, read from Kubernetes' objects, and a sample made of both. Pure. */
#pragma once

#include "api/types/runtime_sample.h"

struct document;
struct error;

enum { POD_RATES_MOST_DEVICES = RUNTIME_MAX_AMOUNTS - 2, POD_USAGE_MOST_PODS = 20000 };

struct pod_device {
    struct text resource;
    int64_t count;
};

/* Of all its containers together. */
struct pod_rates {
    int64_t millicores, memory_bytes;
    struct pod_device devices[POD_RATES_MOST_DEVICES]; /* by the names they are asked for: nvidia.com/gpu */
    size_t device_count;
};

/* What its node has set aside for a running pod, by status.containerStatuses[].resources, which the cache
 * holds anyway and which follows a resize in place. Texts are in the document. False: it does not run. */
bool pod_rates_read(const struct document *pod, struct pod_rates *out_rates);

struct pod_usage {
    struct text pod;
    int64_t millicores, memory_bytes;
};
struct pod_usage_list {
    struct pod_usage *items;
    size_t count;
};

/* A PodMetricsList of metrics.k8s.io, at most POD_USAGE_MOST_PODS of it. ERROR_INVALID: it is none. */
MUST_CHECK bool
pod_usage_parse(struct arena *arena, struct text json, struct pod_usage_list *out_list, struct error *err);
/* NULL: nothing is said of this pod. */
const struct pod_usage *pod_usage_find(const struct pod_usage_list *list, struct text pod);

/* Sets told_by and the amounts of a sample whose span is set; usage NULL: nobody says what it used. What is
 * used of devices nobody says: one is used whole by who has it. */
void pod_sample_fill(struct arena *arena, const struct pod_rates *rates, const struct pod_usage *usage,
                     struct runtime_sample *sample);
