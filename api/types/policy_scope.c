/* The words of policy_scope.h. */
#include "api/types/policy_scope.h"

#include <stddef.h>

const char *const policy_scope_names[] = {
    "Organisation", "Workspace", "Environment", "Caller", "User", "Deployment", "Model", "Run", "Tag", NULL,
};

bool
policy_scope_is_claimed(enum policy_scope scope)
{
    return scope == POLICY_SCOPE_USER || scope == POLICY_SCOPE_RUN || scope == POLICY_SCOPE_TAG;
}
