/* The member of ledger_frames.h's Keys: what was said over REST of the keys of one environment's callers. The
 * whole of it each time: what is not in it holds no more. Hashes only; a key is known to nobody but its
 * caller. */
#pragma once

#include "lib/schema/fields.h"

#define LEDGER_MAX_KEYS 2000 /* of one environment */

/* clang-format off */
#define LEDGER_KEY_FIELDS(F, T)                                                                                        \
    F(T, TEXT, hash, "hash", REQUIRED, MAX_LENGTH(71), FORMAT(sha256), DOC("sha256: digest of the key."))              \
    F(T, TEXT, caller, "caller", MAX_LENGTH(253), DOC("Whose it is since it was made over REST; empty: it was not, and is declared or of nobody.")) \
    F(T, TIME, expires, "expires", DOC("From then on the ledger vouches for it no more."))                              \
    F(T, TIME, revoked, "revoked", DOC("From then on it is refused, also where it is declared; long ago: in any case."))
DECLARE_SCHEMA(ledger_key, LEDGER_KEY_FIELDS);

#define LEDGER_KEYS_FIELDS(F, T)                                                                                       \
    F(T, LIST(ledger_key), keys, "keys", MAX_ITEMS(LEDGER_MAX_KEYS), DOC("Each hash once."))
DECLARE_SCHEMA(ledger_keys, LEDGER_KEYS_FIELDS);
/* clang-format on */
