/* One event and how often it came: what makes two the same, and how it is written. Pure. */
#pragma once

#include "operator/kube/kube_events.h"

#include <stdint.h>

/* events.k8s.io/v1 validation */
#define KUBE_EVENT_NOTE_BYTES 1024
#define KUBE_EVENT_WORD_BYTES 128

struct kube_event_series {
    struct kube_event event;     /* a copy, cut to what the API takes */
    struct text key;             /* of everything but the note */
    struct text namespace, name; /* of the Event object: "default" for what has no namespace */
    int64_t first_unix_ms, last_unix_ms;
    int64_t count;
};

/* Copies the event; unique makes the name. */
void kube_event_series_init(struct arena *arena, struct kube_event_series *series,
                            const struct kube_event *event, int64_t now_unix_ms);
/* As the series of this event would have it. */
struct text kube_event_key(struct arena *arena, const struct kube_event *event);
/* A new name: for the first time, and when the object of the old one has expired. One with an id has its
 * name by that. */
void kube_event_series_rename(struct arena *arena, struct kube_event_series *series, uint64_t unique);
/* The whole object, for a POST. */
struct text kube_event_print(struct arena *arena, const struct kube_event_series *series,
                             struct text controller, struct text instance);
/* How often it came by now, for a merge patch. */
struct text kube_event_print_count(struct arena *arena, const struct kube_event_series *series);
