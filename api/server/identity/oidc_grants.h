/* From the claims of a token that was verified to what its holder sees. Pure. */
#pragma once

#include "api/server/identity/oidc_config.h"
#include "api/server/ledger/ledger_scope.h"

struct error;

#define OIDC_MAX_GROUPS 4096

struct oidc_user {
    struct text name; /* as the provider says it */
    struct ledger_scope scope;
};

/* ERROR_INVALID: the claims name nobody, or their groups are no texts. Who is in no group that has a grant
 * sees nothing. */
MUST_CHECK bool oidc_grants_find(struct arena *arena, const struct oidc_config *config, struct text claims,
                                 struct oidc_user *out_user, struct error *err);
