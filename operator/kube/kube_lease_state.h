/* Who may lead, as a pure function of what was seen and of our own monotonic clock: other machines' clocks
 * are never believed. What to ask the API server next is decided here; kube_lease.c asks. */
#pragma once

#include "operator/kube/kube_lease_record.h"

struct kube_lease_state {
    struct text identity;
    struct kube_lease_record record; /* as last seen or written; its texts live where the caller keeps them */
    bool is_known;                   /* the record stands: false before the first look and after a doubt */
    bool is_absent;                  /* there is no Lease */
    bool is_leading;
    bool has_seen;            /* a Lease, ever */
    int64_t observed_at_ms;   /* when the record last said something new, by our clock */
    int64_t renewed_at_ms;    /* when the last renewal that succeeded was sent */
    int64_t most_transitions; /* ever seen: a Lease that was deleted does not turn epochs back */
};

enum kube_lease_step {
    KUBE_LEASE_LOOK,    /* GET */
    KUBE_LEASE_CREATE,  /* POST */
    KUBE_LEASE_WRITE,   /* PUT: take or renew */
    KUBE_LEASE_FOLLOW,  /* somebody else leads: look again after a while */
    KUBE_LEASE_GIVE_UP, /* we led, and the renew deadline has passed */
};

enum kube_lease_step kube_lease_decide(const struct kube_lease_state *state, int64_t now_ms);
/* What is to be written by CREATE and WRITE. */
struct kube_lease_record kube_lease_next(const struct kube_lease_state *state, struct text now);
/* Leading, and in time. */
bool kube_lease_state_is_held(const struct kube_lease_state *state, int64_t now_ms);

/* A look brought this; NULL: there is no Lease. False when we led and somebody else does now. */
MUST_CHECK bool
kube_lease_saw(struct kube_lease_state *state, const struct kube_lease_record *record, int64_t now_ms);
/* Our write, sent at that time, succeeded. */
void
kube_lease_wrote(struct kube_lease_state *state, const struct kube_lease_record *record, int64_t sent_at_ms);
/* A write was refused (somebody was first), or its outcome is unknown: look before the next. */
void kube_lease_doubts(struct kube_lease_state *state);
