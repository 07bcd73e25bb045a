/* Whom an organisation policy is for. Honoured in the operator's namespace only: elsewhere the namespace
 * decides. */
#pragma once

#include "lib/schema/fields.h"

struct workspace;
struct workspace_environment;

/* clang-format off */
#define POLICY_SELECTOR_FIELDS(F, T)                                                                                   \
    F(T, TEXT_MAP, match_labels, "matchLabels", REQUIRED, MIN_ITEMS(1), MAX_ITEMS(16), MAX_LENGTH(63),                                         \
      DOC("Labels that the Workspace must all carry."))
DECLARE_SCHEMA(policy_selector, POLICY_SELECTOR_FIELDS);

#define POLICY_TARGET_WORKSPACES_FIELDS(F, T)                                                                          \
    F(T, TEXTS, names, "names", SET, MIN_ITEMS(1), MAX_ITEMS(256), MAX_LENGTH(40), FORMAT(dns_label),                                \
      DOC("Workspaces by name; every workspace if neither names nor selector is given."))                              \
    F(T, OBJECT(policy_selector), selector, "selector", DOC("Workspaces by label; not together with names."))
DECLARE_SCHEMA(policy_target_workspaces, POLICY_TARGET_WORKSPACES_FIELDS);

#define POLICY_TARGET_ENVIRONMENTS_FIELDS(F, T)                                                                        \
    F(T, TEXTS, names, "names", SET, MIN_ITEMS(1), MAX_ITEMS(16), MAX_LENGTH(20), FORMAT(dns_label),                                 \
      DOC("Environments by name, in each selected workspace; not together with tiers."))                               \
    F(T, TEXTS, tiers, "tiers", SET, MIN_ITEMS(1), MAX_ITEMS(3), MAX_LENGTH(16),                                                     \
      DOC("Environments by tier: Development, Staging, Production."))
DECLARE_SCHEMA(policy_target_environments, POLICY_TARGET_ENVIRONMENTS_FIELDS);

#define POLICY_TARGET_DEPLOYMENTS_FIELDS(F, T)                                                                         \
    F(T, TEXTS, names, "names", SET, MIN_ITEMS(1), MAX_ITEMS(64), MAX_LENGTH(50), FORMAT(dns_label), DOC("Deployments by name."))
DECLARE_SCHEMA(policy_target_deployments, POLICY_TARGET_DEPLOYMENTS_FIELDS);

#define POLICY_TARGET_FIELDS(F, T)                                                                                     \
    F(T, OBJECT(policy_target_workspaces), workspaces, "workspaces",                                                   \
      DOC("Which workspaces an organisation policy is for; all if not given."))                                        \
    F(T, OBJECT(policy_target_environments), environments, "environments",                                             \
      DOC("Which of their environments; all if not given."))                                                           \
    F(T, OBJECT(policy_target_deployments), deployments, "deployments",                                                \
      REFUSED_YET("policies for single Deployments are not implemented in this version"),                              \
      DOC("Which Deployments of the policy's own environment; in an environment's namespace only."))
DECLARE_SCHEMA(policy_target, POLICY_TARGET_FIELDS);
/* clang-format on */

/* Whether an organisation policy with this target is for that environment. Every part given must match. */
bool policy_target_selects(const struct policy_target *target, const struct workspace *workspace,
                           const struct workspace_environment *environment);
/* True when it names or selects workspaces: the policy's level is then Workspace, not Organisation. */
bool policy_target_narrows_workspaces(const struct policy_target *target);
