/* Ledger frames there and back, with the records behind them. */
#include "api/types/ledger_frames.h"

#include <criterion/criterion.h>

#include "api/types/caller_key.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/document/document_build.h"
#include "tests/unit/api/types/given.h"

TestSuite(ledger_frame, .init = given_fresh_arena, .fini = end_arena);

#define JOURNAL "01KB7D0000ABCDEFGHJKMNPQRS"

static struct text
printed(const struct ledger_frame *frame)
{
    struct buffer message;
    buffer_init(&message, test_arena, 256);
    ledger_frame_print(test_arena, frame, &message);
    return buffer_text(&message);
}

static void
expect_refused(struct text message, const char *words)
{
    struct ledger_frame read;
    struct error err = {0};
    cr_assert_not(ledger_frame_parse(test_arena, message, &read, &err));
    cr_assert_eq(err.kind, ERROR_INVALID);
    cr_assert_not_null(strstr(err.message, words), "%s", err.message);
}

Test(ledger_frame, carries_a_hello)
{
    struct ledger_frame read, frame = {.type = LEDGER_HELLO,
                                       .hello = {.workspace = TEXT("demo"),
                                                 .environment = TEXT("dev"),
                                                 .gateway = TEXT("demo-dev-0"),
                                                 .journal = TEXT(JOURNAL)}};
    struct error err = {0};

    cr_assert(ledger_frame_parse(test_arena, printed(&frame), &read, &err), "%s", err.message);

    cr_assert_eq(read.type, LEDGER_HELLO);
    cr_assert(text_equals(read.hello.journal, TEXT(JOURNAL)));
    cr_assert(text_equals(read.hello.environment, TEXT("dev")));
}

/* As programs of before do with what stands beside a frame since. */
Test(ledger_frame, looks_at_nothing_beside_its_members_that_it_does_not_know)
{
    struct ledger_frame read;
    struct error err = {0};
    cr_assert(ledger_frame_parse(test_arena,
                                 TEXT("{\"type\":\"Ack\",\"ack\":{\"next\":3},\"later\":{\"more\":1}}"),
                                 &read, &err),
              "%s", err.message);
    cr_assert_eq(read.ack.next, 3);
    cr_assert_not(read.beside.hears_gateways);
}

Test(ledger_frame, carries_what_stands_beside_its_member)
{
    struct ledger_frame frame = {.type = LEDGER_ACK, .ack = {.next = 3}}, read;
    struct error err = {0};
    cr_assert(text_find(printed(&frame), TEXT("beside")) < 0, "nothing is to be said there");
    frame.beside.hears_gateways = true;
    cr_assert(ledger_frame_parse(test_arena, printed(&frame), &read, &err), "%s", err.message);
    cr_assert(read.beside.hears_gateways);
    cr_assert_eq(read.ack.next, 3);
    expect_refused(TEXT("{\"type\":\"Ack\",\"ack\":{\"next\":3},\"beside\":{\"hearsGateways\":1}}"),
                   "beside.hearsGateways");
}

Test(ledger_frame, carries_how_many_gateways_there_are)
{
    struct ledger_frame read, frame = {.type = LEDGER_GATEWAYS, .gateways = {.count = 3}};
    struct error err = {0};
    cr_assert(ledger_frame_parse(test_arena, printed(&frame), &read, &err), "%s", err.message);
    cr_assert_eq(read.gateways.count, 3);
    expect_refused(TEXT("{\"type\":\"Gateways\",\"gateways\":{\"count\":0}}"), "count");
}

