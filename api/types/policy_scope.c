/* The words of policy_scope.h. */
#include "api/types/policy_scope.h"

#include <stddef.h>

const char *const policy_scope_names[] = {
    "Organisation", "Workspace", "Environment", "Caller", "User", "Deployment", "Model", "Run", NULL,
};
