/* One line of a watch (reference: Kubernetes API, WatchEvent) and the two kinds of objects in it that are not
 * the resource's own: bookmarks and Status. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;

enum kube_line_type {
    KUBE_LINE_ADDED,
    KUBE_LINE_MODIFIED,
    KUBE_LINE_DELETED,
    KUBE_LINE_BOOKMARK,
    KUBE_LINE_ERROR,
    KUBE_LINE_OTHER, /* a type of a later Kubernetes: passed over */
};

/* object is where it lies in the line. */
MUST_CHECK bool
kube_scan_event(struct text line, enum kube_line_type *out_type, struct text *out_object, struct error *err);

struct kube_bookmark {
    struct text version;
    bool is_initial_end; /* all that was there at the start has been sent */
};
MUST_CHECK bool
kube_scan_bookmark(struct arena *scratch, struct text object, struct kube_bookmark *out, struct error *err);

/* A Status object; what it does not say is empty or 0, also when it is none. */
struct kube_status {
    int64_t code;
    struct text reason, message;
    int64_t retry_after_ms;
    bool is_too_new; /* this server has not seen the version that was asked for (yet) */
};
void kube_scan_status(struct arena *scratch, struct text json, struct kube_status *out_status);