Test(ledger_frame, carries_records_as_they_are)
{
    struct ledger_frame read, frame = {.type = LEDGER_USAGE,
                                       .usage = {.first = 7, .count = 2},
                                       .records = TEXT("{\"id\":\"a\"}\n{\"id\":\"b\\n\"}\n")};
    struct error err = {0};
    struct text record;

    cr_assert(ledger_frame_parse(test_arena, printed(&frame), &read, &err), "%s", err.message);

    cr_assert_eq(read.usage.first, 7);
    cr_assert(ledger_next_record(&read.records, &record) && text_equals(record, TEXT("{\"id\":\"a\"}")));
    cr_assert(ledger_next_record(&read.records, &record) && text_equals(record, TEXT("{\"id\":\"b\\n\"}")));
    cr_assert_not(ledger_next_record(&read.records, &record));
}

Test(ledger_frame, refuses_another_number_of_records_than_it_says)
{
    struct ledger_frame frame = {
        .type = LEDGER_USAGE, .usage = {.first = 0, .count = 2}, .records = TEXT("{}\n")};

    expect_refused(printed(&frame), "2 records came with 1 lines");
}

Test(ledger_frame, refuses_an_empty_record_between_others)
{
    struct ledger_frame frame = {
        .type = LEDGER_USAGE, .usage = {.first = 0, .count = 3}, .records = TEXT("{}\n\n{}\n")};

    expect_refused(printed(&frame), "record 1 of a batch has 0 bytes");
}

Test(ledger_frame, refuses_lines_behind_anything_but_usage)
{
    expect_refused(TEXT("{\"type\":\"Ack\",\"ack\":{\"next\":3}}\n{}\n"), "not a Ack");
}

Test(ledger_frame, refuses_a_number_that_nobody_can_have)
{
    expect_refused(TEXT("{\"type\":\"Welcome\",\"welcome\":{\"next\":-1}}"), "next");
    expect_refused(TEXT("{\"type\":\"Lend\",\"welcome\":{\"next\":1}}"), "Hello, Welcome, Usage");
}

/* Printed and read again. */
static struct ledger_frame
carried(const struct ledger_frame *frame)
{
    struct ledger_frame read;
    struct error err = {0};
    cr_assert(ledger_frame_parse(test_arena, printed(frame), &read, &err), "%s", err.message);
    cr_assert_eq(read.type, frame->type);
    return read;
}

Test(ledger_frame, carries_an_ask)
{
    struct ledger_frame read = carried(&(struct ledger_frame){.type = LEDGER_ASK,
                                                              .ask = {.number = 7,
                                                                      .budget = TEXT("acme/monthly"),
                                                                      .owner = TEXT("acme/prod/ada"),
                                                                      .window = TEXT("2026-11"),
                                                                      .wanted = LEASE_MAX_AMOUNT,
                                                                      .at_least = 3,
                                                                      .longest_call_ms = 600000}});
    cr_assert_eq(read.ask.number, 7);
    cr_assert(text_equals(read.ask.budget, TEXT("acme/monthly")));
    cr_assert(text_equals(read.ask.owner, TEXT("acme/prod/ada")));
    cr_assert(text_equals(read.ask.window, TEXT("2026-11")));
    cr_assert_eq(read.ask.wanted, LEASE_MAX_AMOUNT);
    cr_assert_eq(read.ask.at_least, 3);
    cr_assert_eq(read.ask.longest_call_ms, 600000);
}

Test(ledger_frame, carries_what_was_lent_and_why_nothing_was)
{
    struct ledger_frame lent = carried(&(struct ledger_frame){.type = LEDGER_LENT,
                                                              .lent = {.number = 7,
                                                                       .lease = TEXT("01L"),
                                                                       .amount = 5,
                                                                       .length_ms = 60000,
                                                                       .left = 9,
                                                                       .used = 2,
                                                                       .replicas = 3}});
    cr_assert(text_equals(lent.lent.lease, TEXT("01L")));
    cr_assert_eq(lent.lent.amount, 5);
    cr_assert_eq(lent.lent.length_ms, 60000);
    cr_assert_eq(lent.lent.left, 9);
    cr_assert_eq(lent.lent.used, 2);
    cr_assert_eq(lent.lent.replicas, 3);
    struct ledger_frame none = carried(&(struct ledger_frame){
        .type = LEDGER_LENT,
        .lent = {.number = 8, .replicas = 1, .reason = TEXT("no budget x is in the book")}});
    cr_assert_eq(none.lent.amount, 0);
    cr_assert(text_is_empty(none.lent.lease));
    cr_assert(text_equals(none.lent.reason, TEXT("no budget x is in the book")));
}

