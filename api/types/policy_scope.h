/* Whose counter a limit or budget is. Different scopes never merge: a call must pass each. */
#pragma once

enum policy_scope {
    POLICY_SCOPE_ORGANISATION,
    POLICY_SCOPE_WORKSPACE,
    POLICY_SCOPE_ENVIRONMENT,
    POLICY_SCOPE_CALLER,
    POLICY_SCOPE_USER,
    POLICY_SCOPE_DEPLOYMENT,
    POLICY_SCOPE_MODEL,
    POLICY_SCOPE_RUN,
};
/* Organisation Workspace Environment Caller User Deployment Model Run */
extern const char *const policy_scope_names[];
