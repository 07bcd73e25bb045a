/* One condition of an object's status, as Kubernetes writes them (meta/v1 Condition).
 *
 * The set of condition types is API; Ready is the only roll-up. Which conditions an object gets is the
 * reconciler's decision, not this file's. */
#pragma once

#include "lib/schema/fields.h"

enum condition_status { CONDITION_UNKNOWN, CONDITION_TRUE, CONDITION_FALSE };
extern const char *const condition_status_names[]; /* Unknown True False */

/* clang-format off */
#define CONDITION_FIELDS(F, T)                                                                                         \
    F(T, TEXT, type, "type", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(63),                                                  \
      DOC("What the condition is about: Ready is the roll-up of all the others."))                                     \
    F(T, ENUM(condition_status), status, "status", REQUIRED,                                                           \
      DOC("Whether it is so; Unknown while it is being worked on."))                                                   \
    F(T, INT, observed_generation, "observedGeneration", RANGE(-1, INT64_MAX),                                         \
      DOC("The metadata.generation that this condition speaks about."))                                                \
    F(T, TIME, last_transition_time, "lastTransitionTime", REQUIRED,                                                   \
      DOC("When status last changed."))                                                                                \
    F(T, TEXT, reason, "reason", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(128),                                             \
      DOC("One word for programs, in CamelCase."))                                                                     \
    F(T, TEXT, message, "message", ALWAYS, MAX_LENGTH(32768),                                                          \
      DOC("What happened and what to do next, for people."))
/* clang-format on */
DECLARE_SCHEMA(condition, CONDITION_FIELDS);

/* NULL when there is none of that type. */
const struct condition *condition_find(const struct condition_list *conditions, struct text type);
