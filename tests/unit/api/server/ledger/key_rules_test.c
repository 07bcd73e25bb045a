/* What may be done with keys: each rule by itself. */
#include "api/server/ledger/key_rules.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/net/digest.h"
#include "tests/support/arena_fixture.h"

TestSuite(key_rules, .init = given_arena, .fini = end_arena);

#define NOW INT64_C(1764000000000)
#define DAY (INT64_C(24) * 3600 * 1000)

static struct text
hash_of(const char *key)
{
    struct text hex = digest_sha256_hex(arena, text_of(key));
    return text_format(arena, "sha256:%.*s", TEXT_ARG(hex));
}

static struct kept_key
made(const char *caller, const char *key)
{
    return (struct kept_key){.caller = text_of(caller),
                             .hash = hash_of(key),
                             .is_made = true,
                             .created_ms = NOW - DAY,
                             .expires_ms = FIELD_UNSET,
                             .revoked_ms = FIELD_UNSET};
}

static struct kept_key
declared(const char *caller, const char *key)
{
    struct kept_key kept = made(caller, key);
    kept.is_made = false;
    kept.is_declared = true;
    kept.created_ms = FIELD_UNSET;
    return kept;
}

static struct key_change
change_of(const char *caller)
{
    return (struct key_change){.place = {TEXT("demo"), TEXT("dev"), text_of(caller)},
                               .expires_ms = FIELD_UNSET,
                               .actor = TEXT("test"),
                               .now_ms = NOW};
}

static struct key_decision
decide(struct kept_key *items, size_t count, const struct key_change *change)
{
    const struct kept_keys keys = {items, count};
    struct key_decision decision;
    struct error err;
    cr_assert(key_rules_decide(&keys, change, &decision, &err), "%s", err.message);
    return decision;
}

static void
expect_refused(struct kept_key *items, size_t count, const struct key_change *change, enum error_kind kind,
               const char *words)
{
    const struct kept_keys keys = {items, count};
    struct key_decision decision;
    struct error err = {0};
    cr_assert_not(key_rules_decide(&keys, change, &decision, &err));
    cr_assert_eq(err.kind, kind);
    cr_assert(strstr(err.message, words), "%s", err.message);
}

Test(key_rules, revokes_a_declared_key_from_now_on)
{
    struct kept_key key = declared("ada", "a");
    struct key_change change = change_of("ada");
    change.revoke = key.hash;

    struct key_decision decision = decide(&key, 1, &change);

    cr_assert(text_equals(decision.revoked.hash, key.hash));
    cr_assert_eq(decision.revoked.revoked_ms, NOW);
    cr_assert_not(decision.revoked.is_made);
    cr_assert_not(decision.is_revoked_already);
    cr_assert(text_is_empty(decision.made.hash));
    cr_assert(key_is_in_force(&key, NOW));
    cr_assert_not(key_is_in_force(&decision.revoked, NOW));
}

Test(key_rules, finds_a_key_by_the_first_digits_of_its_hash_and_only_among_the_callers_own)
{
    struct kept_key keys[] = {declared("ada", "a"), made("bob", "b")};
    struct key_change change = change_of("bob");
    change.revoke = text_slice(keys[1].hash, 7, 7 + 12);

    cr_assert(text_equals(decide(keys, 2, &change).revoked.hash, keys[1].hash));
    change.place.caller = TEXT("ada");
    expect_refused(keys, 2, &change, ERROR_NOT_FOUND, "ada has no such key in demo/dev");
}

Test(key_rules, asks_for_more_digits_where_several_keys_begin_so)
{
    struct kept_key keys[] = {made("ada", "a"), made("ada", "b")};
    struct key_change change = change_of("ada");
    change.revoke = TEXT("sha256:");

    expect_refused(keys, 2, &change, ERROR_INVALID, "give more");
}

Test(key_rules, revokes_no_later_than_was_said_before_and_earlier_when_asked)
{
    struct kept_key key = made("ada", "a");
    struct key_change change = change_of("ada");
    key.revoked_ms = NOW + 1000;
    change.revoke = key.hash;
    change.after_ms = 5000;

    struct key_decision later = decide(&key, 1, &change);
    change.after_ms = 0;
    struct key_decision now = decide(&key, 1, &change);

    cr_assert(later.is_revoked_already);
    cr_assert_eq(later.revoked.revoked_ms, NOW + 1000);
    cr_assert_not(now.is_revoked_already);
    cr_assert_eq(now.revoked.revoked_ms, NOW);
}

Test(key_rules, rotates_both_at_once_and_the_old_key_works_on)
{
    struct kept_key key = declared("ada", "old");
    struct key_change change = change_of("ada");
    change.new_hash = hash_of("new");
    change.revoke = key.hash;
    change.after_ms = 3600000;

    struct key_decision decision = decide(&key, 1, &change);

    cr_assert(text_equals(decision.made.hash, hash_of("new")));
    cr_assert(decision.made.is_made && text_equals(decision.made.caller, TEXT("ada")));
    cr_assert(key_is_in_force(&decision.revoked, NOW + 3599999));
    cr_assert_not(key_is_in_force(&decision.revoked, NOW + 3600000));
}

