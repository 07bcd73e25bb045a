/* The API server's warnings ("299 - \"v1beta1 is deprecated\""), each once. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/base/text.h"

#define KUBE_WARNINGS_REMEMBERED 64

struct kube_warnings {
    uint64_t seen[KUBE_WARNINGS_REMEMBERED]; /* hashes; the oldest is forgotten first */
    size_t count;
};

/* The words of a Warning field that has not been seen; else empty. */
struct text kube_warning_take(struct arena *arena, struct kube_warnings *warnings, struct text header);
