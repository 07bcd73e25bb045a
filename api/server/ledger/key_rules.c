/* See the header. */
#include "api/server/ledger/key_rules.h"

#include "lib/base/error.h"

#define HASH_START TEXT("sha256:")

static bool is_past(int64_t at_ms, int64_t now_ms);
static const struct kept_key *
find(const struct kept_keys *keys, const struct key_change *change, struct error *err);
static bool has_room(const struct kept_keys *keys, const struct key_change *change, struct error *err);
static size_t rows_after(const struct kept_keys *keys, const struct key_decision *decision, int64_t now_ms);
static bool has_row(const struct kept_key *key);

bool
key_is_in_force(const struct kept_key *key, int64_t now_ms)
{
    if (is_past(key->revoked_ms, now_ms))
        return false;
    return key->is_declared || (key->is_made && !is_past(key->expires_ms, now_ms));
}

/* What was made and is not there any more nobody takes; a declared key that was revoked is remembered for as
 * long as somebody may still have it declared. */
bool
key_is_over(const struct kept_key *key, int64_t now_ms)
{
    if (key->revoked_ms == FIELD_UNSET)
        return key->is_made && is_past(key->expires_ms, now_ms);
    return !key->is_declared &&
           is_past(key->revoked_ms, key->is_made ? now_ms : now_ms - KEY_RULES_REMEMBERED_MS);
}

struct ledger_key
key_for_gateways(const struct kept_key *key, int64_t now_ms)
{
    return (struct ledger_key){.hash = key->hash,
                               .caller = key->is_made ? key->caller : (struct text){0},
                               .expires = key->expires_ms,
                               .revoked = is_past(key->revoked_ms, now_ms) ? 0 : key->revoked_ms};
}

bool
key_rules_decide(const struct kept_keys *keys, const struct key_change *change,
                 struct key_decision *out_decision, struct error *err)
{
    struct key_decision decision = {0};
    if (!text_is_empty(change->revoke)) {
        const struct kept_key *revoked = find(keys, change, err);
        if (!revoked)
            return false;
        int64_t from_ms = change->now_ms + change->after_ms;
        decision.revoked = *revoked;
        decision.is_revoked_already = is_past(revoked->revoked_ms, from_ms);
        if (!decision.is_revoked_already)
            decision.revoked.revoked_ms = from_ms;
    }
    if (!text_is_empty(change->new_hash)) {
        if (!has_room(keys, change, err))
            return false;
        decision.made = (struct kept_key){.caller = change->place.caller,
                                          .hash = change->new_hash,
                                          .is_made = true,
                                          .created_ms = change->now_ms,
                                          .expires_ms = change->expires_ms,
                                          .revoked_ms = FIELD_UNSET};
    }
    if (rows_after(keys, &decision, change->now_ms) > LEDGER_MAX_KEYS)
        return error_set(err, ERROR_INVALID,
                         "%.*s/%.*s has %d keys that were made or revoked over REST: no more are kept. Take "
                         "the hashes of revoked keys out of the Workspace, or revoke keys that nobody uses",
                         TEXT_ARG(change->place.workspace), TEXT_ARG(change->place.environment),
                         LEDGER_MAX_KEYS);
    *out_decision = decision;
    return true;
}

static bool
is_past(int64_t at_ms, int64_t now_ms)
{
    return at_ms != FIELD_UNSET && at_ms <= now_ms;
}

/* NULL: there is none, or more than one. */
static const struct kept_key *
find(const struct kept_keys *keys, const struct key_change *change, struct error *err)
{
    struct text digits = change->revoke;
    const struct kept_key *found = NULL;
    size_t count = 0;
    if (text_starts_with(digits, HASH_START))
        digits = text_slice(digits, HASH_START.length, digits.length);
    for (size_t i = 0; i < keys->count; i++) {
        const struct kept_key *key = &keys->items[i];
        struct text hash = text_slice(key->hash, HASH_START.length, key->hash.length);
        if (!text_equals(key->caller, change->place.caller) || !text_starts_with(hash, digits))
            continue;
        found = key;
        count++;
    }
    if (count == 1)
        return found;
    if (count > 1)
        (void)error_set(err, ERROR_INVALID, "several keys of %.*s begin with these digits: give more",
                        TEXT_ARG(change->place.caller));
    else
        (void)error_set(err, ERROR_NOT_FOUND, "%.*s has no such key in %.*s/%.*s",
                        TEXT_ARG(change->place.caller), TEXT_ARG(change->place.workspace),
                        TEXT_ARG(change->place.environment));
    return NULL;
}

static bool
has_room(const struct kept_keys *keys, const struct key_change *change, struct error *err)
{
    size_t made = 0;
    for (size_t i = 0; i < keys->count; i++)
        made += keys->items[i].is_made && text_equals(keys->items[i].caller, change->place.caller) &&
                key_is_in_force(&keys->items[i], change->now_ms);
    return made < KEY_RULES_MAX_OF_CALLER ||
           error_set(err, ERROR_INVALID,
                     "%.*s has %d keys in %.*s/%.*s that were made over REST: revoke one first",
                     TEXT_ARG(change->place.caller), KEY_RULES_MAX_OF_CALLER,
                     TEXT_ARG(change->place.workspace), TEXT_ARG(change->place.environment));
}

/* Those that are over go with the same write. */
static size_t
rows_after(const struct kept_keys *keys, const struct key_decision *decision, int64_t now_ms)
{
    size_t count = 0;
    for (size_t i = 0; i < keys->count; i++)
        count += has_row(&keys->items[i]) && !key_is_over(&keys->items[i], now_ms);
    bool is_new =
        decision->revoked.hash.length > 0 && !decision->is_revoked_already && !decision->revoked.is_made;
    for (size_t i = 0; is_new && i < keys->count; i++)
        is_new = !(has_row(&keys->items[i]) && text_equals(keys->items[i].hash, decision->revoked.hash));
    return count + is_new + (decision->made.hash.length > 0);
}

static bool
has_row(const struct kept_key *key)
{
    return key->is_made || key->revoked_ms != FIELD_UNSET;
}
