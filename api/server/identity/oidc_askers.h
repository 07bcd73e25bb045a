/* Whoever shows a token of the configured identity provider (OpenID Connect), verified offline, and what his
 * groups are granted. */
#pragma once

#include "api/server/rest/rest_identity.h"

struct loop;
struct oidc_askers;

struct oidc_askers_options {
    struct loop *loop;
    const char *config; /* the file of oidc_config.h */
};

/* Reads the file once; the provider's keys are read when the loop runs. */
MUST_CHECK bool oidc_askers_open(struct arena *arena, const struct oidc_askers_options *options,
                                 struct oidc_askers **out_askers, struct error *err);
struct rest_authenticator oidc_askers_way(struct oidc_askers *askers);
