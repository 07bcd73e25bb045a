/* The policies of weir-system, decoded once and looked at by the passes of all workspaces. */
#pragma once

#include "operator/reconcile/view.h"

struct cluster_facts;
struct kube_object;
struct kube_table;
struct organisation;

/* One version of them; unchanged as long as somebody refers to it. */
struct organisation_policies {
    struct arena *arena;
    struct object_list objects;
    struct broken_object_list broken;
    int references;
};

struct organisation *
organisation_new(struct arena *arena, const struct kube_table *policies, const struct cluster_facts *facts);
/* A policy of the namespace changed: the next look decodes anew. */
void organisation_changed(struct organisation *organisation);
struct organisation_policies *organisation_ref(struct organisation *organisation);
void organisation_unref(struct organisation_policies *policies);

/* What an object says that has no effect in this version. */
struct decoded_notice {
    enum kind_id kind;
    struct text namespace, name;
    struct text words; /* "spec.region: has no effect yet: ..."; joined by "; " */
};

struct decoded_notices {
    struct decoded_notice *items;
    size_t count, capacity;
};

/* Empty: it says nothing of the kind. */
struct text decoded_find_notice(const struct decoded_notices *notices, enum kind_id kind,
                                struct text namespace, struct text name);

/* A growing list of decoded objects, and of those that are not valid. */
struct decoded_objects {
    struct arena *arena;
    struct object_list objects;
    struct broken_object_list broken;
    struct decoded_notices notices;
    bool has_ledger; /* what takes effect only with one does so */
    size_t object_capacity, broken_capacity;
};
void decoded_add(struct decoded_objects *decoded, const struct kind *kind, const struct kube_object *object);
/* What was decoded before, as it is. */
void decoded_add_object(struct decoded_objects *decoded, const struct object *object);
void decoded_add_broken(struct decoded_objects *decoded, const struct broken_object *broken);
