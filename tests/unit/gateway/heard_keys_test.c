/* What was heard of keys, beside what a config declares. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/types/caller_key.h"
#include "api/types/ledger_frames.h"
#include "gateway/heard_keys.h"
#include "gateway/live_callers.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "tests/support/arena_fixture.h"

#define NOW INT64_C(1700000000000)

static char folder[32];
static struct live_callers callers;

/* Ada's key "declared" is in the config; Bob has none there. */
static void
given_callers(void)
{
    given_arena();
    static struct gateway_caller items[2];
    static struct text hash;
    struct gateway_config config = {.callers = {items, 2}};
    struct error err;
    hash = caller_key_hash(arena, TEXT("declared"));
    items[0] = (struct gateway_caller){.name = TEXT("ada"), .key_hashes = {&hash, 1}};
    items[1] = (struct gateway_caller){.name = TEXT("bob")};
    cr_assert(live_callers_index(arena, &config, &callers, &err), "%s", err.message);
    memcpy(folder, "/tmp/weir-test-XXXXXX", sizeof("/tmp/weir-test-XXXXXX"));
    cr_assert(mkdtemp(folder));
}

static const char *
kept_file(void)
{
    return text_c_string(arena, text_format(arena, "%s/keys.json", folder));
}

static void
end_callers(void)
{
    unlink(kept_file());
    rmdir(folder);
    end_arena();
}

TestSuite(heard_keys, .init = given_callers, .fini = end_callers);

static void
given_kept(struct text bytes)
{
    struct error err;
    cr_assert(file_write_atomic(kept_file(), bytes, 0600, &err), "%s", err.message);
}

static struct ledger_key
key_of(const char *key)
{
    return (struct ledger_key){
        .hash = caller_key_hash(arena, text_of(key)), .expires = FIELD_UNSET, .revoked = FIELD_UNSET};
}

static struct heard_keys *
heard(struct ledger_key *items, size_t count)
{
    const struct ledger_frame frame = {.type = LEDGER_KEYS, .keys = {.keys = {items, count}}};
    struct heard_keys *keys = heard_keys_new(arena, folder);
    struct buffer message;
    struct error err;
    buffer_init(&message, arena, 256);
    ledger_frame_print(arena, &frame, &message);
    given_kept(buffer_text(&message));
    cr_assert(heard_keys_load(keys, &err), "%s", err.message);
    return keys;
}

static void
expect_caller(const struct heard_keys *keys, const char *key, int64_t unix_ms, const char *name)
{
    uint8_t hash[DIGEST_SHA256_BYTES];
    digest_sha256(text_of(key), hash);
    const struct gateway_caller *caller = heard_keys_caller(keys, &callers, hash, unix_ms);
    cr_assert_eq(caller != NULL, name != NULL);
    if (name)
        cr_assert(text_equals(caller->name, text_of(name)));
}

Test(heard_keys, leaves_declared_keys_as_they_are_when_nothing_was_heard)
{
    struct heard_keys *keys = heard_keys_new(arena, folder);
    struct error err;

    cr_assert(heard_keys_load(keys, &err), "%s", err.message);
    expect_caller(keys, "declared", NOW, "ada");
    expect_caller(keys, "other", NOW, NULL);
    expect_caller(NULL, "declared", NOW, "ada");
}

Test(heard_keys, refuses_a_declared_key_from_when_it_is_revoked)
{
    struct ledger_key revoked = key_of("declared");
    revoked.revoked = NOW;
    struct heard_keys *keys = heard(&revoked, 1);

    expect_caller(keys, "declared", NOW - 1, "ada");
    expect_caller(keys, "declared", NOW, NULL);
}

Test(heard_keys, knows_a_made_key_until_it_expires_or_is_revoked)
{
    struct ledger_key made[] = {key_of("for-ever"), key_of("for-a-while"), key_of("gone")};
    for (size_t i = 0; i < COUNT_OF(made); i++)
        made[i].caller = TEXT("bob");
    made[1].expires = NOW;
    made[2].revoked = NOW;
    struct heard_keys *keys = heard(made, COUNT_OF(made));

    expect_caller(keys, "for-ever", NOW, "bob");
    expect_caller(keys, "for-a-while", NOW - 1, "bob");
    expect_caller(keys, "for-a-while", NOW, NULL);
    expect_caller(keys, "gone", NOW - 1, "bob");
    expect_caller(keys, "gone", NOW, NULL);
}

Test(heard_keys, knows_no_made_key_of_a_caller_that_the_config_has_not)
{
    struct ledger_key made = key_of("made");
    made.caller = TEXT("cyd");

    expect_caller(heard(&made, 1), "made", NOW, NULL);
}

Test(heard_keys, lets_the_config_decide_what_is_declared_and_expired_only_here)
{
    struct ledger_key made = key_of("declared");
    made.caller = TEXT("bob");
    made.expires = NOW;

    expect_caller(heard(&made, 1), "declared", NOW, "ada");
}

Test(heard_keys, refuses_a_file_that_holds_none_and_says_which)
{
    static const char *const spoilt[] = {"", "{", "{\"type\":\"Ack\",\"ack\":{\"next\":1}}",
                                         "{\"type\":\"Keys\",\"keys\":{\"keys\":[{\"hash\":\"sha256:0\"}]}}"};
    for (size_t i = 0; i < COUNT_OF(spoilt); i++) {
        struct heard_keys *keys = heard_keys_new(arena, folder);
        struct error err;
        given_kept(text_of(spoilt[i]));
        cr_assert_not(heard_keys_load(keys, &err), "%s", spoilt[i]);
        cr_assert(strstr(err.message, "keys.json"), "%s", err.message);
        expect_caller(keys, "declared", NOW, "ada");
    }
}

Test(heard_keys, refuses_a_hash_that_is_there_twice)
{
    struct ledger_key twice[] = {key_of("a"), key_of("a")};
    const struct ledger_frame frame = {.type = LEDGER_KEYS, .keys = {.keys = {twice, 2}}};
    struct heard_keys *keys = heard_keys_new(arena, folder);
    struct buffer message;
    struct error err;
    buffer_init(&message, arena, 256);
    ledger_frame_print(arena, &frame, &message);
    given_kept(buffer_text(&message));

    cr_assert_not(heard_keys_load(keys, &err));
}
