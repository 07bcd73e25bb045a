/* An identity provider's public keys (a JSON Web Key Set, RFC 7517), read again every ten minutes and when a
 * token names one that is not known; what was read stays when a later look fails. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;
struct jwt_keys;
struct loop;
struct oidc_keys;

struct oidc_keys_options {
    struct loop *loop;
    struct text url;
    struct text ca_pem; /* empty: the system's authorities */
};

struct oidc_keys *oidc_keys_start(struct arena *arena, const struct oidc_keys_options *options);
/* NULL: none could be read yet. Valid until the loop's next turn. */
const struct jwt_keys *oidc_keys_now(const struct oidc_keys *keys);
/* Whether a key of this name is known; if not, and it was not looked just now, they are read again soon. */
bool oidc_keys_know(struct oidc_keys *keys, struct text kid);
/* Whether a look is under way, or due before anything else can be said. */
bool oidc_keys_are_being_read(const struct oidc_keys *keys);

/* Pure: the keys of a set that can be used here, and their names. ERROR_INVALID: there is none. */
MUST_CHECK bool oidc_keys_parse(struct arena *arena, struct text key_set, struct jwt_keys **out_keys,
                                struct text_list *out_names, struct error *err);
