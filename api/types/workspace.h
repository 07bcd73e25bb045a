/* Workspace: a team or business unit, its environments, its people and callers. Cluster-scoped. */
#pragma once

#include "api/types/object_meta.h"
#include "api/types/workspace_environment.h"
#include "api/types/workspace_member.h"
#include "api/types/workspace_status.h"

enum deletion_policy { DELETION_POLICY_RETAIN, DELETION_POLICY_DELETE };
extern const char *const deletion_policy_names[]; /* Retain Delete */
enum residency_enforcement { RESIDENCY_STRICT, RESIDENCY_PREFERRED };
extern const char *const residency_enforcement_names[]; /* Strict Preferred */

/* clang-format off */
#define DATA_RESIDENCY_FIELDS(F, T)                                                                                    \
    F(T, TEXTS, regions, "regions", REQUIRED, SET, MIN_ITEMS(1), MAX_ITEMS(16), MAX_LENGTH(63), DOC("Where data may be.")) \
    F(T, ENUM(residency_enforcement), enforcement, "enforcement", DEFAULT("Strict"),                                   \
      DOC("Strict: elsewhere is refused. Preferred: elsewhere is the last choice."))
DECLARE_SCHEMA(data_residency, DATA_RESIDENCY_FIELDS);

#define WORKSPACE_SPEC_FIELDS(F, T)                                                                                    \
    F(T, TEXT, display_name, "displayName", MAX_LENGTH(128), DOC("Its name for people."))                              \
    F(T, OBJECT(workspace_owner), owner, "owner", REQUIRED, DOC("Who answers for it."))                                \
    F(T, ENUM(deletion_policy), deletion_policy, "deletionPolicy", DEFAULT("Retain"),                                  \
      CLUSTER_ONLY("a laptop has no namespaces"),                                                                      \
      DOC("What becomes of the environments' namespaces when the Workspace is deleted."))                              \
    F(T, BOOL, suspended, "suspended", DEFAULT("false"),                                                               \
      DOC("Gateways answer 503 and jobs stop; nothing is deleted."))                                                   \
    F(T, OBJECT(data_residency), data_residency, "dataResidency",                                                      \
      REFUSED_YET("where data may be is not enforced in this version"), DOC("Regions that data may not leave."))       \
    F(T, LIST(workspace_member), members, "members", LIST_KEYS("kind,name"), MAX_ITEMS(256),                           \
      CLUSTER_ONLY("on a laptop the file system decides who may change what"), DOC("Who may see and change what."))    \
    F(T, LIST(workspace_caller), callers, "callers", LIST_KEYS("name"), MAX_ITEMS(1000),                               \
      DOC("Who may call the models, by key. Workloads in a cluster need no entry: their ServiceAccount is verified.")) \
    F(T, OBJECT(environment_defaults), defaults, "defaults", DOC("What environments have that do not set it themselves.")) \
    F(T, OBJECT(workspace_quotas), quotas, "quotas", CLUSTER_ONLY("a laptop has no ResourceQuota"),                    \
      DOC("Ceiling of Kubernetes resources for the sum of all environments."))                                         \
    F(T, OBJECT(budget), budget, "budget", LEDGER_ONLY(BUDGETS_NEED_A_LEDGER),                                         \
      DOC("What all environments together may spend."))                                                          \
    F(T, LIST(workspace_environment), environments, "environments", REQUIRED, LIST_KEYS("name"), MIN_ITEMS(1), MAX_ITEMS(10), \
      DOC("Its environments. One is removed only while the workspace is suspended (in a cluster)."))
DECLARE_SCHEMA(workspace_spec, WORKSPACE_SPEC_FIELDS);

#define WORKSPACE_FIELDS(F, T)                                                                                         \
    OBJECT_TYPE_FIELDS(F, T)                                                                                           \
    F(T, OBJECT(workspace_spec), spec, "spec", REQUIRED, DOC("What is wanted."))                                       \
    F(T, OBJECT(workspace_status), status, "status", DOC("What is so; written by the operator."))
DECLARE_SCHEMA(workspace, WORKSPACE_FIELDS);
/* clang-format on */

#define WORKSPACE_MAX_NAME_LENGTH 40

/* The environment's namespace: its own word, or <workspace>-<environment>. */
struct text workspace_environment_namespace(struct arena *arena, const struct workspace *workspace,
                                            const struct workspace_environment *environment);
/* NULL when the workspace has no such environment. */
const struct workspace_environment *
workspace_find_environment(const struct workspace *workspace, struct text name);
/* The environment that owns this namespace, or NULL. */
const struct workspace_environment *
workspace_find_environment_by_namespace(const struct workspace *workspace, struct text namespace);
