/* Everything a pass may look at. If it is not in here, a decision must not depend on it. */
#pragma once

#include "api/types/gateway_config.h"
#include "api/types/model_policy.h"
#include "api/types/object.h"
#include "api/types/workspace.h"

/* One value of a Secret, as the shell resolved it: the name of a file and a digest, never the value. */
struct credential {
    struct text namespace, secret, key;
    struct text file, digest; /* empty when there is no value */
    struct text missing;      /* then why, as advice: "set OPENAI_API_KEY to enable" */
};

struct credential_list {
    struct credential *items;
    size_t count;
};

/* Something in a manifest that is invalid and has no earlier good version: what it would have said is not
 * known. */
struct broken_object {
    const struct kind *kind;            /* NULL: not even that is known */
    struct text namespace, name;        /* empty: not known */
    struct text problem;                /* one line, with its place */
    const struct object_meta *metadata; /* NULL: not even that could be read */
};

struct broken_object_list {
    struct broken_object *items;
    size_t count;
};

/* A caller that the shell made for one environment: the key printed by `weir up`. */
struct extra_caller {
    struct text namespace;
    struct gateway_caller caller;
};

struct extra_caller_list {
    struct extra_caller *items;
    size_t count;
};

/* A ModelServer that gateways of its namespace may call, and by which names. */
struct self_hosted_model {
    struct text namespace, deployment;
    struct text model;        /* what the server itself calls it */
    struct text_list aliases; /* other names; patterns among them name nothing */
    struct text base_url;
    bool is_ready;
};

struct self_hosted_model_list {
    struct self_hosted_model *items;
    size_t count;
};

struct reconcile_view {
    bool is_cluster; /* else a laptop: no Deployments, no pods */
    /* Nobody lends to gateways: budgets are not in force, or each call would be refused. Objects that have
     * some say so in their conditions (LEDGER_ONLY). */
    bool is_without_ledger;
    struct self_hosted_model_list served;
    struct object_list objects; /* the last good version of each, whichever kind */
    struct broken_object_list broken;
    struct credential_list credentials;
    struct extra_caller_list callers;
    int64_t now_unix_ms; /* approvals run out; nothing else looks at it */
    struct workload_identity
        workload_identity; /* the cluster's; empty on a laptop; its namespace is unused */
};

/* NULL when the Secret or the key is not there. */
const struct credential *
view_find_credential(const struct reconcile_view *view, struct text namespace, const struct secret_ref *ref);
