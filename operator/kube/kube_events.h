/* Events (events.k8s.io/v1) about objects: repeated ones become a series, floods are dropped and counted. */
#pragma once

#include <stdbool.h>

#include "lib/base/text.h"

struct arena;
struct kube_client;
struct kube_events;
struct loop;
struct metrics;

struct kube_event {
    struct text api_version, kind, namespace, name, uid; /* what it is about */
    bool is_warning;
    struct text reason; /* CamelCase */
    struct text action; /* CamelCase: what was done or tried */
    struct text note;   /* for people; cut at 1,024 bytes */
    /* Empty, or what it is known by: told again, by whatever process, it is the same Event and no series.
     * Letters, digits and dashes between them, at most 64. */
    struct text id;
};

struct kube_events_options {
    struct loop *loop;
    struct kube_client *client;
    struct metrics *metrics;
    struct text controller; /* weir.dev/operator */
    struct text instance;   /* the pod */
};

struct kube_events *kube_events_new(struct arena *arena, const struct kube_events_options *options);
/* Copied; sent from the loop. One with an id is sent once. */
void kube_events_record(struct kube_events *events, const struct kube_event *event);