Test(ledger_frame, carries_what_is_given_back_and_that_it_was_heard)
{
    struct ledger_return returns[] = {{.lease = TEXT("01A"), .kept = 5},
                                      {.lease = TEXT("01B"), .over = true}};
    struct ledger_frame read = carried(&(struct ledger_frame){
        .type = LEDGER_GIVE_BACK, .give_back = {.number = 9, .returns = {returns, 2}}});
    cr_assert_eq(read.give_back.returns.count, 2);
    cr_assert(text_equals(read.give_back.returns.items[0].lease, TEXT("01A")));
    cr_assert_eq(read.give_back.returns.items[0].kept, 5);
    cr_assert_not(read.give_back.returns.items[0].over);
    cr_assert_eq(read.give_back.returns.items[1].kept, 0);
    cr_assert(read.give_back.returns.items[1].over);
    cr_assert_eq(
        carried(&(struct ledger_frame){.type = LEDGER_RETURNED, .returned = {.number = 9}}).returned.number,
        9);
}

Test(ledger_frame, carries_a_book_and_that_it_is_in_force)
{
    struct gateway_budget budget;
    schema_set_defaults(&gateway_budget_schema, &budget);
    budget.id = TEXT("acme/monthly");
    budget.scope = POLICY_SCOPE_CALLER;
    budget.unit = BUDGET_UNIT_TOKENS;
    budget.amount = 1000;
    budget.period = BUDGET_PERIOD_DAY;
    budget.time_zone = TEXT("Europe/Zurich");
    budget.on_exceeded = OVER_BUDGET_BLOCK;
    struct ledger_frame read = carried(&(struct ledger_frame){
        .type = LEDGER_BOOK, .book = {.revision = TEXT("12-abcdef"), .budgets = {&budget, 1}}});
    cr_assert(text_equals(read.book.revision, TEXT("12-abcdef")));
    cr_assert_eq(read.book.budgets.count, 1);
    const struct gateway_budget *got = &read.book.budgets.items[0];
    cr_assert(text_equals(got->id, budget.id) && text_equals(got->time_zone, budget.time_zone));
    cr_assert(got->scope == budget.scope && got->unit == budget.unit && got->amount == budget.amount &&
              got->period == budget.period && got->on_exceeded == budget.on_exceeded);
    struct text names[] = {TEXT("demo"), TEXT("other")};
    read = carried(&(struct ledger_frame){
        .type = LEDGER_BOOK, .book = {.revision = TEXT("1"), .workspaces = {names, 2}, .whole = true}});
    cr_assert(read.book.whole && read.book.workspaces.count == 2);
    cr_assert(text_equals(read.book.workspaces.items[1], TEXT("other")));
    struct ledger_frame empty =
        carried(&(struct ledger_frame){.type = LEDGER_BOOK, .book = {.revision = TEXT("1")}});
    cr_assert_eq(empty.book.budgets.count, 0);
    struct ledger_frame booked =
        carried(&(struct ledger_frame){.type = LEDGER_BOOKED, .booked = {.revision = TEXT("12-abcdef")}});
    cr_assert(text_equals(booked.booked.revision, TEXT("12-abcdef")));
}

