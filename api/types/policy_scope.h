/* Whose counter a limit or budget is. Different scopes never merge: a call must pass each. */
#pragma once

#include <stdbool.h>

enum policy_scope {
    POLICY_SCOPE_ORGANISATION,
    POLICY_SCOPE_WORKSPACE,
    POLICY_SCOPE_ENVIRONMENT,
    POLICY_SCOPE_CALLER,
    POLICY_SCOPE_USER,
    POLICY_SCOPE_DEPLOYMENT,
    POLICY_SCOPE_MODEL,
    POLICY_SCOPE_RUN,
    POLICY_SCOPE_TAG,
};
/* Organisation Workspace Environment Caller User Deployment Model Run Tag */
extern const char *const policy_scope_names[];
/* Whose owners are whatever clients say: nobody knows how many there will be. */
bool policy_scope_is_claimed(enum policy_scope scope);