Test(key_rules, makes_a_caller_only_so_many_keys_at_once)
{
    struct kept_key keys[KEY_RULES_MAX_OF_CALLER + 1];
    struct key_change change = change_of("ada");
    change.new_hash = hash_of("one more");
    for (size_t i = 0; i < KEY_RULES_MAX_OF_CALLER; i++)
        keys[i] = made("ada", text_c_string(arena, text_format(arena, "%zu", i)));
    keys[KEY_RULES_MAX_OF_CALLER] = declared("ada", "declared ones do not count");

    expect_refused(keys, KEY_RULES_MAX_OF_CALLER + 1, &change, ERROR_INVALID, "revoke one first");
    keys[0].expires_ms = NOW;
    (void)decide(keys, KEY_RULES_MAX_OF_CALLER + 1, &change);
    keys[0] = made("bob", "another's");
    (void)decide(keys, KEY_RULES_MAX_OF_CALLER + 1, &change);
}

static struct kept_key *
given_a_full_environment(void)
{
    struct kept_key *keys = arena_alloc_array(arena, LEDGER_MAX_KEYS + 1, sizeof(*keys));
    for (size_t i = 0; i < LEDGER_MAX_KEYS; i++) {
        keys[i] = declared("bob", text_c_string(arena, text_format(arena, "%zu", i)));
        keys[i].revoked_ms = NOW;
    }
    keys[LEDGER_MAX_KEYS] = declared("ada", "ada's");
    return keys;
}

Test(key_rules, keeps_no_more_than_gateways_hear_of)
{
    struct kept_key *keys = given_a_full_environment();
    struct key_change make = change_of("ada"), revoke = make;
    make.new_hash = hash_of("new");
    revoke.revoke = keys[LEDGER_MAX_KEYS].hash;

    expect_refused(keys, LEDGER_MAX_KEYS + 1, &make, ERROR_INVALID, "no more are kept");
    expect_refused(keys, LEDGER_MAX_KEYS + 1, &revoke, ERROR_INVALID, "no more are kept");
}

Test(key_rules, has_room_for_what_is_in_it_already_and_where_something_is_over)
{
    struct kept_key *keys = given_a_full_environment();
    struct key_change sooner = change_of("bob"), make = change_of("ada");
    keys[7].revoked_ms = NOW + DAY;
    sooner.revoke = keys[7].hash;
    make.new_hash = hash_of("new");

    cr_assert_eq(decide(keys, LEDGER_MAX_KEYS + 1, &sooner).revoked.revoked_ms, NOW);
    keys[3].is_declared = false;
    keys[3].revoked_ms = NOW - KEY_RULES_REMEMBERED_MS;
    (void)decide(keys, LEDGER_MAX_KEYS + 1, &make);
}

Test(key_rules, forgets_a_key_when_nothing_depends_on_it)
{
    struct kept_key expired = made("ada", "a"), gone = made("ada", "b"), committed = made("ada", "c");
    struct kept_key revoked = declared("ada", "d");
    expired.expires_ms = NOW;
    gone.revoked_ms = NOW;
    committed.revoked_ms = revoked.revoked_ms = NOW - 2 * KEY_RULES_REMEMBERED_MS;
    committed.is_declared = true;

    cr_assert_not(key_is_over(&expired, NOW - 1));
    cr_assert(key_is_over(&expired, NOW));
    cr_assert_not(key_is_over(&gone, NOW - 1));
    cr_assert(key_is_over(&gone, NOW));
    cr_assert_not(key_is_over(&committed, NOW), "its hash stands in Git: it would work again");
    cr_assert_not(key_is_over(&revoked, NOW));
    revoked.is_declared = false;
    cr_assert(key_is_over(&revoked, NOW));
    revoked.revoked_ms = NOW - KEY_RULES_REMEMBERED_MS + 1;
    cr_assert_not(key_is_over(&revoked, NOW), "a gateway may not have heard yet that it is declared no more");
}

Test(key_rules, tells_gateways_whose_a_key_is_only_if_it_was_made)
{
    struct kept_key old = declared("ada", "a"), new = made("ada", "b");

    cr_assert(text_is_empty(key_for_gateways(&old, NOW).caller));
    cr_assert(text_equals(key_for_gateways(&new, NOW).caller, TEXT("ada")));
}

Test(key_rules, leaves_nothing_to_gateways_clocks_of_what_is_revoked_already)
{
    struct kept_key key = declared("ada", "a");

    cr_assert_eq(key_for_gateways(&key, NOW).revoked, FIELD_UNSET);
    key.revoked_ms = NOW + 1;
    cr_assert_eq(key_for_gateways(&key, NOW).revoked, NOW + 1);
    key.revoked_ms = NOW;
    cr_assert_eq(key_for_gateways(&key, NOW).revoked, 0);
}
