/* What the operator says about a ModelPolicy: its level, whom it applies to, and who has it. */
#pragma once

#include "api/types/condition.h"
#include "api/types/effective_status.h"

/* clang-format off */
#define POLICY_TARGET_STATUS_FIELDS(F, T)                                                                              \
    F(T, TEXT, workspace, "workspace", REQUIRED, MAX_LENGTH(40), DOC("The workspace's name."))                         \
    F(T, TEXT, environment, "environment", REQUIRED, MAX_LENGTH(20), DOC("The environment's name."))                   \
    F(T, TEXT, hash, "hash", MAX_LENGTH(64), DOC("Of the effective policy this one is part of."))                      \
    F(T, INT, acked_replicas, "ackedReplicas", RANGE(0, 100000), DOC("Gateways that run it."))                         \
    F(T, INT, replicas, "replicas", RANGE(0, 100000), DOC("Gateways there are."))
DECLARE_SCHEMA(policy_target_status, POLICY_TARGET_STATUS_FIELDS);

#define MODEL_POLICY_STATUS_FIELDS(F, T)                                                                               \
    F(T, INT, observed_generation, "observedGeneration", RANGE(-1, INT64_MAX), DOC("The generation this speaks about.")) \
    F(T, ENUM(policy_level), level, "level", ALWAYS,                                                                   \
      DOC("Organisation, Workspace, Environment or Deployment: by the namespace it lives in and its target."))         \
    F(T, INT, applied_to, "appliedTo", RANGE(0, 1000000), DOC("How many environments it is part of."))                 \
    F(T, LIST(condition), conditions, "conditions", LIST_KEYS("type"), MAX_ITEMS(16),                                  \
      DOC("Ready, Accepted, Overridden and what keeps it from being so."))                                             \
    F(T, LIST(policy_target_status), targets, "targets", LIST_KEYS("workspace,environment"), MAX_ITEMS(64),            \
      DOC("The environments it is part of, at most 64 of them."))                                                      \
    F(T, BOOL, truncated, "truncated", DEFAULT("false"), DOC("There are more environments than targets names.")) \
    F(T, OBJECT(effective_status), effective, "effective",                                                             \
      DOC("Of the generated policy `effective` only: what is in force in its environment, and who set it."))
DECLARE_SCHEMA(model_policy_status, MODEL_POLICY_STATUS_FIELDS);
/* clang-format on */
