/* ModelPolicy: who may use which models, and how much.
 *
 * Its level is the namespace that it lives in: weir-system is the organisation (or the workspaces it
 * targets), an environment's namespace is that environment. How levels merge is operator/reconcile's
 * business. */
#pragma once

#include "api/types/model_policy_constraints.h"
#include "api/types/model_policy_defaults.h"
#include "api/types/model_policy_status.h"
#include "api/types/model_policy_target.h"
#include "api/types/object_meta.h"

/* clang-format off */
#define MODEL_POLICY_SPEC_FIELDS(F, T)                                                                                 \
    F(T, INT, priority, "priority", DEFAULT("0"), RANGE(-1000000, 1000000),                                            \
      DOC("Among policies of one level the higher one's defaults win; constraints do not care."))                      \
    F(T, OBJECT(policy_target), target, "target",                                                                      \
      DOC("Whom a policy in the operator's namespace is for; everyone if not given. Not allowed elsewhere."))          \
    F(T, ENUM(policy_mode), mode, "mode", DEFAULT("Enforce"),                                                          \
      DOC("Enforce, or Shadow: constraints are evaluated and recorded, never block."))                                 \
    F(T, OBJECT(policy_constraints), constraints, "constraints",                                                       \
      DOC("What may only get stricter: every level's constraints hold together."))                                     \
    F(T, OBJECT(policy_defaults), defaults, "defaults",                                                                \
      DOC("What the most specific level decides, within the constraints."))
DECLARE_SCHEMA(model_policy_spec, MODEL_POLICY_SPEC_FIELDS);

#define MODEL_POLICY_FIELDS(F, T)                                                                                      \
    OBJECT_TYPE_FIELDS(F, T)                                                                                           \
    F(T, OBJECT(model_policy_spec), spec, "spec", REQUIRED, DOC("What is wanted."))                                    \
    F(T, OBJECT(model_policy_status), status, "status", DOC("What is so; written by the operator."))
DECLARE_SCHEMA(model_policy, MODEL_POLICY_FIELDS);
/* clang-format on */

#define MODEL_POLICY_MAX_NAME_LENGTH 63