Test(ledger_frame, carries_what_a_workspace_declares_and_what_is_known_of_it)
{
    struct declared_thing thing = {
        .action = AUDIT_PRICE_CHANGED,
        .subject = TEXT("ModelPolicy demo-dev/own"),
        .digest = TEXT("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
        .actor = TEXT("cluster")};
    struct ledger_frame frame = {.type = LEDGER_DECLARE,
                                 .declare = {.workspace = TEXT("demo"),
                                             .revision = TEXT("0123"),
                                             .declaration = {.whole = true, .things = {&thing, 1}}}};
    frame.declare.declaration.source = document_new_map(test_arena);
    struct ledger_frame read = carried(&frame);
    cr_assert(text_equals(read.declare.workspace, TEXT("demo")) && read.declare.declaration.whole);
    cr_assert_not_null(read.declare.declaration.source);
    cr_assert_eq(read.declare.declaration.things.count, 1);
    cr_assert(text_equals(read.declare.declaration.things.items[0].subject, thing.subject));
    cr_assert_eq(read.declare.declaration.things.items[0].action, AUDIT_PRICE_CHANGED);

    read = carried(&(struct ledger_frame){.type = LEDGER_DECLARE, .declare = {.revision = TEXT("0123")}});
    cr_assert_null(read.declare.declaration.source, "it is only asked for");
    cr_assert(text_is_empty(read.declare.workspace));
    read = carried(&(struct ledger_frame){.type = LEDGER_DECLARED, .declared = {.workspace = TEXT("demo")}});
    cr_assert(text_equals(read.declared.workspace, TEXT("demo")));
    cr_assert(text_is_empty(read.declared.revision));
}

Test(ledger_frame, carries_what_an_operator_hears_of_alerts)
{
    struct raised_alert alert = {.id = TEXT("01KB7D0000ABCDEFGHJKMNPQRS-080"),
                                 .time = 1764000000000,
                                 .budget = TEXT("org"),
                                 .window = TEXT("2025-11"),
                                 .percent = 80,
                                 .amount = TEXT("10.00"),
                                 .settled = TEXT("8.20")};
    struct ledger_frame read =
        carried(&(struct ledger_frame){.type = LEDGER_LISTEN, .listen = {.told = {&alert.id, 1}}});
    cr_assert_eq(read.listen.told.count, 1);
    cr_assert(text_equals(read.listen.told.items[0], alert.id));
    read = carried(&(struct ledger_frame){.type = LEDGER_LISTEN});
    cr_assert_eq(read.listen.told.count, 0);
    read = carried(&(struct ledger_frame){.type = LEDGER_ALERTS, .alerts = {.alerts = {&alert, 1}}});
    cr_assert_eq(read.alerts.alerts.count, 1);
    cr_assert(text_equals(read.alerts.alerts.items[0].settled, TEXT("8.20")));
    cr_assert_eq(read.alerts.alerts.items[0].time, 1764000000000);
}

Test(ledger_frame, carries_which_calls_run)
{
    struct running_call call = {
        .id = TEXT("01A"), .time = 1764000000000, .caller = TEXT("ada"), .stream = true, .bytes = 7};
    struct ledger_frame read = carried(&(struct ledger_frame){.type = LEDGER_LOOK, .look = {.number = 3}});
    cr_assert_eq(read.look.number, 3);
    read = carried(&(struct ledger_frame){.type = LEDGER_RUNNING,
                                          .running = {.number = 3, .calls = {&call, 1}, .is_cut = true}});
    cr_assert(read.running.number == 3 && read.running.is_cut);
    cr_assert_eq(read.running.calls.count, 1);
    cr_assert(text_equals(read.running.calls.items[0].caller, TEXT("ada")));
    cr_assert(read.running.calls.items[0].stream);
    cr_assert_eq(read.running.calls.items[0].bytes, 7);
    cr_assert_eq(read.running.calls.items[0].time, 1764000000000);
}

Test(ledger_frame, refuses_asks_returns_and_books_beyond_their_bounds)
{
#define ASK(MORE) "{\"type\":\"Ask\",\"ask\":{\"budget\":\"b\",\"window\":\"2026-11\"" MORE "}}"
    expect_refused(TEXT(ASK(",\"number\":0,\"wanted\":1")), "number");
    expect_refused(TEXT(ASK(",\"number\":1,\"wanted\":0")), "wanted");
    expect_refused(TEXT(ASK(",\"number\":1,\"wanted\":2251799813685248")), "wanted");
    expect_refused(TEXT(ASK(",\"number\":1,\"wanted\":1,\"atLeast\":-1")), "atLeast");
    expect_refused(TEXT(ASK(",\"number\":1")), "wanted");
#define GIVE(RETURNS) "{\"type\":\"GiveBack\",\"giveBack\":{\"number\":1,\"returns\":[" RETURNS "]}}"
    expect_refused(TEXT(GIVE("{\"lease\":\"l\",\"kept\":-1}")), "kept");
    expect_refused(TEXT(GIVE("{\"lease\":\"\",\"kept\":1}")), "lease");
    expect_refused(TEXT(GIVE("{\"lease\":\"l\",\"kept\":1},{\"lease\":\"l\",\"kept\":2}")), "lease");
    expect_refused(TEXT("{\"type\":\"Book\",\"book\":{\"revision\":\"\"}}"), "revision");
    expect_refused(
        TEXT("{\"type\":\"Book\",\"book\":{\"revision\":\"1\",\"budgets\":[{\"id\":\"b\",\"scope\":"
             "\"Workspace\",\"amount\":-1,\"period\":\"Day\",\"onExceeded\":\"Block\"}]}}"),
        "amount");
}

Test(ledger_frame, carries_keys_by_their_hashes)
{
    struct ledger_key keys[] = {
        {.hash = caller_key_hash(test_arena, TEXT("made")),
         .caller = TEXT("ada"),
         .expires = INT64_C(1764000000123),
         .revoked = FIELD_UNSET},
        {.hash = caller_key_hash(test_arena, TEXT("declared")), .expires = FIELD_UNSET, .revoked = 7},
    };
    struct ledger_frame read, frame = {.type = LEDGER_KEYS, .keys = {.keys = {keys, 2}}};
    struct error err = {0};

    cr_assert(ledger_frame_parse(test_arena, printed(&frame), &read, &err), "%s", err.message);

    cr_assert_eq(read.keys.keys.count, 2);
    cr_assert(text_equals(read.keys.keys.items[0].hash, keys[0].hash));
    cr_assert_eq(read.keys.keys.items[0].expires, INT64_C(1764000000123));
    cr_assert_eq(read.keys.keys.items[0].revoked, FIELD_UNSET);
    cr_assert(text_is_empty(read.keys.keys.items[1].caller));
    cr_assert_eq(read.keys.keys.items[1].revoked, 7);
}

Test(ledger_frame, refuses_a_key_that_is_no_hash)
{
    expect_refused(TEXT("{\"type\":\"Keys\",\"keys\":{\"keys\":[{\"hash\":\"weir_ada_secret\"}]}}"), "hash");
}

Test(ledger_frame, holds_the_most_keys_that_there_may_be)
{
    struct ledger_key *keys = arena_alloc_array(test_arena, LEDGER_MAX_KEYS, sizeof(*keys));
    struct ledger_frame read, frame = {.type = LEDGER_KEYS, .keys = {.keys = {keys, LEDGER_MAX_KEYS}}};
    struct error err = {0};
    for (size_t i = 0; i < LEDGER_MAX_KEYS; i++)
        keys[i] = (struct ledger_key){
            .hash = caller_key_hash(test_arena, text_format(test_arena, "%zu", i)),
            .caller = TEXT("a-name-that-is-as-long-as-a-name-of-a-caller-can-be-in-a-worksp"),
            .expires = INT64_C(1764000000123),
            .revoked = INT64_C(1764000000123)};

    cr_assert(ledger_frame_parse(test_arena, printed(&frame), &read, &err), "%s", err.message);
    cr_assert_eq(read.keys.keys.count, LEDGER_MAX_KEYS);
}
