/* The declarations of oidc_config.h made real. */
#include "api/server/identity/oidc_config.h"

#include "api/server/ledger/ledger_scope.h"
#include "lib/schema/problems.h"

static void
oidc_grant_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct oidc_grant *grant = value;
    if (grant->all == (grant->workspaces.count > 0))
        problems_add(problems, grant->source, path, "wants one of all: true and workspaces");
    for (size_t i = 0; i < grant->workspaces.count; i++)
        if (text_is_empty(grant->workspaces.items[i]))
            problems_add(problems, grant->source, path, "a workspace has a name");
}

static void
oidc_config_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct oidc_config *config = value;
    size_t count = 0;
    if (!text_starts_with(config->jwks_url, TEXT("https://")))
        problems_add(problems, config->source, path, "jwksUrl must begin with https://");
    for (size_t i = 0; i < config->grants.count; i++)
        count += config->grants.items[i].workspaces.count;
    if (count > LEDGER_SCOPE_MAX_WORKSPACES)
        problems_add(problems, config->source, path, "grants name more than %d workspaces",
                     LEDGER_SCOPE_MAX_WORKSPACES);
}

DEFINE_SCHEMA(oidc_grant, OIDC_GRANT_FIELDS, "What one group is shown.", .check = oidc_grant_check);
DEFINE_SCHEMA(oidc_config, OIDC_CONFIG_FIELDS, "An identity provider, and what its users are shown.",
              .check = oidc_config_check);
