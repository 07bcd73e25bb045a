/* Whose bearer tokens are believed beside the cluster's, and which groups see which workspaces: one file,
 * written by whoever runs weir-api. */
#pragma once

#include "lib/schema/fields.h"

/* clang-format off */
#define OIDC_GRANT_FIELDS(F, T)                                                                                        \
    F(T, TEXT, group, "group", REQUIRED, MAX_LENGTH(1024), DOC("Who: a group as the provider writes it in the claim.")) \
    F(T, BOOL, all, "all", DOC("True: they see every workspace, and what is the organisation's."))                     \
    F(T, TEXTS, workspaces, "workspaces", SET, DOC("Else what they see: these workspaces."))
DECLARE_SCHEMA(oidc_grant, OIDC_GRANT_FIELDS);

#define OIDC_CONFIG_FIELDS(F, T)                                                                                       \
    F(T, TEXT, issuer, "issuer", REQUIRED, MAX_LENGTH(2048), DOC("iss of the tokens, to the letter."))                 \
    F(T, TEXT, audience, "audience", REQUIRED, MAX_LENGTH(1024), DOC("That aud must hold: our client id there."))      \
    F(T, TEXT, jwks_url, "jwksUrl", REQUIRED, MAX_LENGTH(2048), DOC("Where the provider's public keys are (jwks_uri of its discovery document); https.")) \
    F(T, TEXT, ca_file, "caFile", MAX_LENGTH(4096), DOC("Who signs the certificate there (PEM); empty: the system's authorities.")) \
    F(T, TEXT, user_claim, "userClaim", DEFAULT("sub"), MIN_LENGTH(1), DOC("What names somebody; only for logs."))     \
    F(T, TEXT, groups_claim, "groupsClaim", DEFAULT("groups"), MIN_LENGTH(1), DOC("What holds the groups: the claim of this name, or a path (realm_access.roles).")) \
    F(T, LIST(oidc_grant), grants, "grants", REQUIRED, MIN_ITEMS(1), DOC("What whom is shown; who is in several groups sees all of it."))
DECLARE_SCHEMA(oidc_config, OIDC_CONFIG_FIELDS);
/* clang-format on */
