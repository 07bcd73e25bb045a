/* What a gateway hears of keys on its stream. */
#include "api/server/ledger/ledger_keys.h"
#include "api/types/caller_key.h"
#include "tests/unit/api/server/stream_rig.h"

TestSuite(ledger_stream_keys, .init = given_server, .fini = end_server, .timeout = 120);

#define NOW INT64_C(1764000000000)

static void
on_change(void *owner, const struct key_changed_answer *answer)
{
    cr_assert_eq(answer->end, LEDGER_DONE, "%s", answer->why.message);
    *(bool *)owner = true;
}

/* As a declaration and a gateway of the environment leave it. */
static void
given_ada(void)
{
    rig_count("INSERT INTO declaration (workspace, revision, changes, callers, prices, limits) VALUES "
              "('demo', 'r1', 0, '[{\"name\":\"ada\"}]', '[]', '[]') RETURNING 1");
}

static void
greet(bool hears_keys)
{
    const struct ledger_frame hello = {.type = LEDGER_HELLO,
                                       .hello = {.workspace = TEXT("demo"),
                                                 .environment = TEXT("dev"),
                                                 .gateway = TEXT("demo-dev-0"),
                                                 .journal = TEXT(JOURNAL_A)},
                                       .beside = {.hears_keys = hears_keys}};
    send_frame(&hello);
}

static void
make_key(const char *environment, const char *key)
{
    bool is_done = false;
    struct key_change change = {.place = {TEXT("demo"), text_of(environment), TEXT("ada")},
                                .new_hash = caller_key_hash(rig.arena, text_of(key)),
                                .expires_ms = FIELD_UNSET,
                                .actor = TEXT("test"),
                                .now_ms = NOW};
    ledger_change_keys(bench.ledger, rig.arena, &change, on_change, &is_done);
    rig_until(&is_done);
}

Test(ledger_stream_keys, are_told_after_the_welcome_also_when_there_are_none)
{
    greet(true);
    expect_welcome(0);
    until(&bench.keys_count, 1);
    cr_assert_eq(bench.keys.keys.count, 0);
}

Test(ledger_stream_keys, are_told_whole_at_each_change)
{
    given_ada();
    greet(true);
    expect_welcome(0);
    until(&bench.keys_count, 1);

    make_key("dev", "first");
    until(&bench.keys_count, 2);
    cr_assert_eq(bench.keys.keys.count, 1);
    cr_assert(text_equals(bench.keys.keys.items[0].hash, caller_key_hash(rig.arena, TEXT("first"))));
    cr_assert(text_equals(bench.keys.keys.items[0].caller, TEXT("ada")));

    make_key("dev", "second");
    until(&bench.keys_count, 3);
    cr_assert_eq(bench.keys.keys.count, 2);
}

Test(ledger_stream_keys, are_told_to_who_comes_back)
{
    given_ada();
    greet(true);
    expect_welcome(0);
    make_key("dev", "first");
    websocket_stream_close(bench.stream);
    until(&bench.open_count, 2);
    int before = bench.keys_count;
    greet(true);
    expect_welcome(0);
    until(&bench.keys_count, before + 1);
    cr_assert_eq(bench.keys.keys.count, 1);
}

Test(ledger_stream_keys, are_not_told_to_who_does_not_say_that_it_hears_them)
{
    given_ada();
    greet(false);
    expect_welcome(0);
    make_key("dev", "first");
    send_usage(0, TEXT(RECORD("01A", "") "\n"));
    expect_ack(1);
    cr_assert_eq(bench.keys_count, 0);
}
