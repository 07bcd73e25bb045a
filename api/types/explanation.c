/* The declarations of explanation.h made real. */
#include "api/types/explanation.h"

DEFINE_SCHEMA(explanation_row, EXPLANATION_ROW_FIELDS, "One effective value and where it came from.");
DEFINE_SCHEMA(explanation_verdict, EXPLANATION_VERDICT_FIELDS,
              "Whether one caller may call one model, and why.");
DEFINE_SCHEMA(explanation, EXPLANATION_FIELDS, "Why an environment is as it is.");
