/* The declarations of environment_state.h made real. */
#include "api/types/environment_state.h"

DEFINE_SCHEMA(environment_model, ENVIRONMENT_MODEL_FIELDS,
              "A model of an environment, and whether it can be called.");
DEFINE_SCHEMA(environment_state, ENVIRONMENT_STATE_FIELDS, "How one environment is doing right now.");
DEFINE_SCHEMA(environment_report, ENVIRONMENT_REPORT_FIELDS, "How all environments are doing.");
