/* Keys of one environment's callers as the ledger knows them, and what may be done with them. Who may call
 * is declared, and so are keys; over REST a declared caller gets more keys, and any of its keys is revoked.
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/types/key_frames.h"
#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct error;

#define KEY_RULES_MAX_OF_CALLER 16 /* made, and in force at once */
/* How long a revocation is remembered of what is declared no more: 30 days. */
#define KEY_RULES_REMEMBERED_MS INT64_C(2592000000)

/* Whose keys. */
struct key_place {
    struct text workspace, environment, caller;
};

struct kept_key {
    struct text caller;
    struct text hash;   /* sha256: and 64 digits */
    bool is_made;       /* over REST; else it is declared, or was */
    bool is_declared;   /* now, as this caller's */
    int64_t created_ms; /* FIELD_UNSET unless it was made over REST */
    int64_t expires_ms; /* of one that was made; FIELD_UNSET: never */
    int64_t revoked_ms; /* refused from then on; FIELD_UNSET: not revoked */
};

struct kept_keys {
    struct kept_key *items;
    size_t count;
};

/* What is asked for: a key is made, one is revoked, or both at once. */
struct key_change {
    struct key_place place;
    struct text new_hash; /* of the key that is made; empty: none is */
    int64_t expires_ms;   /* FIELD_UNSET: never */
    struct text revoke;   /* which is revoked: the first digits of its hash or all; empty: none is */
    int64_t after_ms;     /* so long it works on */
    struct text actor;
    int64_t now_ms;
};

/* What is to be written; a hash that is empty: nothing. */
struct key_decision {
    struct kept_key made, revoked;
    bool is_revoked_already; /* no later than was asked for: nothing is to be written of it */
};

/* Whether a gateway takes it now, as far as the ledger knows. */
bool key_is_in_force(const struct kept_key *key, int64_t now_ms);
/* Nothing that may still be asked depends on it: a row of it can go. */
bool key_is_over(const struct kept_key *key, int64_t now_ms);
/* As gateways hear of it. What is revoked already is so whatever their clocks say. */
struct ledger_key key_for_gateways(const struct kept_key *key, int64_t now_ms);
/* keys: of the environment all that were made or revoked, and those that are declared of the caller.
 * ERROR_NOT_FOUND: the caller has no such key; ERROR_INVALID: several, or there are as many as there may be.
 */
MUST_CHECK bool key_rules_decide(const struct kept_keys *keys, const struct key_change *change,
                                 struct key_decision *out_decision, struct error *err);
