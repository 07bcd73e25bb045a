/* The levels of authority: where a policy lives decides how broad its say is. */
#pragma once

/* Broadest first: DESIGN's levels of authority. */
enum policy_level {
    POLICY_LEVEL_ORGANISATION,
    POLICY_LEVEL_WORKSPACE,
    POLICY_LEVEL_ENVIRONMENT,
    POLICY_LEVEL_DEPLOYMENT
};
extern const char *const policy_level_names[]; /* Organisation Workspace Environment Deployment */
