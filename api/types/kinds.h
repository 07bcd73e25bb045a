/* The kinds of objects there are: one row says everything that the store, the CRDs and the command line need.
 */
#pragma once

#include "lib/schema/schema.h"

#define WEIR_GROUP "weir.dev"
#define WEIR_VERSION_NAME "v1alpha1"
#define WEIR_API_VERSION WEIR_GROUP "/" WEIR_VERSION_NAME
#define WEIR_SYSTEM_NAMESPACE "weir-system" /* the organisation's policies live here */

enum kind_id { KIND_WORKSPACE, KIND_MODEL_POLICY, KIND_DEPLOYMENT, KIND_SECRET, KIND_NAMESPACE };
#define KIND_COUNT 5

/* A column of `kubectl get` and `weir get`. */
struct printer_column {
    const char *name;
    const char *type;      /* string, integer, boolean, date */
    const char *json_path; /* kubectl's: .status.conditions[?(@.type=="Ready")].status */
    int priority;          /* 0: always; 1: with -o wide */
    const char *doc;
};

/* The /scale subresource. */
struct kind_scale {
    const char *spec_replicas_path;
    const char *status_replicas_path;
    const char *selector_path;
};

struct kind {
    enum kind_id id;
    const char *api_version; /* "weir.dev/v1alpha1" */
    const char *name;        /* "ModelPolicy" */
    const char *plural;      /* "modelpolicies" */
    const char *singular;    /* "modelpolicy" */
    const char *short_name;  /* "aimp"; NULL: none */
    bool is_namespaced;
    bool is_foreign;             /* Kubernetes' own: no CRD, no status of ours */
    const struct schema *schema; /* of the whole object */
    const struct printer_column *columns;
    size_t column_count;
    const struct kind_scale *scale; /* NULL: not scalable */
    size_t max_name_length;         /* of metadata.name, a DNS label for our own kinds */
};

const struct kind *kind_get(enum kind_id id);
/* By what a manifest says; NULL when there is none of that version and name. */
const struct kind *kind_find(struct text api_version, struct text name);
/* By what a person types: kind, plural, singular or short name in any case; NULL when none. */
const struct kind *kind_find_by_word(struct text word);
