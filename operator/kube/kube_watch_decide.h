/* What a watch asks next, given how its last request ended. Pure: no clock, no I/O, no table. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define KUBE_BACKOFF_FIRST_MS 800
#define KUBE_BACKOFF_MOST_MS 30000   /* with its jitter */
#define KUBE_BACKOFF_RESET_MS 120000 /* without a failure: begin anew */
#define KUBE_SHORT_WATCH_MS 1000     /* a watch that ends sooner and brought nothing has failed */
#define KUBE_MOST_BEHIND 3           /* so often in a row, and the cluster was put back to an older state */

enum kube_watch_ask {
    KUBE_ASK_WATCH_LIST, /* a stream of all there is; from its end on it is a KUBE_ASK_WATCH */
    KUBE_ASK_LIST,       /* the first page of all there is, or the next one */
    KUBE_ASK_WATCH,      /* a stream of what changes after the version we have */
};

enum kube_watch_end_kind {
    KUBE_END_CLOSED,   /* in order; a page: it was whole */
    KUBE_END_BROKEN,   /* refused, reset, timed out, cut at the hard stop */
    KUBE_END_ANSWERED, /* with a code: an HTTP status, or ERROR in a stream that began with 200 */
    KUBE_END_GARBLED,  /* not what was asked for */
    KUBE_END_BEHIND,   /* the server knows only older versions than ours */
};

struct kube_watch_end {
    enum kube_watch_end_kind kind;
    int64_t code; /* of KUBE_END_ANSWERED */
    bool was_open, had_events;
    bool has_more; /* a page: there is a next one */
    int64_t lasted_ms, retry_after_ms;
};

/* Failures in a row, with less than KUBE_BACKOFF_RESET_MS between them. */
struct kube_backoff {
    unsigned failures;
    int64_t failed_at_ms;
};

/* Zeroed but for backoff_first_ms is the beginning. */
struct kube_watch_state {
    enum kube_watch_ask ask; /* now; after kube_watch_decide the next one */
    bool lacks_watch_list;   /* the server said that it cannot */
    unsigned behind;         /* in a row */
    struct kube_backoff backoff;
    struct kube_backoff expired; /* of 410 alone: after an API server's restart a list must not wait long */
    int64_t backoff_first_ms;
};

struct kube_watch_verdict {
    int64_t delay_ms;
    bool is_failure;
    bool is_list_over;    /* the list begins anew: no page token is of use any more */
    bool forgets_version; /* what we had is of a state that is no more */
};

/* The server was not there or failed within, and did not say when to come back: as soon as it answers
 * anybody, asking again is worth it. */
bool kube_watch_was_outage(const struct kube_watch_end *end);
/* random is any number; now_ms is monotonic. */
struct kube_watch_verdict kube_watch_decide(struct kube_watch_state *state, const struct kube_watch_end *end,
                                            int64_t now_ms, uint64_t random);
