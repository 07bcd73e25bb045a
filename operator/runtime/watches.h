/* All watches of the cluster operator: discovers what the cluster serves, fills one cache, and tells what
 * changed. Optional resources come and go with their definitions, without a restart. */
#pragma once

#include "lib/base/error.h"
#include "operator/kube/kube_watch.h"
#include "operator/reconcile/cluster_view.h"
#include "operator/runtime/watched_kinds.h"

struct watches;

/* One row of watched_kinds as it is watched right now. */
struct watched {
    const struct watched_kind *kind;
    struct kube_table *table;
    struct kube_watch *watch; /* NULL: the cluster does not serve it */
    bool is_synced;
    struct error trouble; /* kind ERROR_NONE: none */
    /* The rest is watches.c's. */
    struct watches *watches;
    struct kube_table *probe; /* of the same filter, for what the server answers to our writes */
};

struct watches_options {
    struct loop *loop;
    struct kube_client *client;
    struct metrics *metrics;
    /* Also during the first lists. For KUBE_GONE before it leaves the cache. */
    void (*on_change)(void *owner, const struct watched *watched, enum kube_change change,
                      const struct kube_object *object);
    void (*on_synced)(void *owner); /* every first list is whole; once */
    void (*on_served)(void *owner); /* what the cluster serves has changed: see watches_facts */
    void *owner;
};

struct watches *watches_start(struct arena *arena, const struct watches_options *options);
/* Whether we apply: kube_cache_lead. */
void watches_lead(struct watches *watches, bool is_led);
/* The API server answers again: kube_watch_hurry each. */
void watches_hurry(struct watches *watches);
bool watches_are_synced(const struct watches *watches);
/* What it is waiting for or in trouble with, for readiness and people; empty: all is well. */
struct text watches_trouble(struct arena *arena, const struct watches *watches);
/* Sets the has_* members by what the cluster serves. */
void watches_facts(const struct watches *watches, struct cluster_facts *facts);
/* By row of watched_kinds. */
const struct watched *watches_at(const struct watches *watches, size_t row);
/* NULL when it is no kind that we watch, or the cluster does not serve it. */
const struct watched *watches_find(const struct watches *watches, struct text api_version, struct text kind);
/* What the cache will hold of an object once it shows this answer of the API server: its digest (of what is
 * watched as metadata only, its version) and its version, valid until the next look. */
bool
watches_look(const struct watched *watched, struct text json, uint64_t *out_digest, struct text *out_version);
/* The same of a cached object; 0: NULL. */
uint64_t watches_digest(const struct watched *watched, const struct kube_object *object);
