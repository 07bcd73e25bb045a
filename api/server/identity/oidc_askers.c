/* A token of another issuer is none of ours: whoever is next may know it. */
#include "api/server/identity/oidc_askers.h"

#include "api/server/identity/oidc_grants.h"
#include "api/server/identity/oidc_keys.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/utf8.h"
#include "lib/net/jwt.h"
#include "lib/schema/settings.h"

enum { MOST_PEM_BYTES = 1 << 20, MOST_NAME_BYTES = 256 };

struct oidc_askers {
    struct oidc_config config;
    struct oidc_keys *keys;
};

static void identify(void *owner, struct rest_asking *asking);
static enum rest_verdict judge(struct oidc_askers *askers, struct rest_asking *asking);

bool
oidc_askers_open(struct arena *arena, const struct oidc_askers_options *options,
                 struct oidc_askers **out_askers, struct error *err)
{
    struct oidc_askers *askers = arena_alloc(arena, sizeof(*askers));
    struct text ca = {0};
    if (!settings_read(arena, &oidc_config_schema, options->config, &askers->config, err))
        return false;
    if (!text_is_empty(askers->config.ca_file) &&
        !file_read(arena, text_c_string(arena, askers->config.ca_file), MOST_PEM_BYTES, &ca, err))
        return error_context(err, "caFile");
    const struct oidc_keys_options keys = {options->loop, askers->config.jwks_url, ca};
    askers->keys = oidc_keys_start(arena, &keys);
    *out_askers = askers;
    return true;
}

struct rest_authenticator
oidc_askers_way(struct oidc_askers *askers)
{
    return (struct rest_authenticator){.identify = identify, .owner = askers};
}

static void
identify(void *owner, struct rest_asking *asking)
{
    asking->on_verdict(asking, judge(owner, asking));
}

/* A key that is not known may be new: until it was looked for, nobody can say. */
static enum rest_verdict
judge(struct oidc_askers *askers, struct rest_asking *asking)
{
    const struct oidc_config *config = &askers->config;
    struct arena *arena = asking->arena;
    struct text token = rest_bearer(asking->head);
    struct jwt_words words;
    struct jwt_claims claims;
    struct oidc_user user;
    if (!jwt_peek(arena, token, &words) || !text_equals(words.issuer, config->issuer))
        return REST_UNKNOWN;
    if (!oidc_keys_know(askers->keys, words.kid) && oidc_keys_are_being_read(askers->keys))
        return REST_UNSURE;
    const struct jwt_expected expected = {oidc_keys_now(askers->keys), config->issuer, config->audience,
                                          clock_unix_ms()};
    if (!jwt_verify(arena, &expected, token, &claims, NULL) ||
        !oidc_grants_find(arena, config, claims.json, &user, NULL))
        return REST_UNKNOWN;
    asking->who = (struct rest_identity){
        .name = text_format(arena, "oidc:%.*s", TEXT_ARG(utf8_at_most(user.name, MOST_NAME_BYTES))),
        .scope = user.scope};
    return REST_KNOWN;
}
