/* The stream that budgets are lent on. */
#include "lib/base/clock.h"
#include "lib/document/document_build.h"
#include "tests/unit/api/server/stream_rig.h"

TestSuite(ledger_stream, .init = given_server, .fini = end_server, .timeout = 120);

#define A RECORD("01A", "") "\n"

static void
send_book(const char *revision, int64_t amount)
{
    struct gateway_budget budget;
    schema_set_defaults(&gateway_budget_schema, &budget);
    budget.id = TEXT("daily");
    budget.scope = POLICY_SCOPE_ENVIRONMENT;
    budget.amount = amount;
    budget.period = BUDGET_PERIOD_DAY;
    budget.on_exceeded = OVER_BUDGET_BLOCK;
    send_frame(&(struct ledger_frame){.type = LEDGER_BOOK,
                                      .book = {.revision = text_of(revision), .budgets = {&budget, 1}}});
}

static struct text
today(void)
{
    struct budget_window window = budget_window_at(BUDGET_PERIOD_DAY, time_zone_utc(), clock_unix_ms());
    return text_copy(rig.arena, text_of(window.id));
}

static void
send_ask(int64_t number, const char *owner, int64_t wanted)
{
    send_frame(&(struct ledger_frame){.type = LEDGER_ASK,
                                      .ask = {.number = number,
                                              .budget = TEXT("daily"),
                                              .owner = text_of(owner),
                                              .window = today(),
                                              .wanted = wanted,
                                              .at_least = wanted,
                                              .longest_call_ms = 600000}});
}

static void
send_give_back(int64_t number, struct text lease, int64_t kept)
{
    struct ledger_return given = {.lease = lease, .kept = kept};
    send_frame(&(struct ledger_frame){.type = LEDGER_GIVE_BACK,
                                      .give_back = {.number = number, .returns = {&given, 1}}});
}

static const struct ledger_lent *
expect_lent(int64_t number, int64_t amount)
{
    const struct ledger_lent *lent = &next_frame(LEDGER_LENT)->lent;
    cr_assert_eq(lent->number, number);
    cr_assert_eq(lent->amount, amount, "%lld: %.*s", (long long)lent->amount, TEXT_ARG(lent->reason));
    return lent;
}

/* The operator's stream comes first and goes; the next one is a gateway's. */
static void
given_book_and_gateway(int64_t amount)
{
    send_book("1", amount);
    cr_assert(text_equals(next_frame(LEDGER_BOOKED)->booked.revision, TEXT("1")));
    websocket_stream_close(bench.stream);
    until(&bench.open_count, bench.open_count + 1);
    send_hello("dev");
    expect_welcome(0);
}

/* A batch is kept in pieces, and leases come in between. */
Test(ledger_stream, lends_while_a_large_batch_is_under_way)
{
    given_book_and_gateway(100);
    send_usage(0, many_records(LEDGER_MAX_BATCH_RECORDS));
    send_ask(1, "demo/dev", 30);
    expect_lent(1, 30);
    expect_ack(LEDGER_MAX_BATCH_RECORDS);
    cr_assert_eq(rig_count("SELECT count(*) FROM usage"), LEDGER_MAX_BATCH_RECORDS);
}

Test(ledger_stream, takes_one_book_after_the_other)
{
    send_book("1", 5);
    cr_assert(text_equals(next_frame(LEDGER_BOOKED)->booked.revision, TEXT("1")));
    send_book("2", 7);
    cr_assert(text_equals(next_frame(LEDGER_BOOKED)->booked.revision, TEXT("2")));
    cr_assert_eq(rig_count("SELECT amount FROM budget"), 7);
    send_hello("dev");
    expect_refusal("a Hello is not expected now");
}

static void
send_declare(const char *workspace, const char *revision, struct declared_thing *thing)
{
    struct ledger_frame frame = {.type = LEDGER_DECLARE,
                                 .declare = {.workspace = text_of(workspace), .revision = text_of(revision)}};
    frame.declare.declaration.source = thing ? document_new_map(rig.arena) : NULL;
    frame.declare.declaration.things = (struct declared_thing_list){thing, thing != NULL};
    send_frame(&frame);
}

static void
expect_declared(const char *workspace, const char *revision)
{
    const struct ledger_declared *declared = &next_frame(LEDGER_DECLARED)->declared;
    cr_assert(text_equals(declared->workspace, text_of(workspace)), "%.*s", TEXT_ARG(declared->workspace));
    cr_assert(text_equals(declared->revision, text_of(revision)), "%.*s", TEXT_ARG(declared->revision));
}

Test(ledger_stream, takes_what_each_workspace_of_the_book_declares)
{
    struct text name = TEXT("demo");
    struct declared_thing thing = {
        .action = AUDIT_WORKSPACE_CHANGED,
        .subject = TEXT("Workspace demo"),
        .digest = TEXT("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
        .actor = TEXT("file")};
    send_frame(&(struct ledger_frame){
        .type = LEDGER_BOOK, .book = {.revision = TEXT("1"), .whole = true, .workspaces = {&name, 1}}});
    next_frame(LEDGER_BOOKED);
    send_declare("demo", "d1", NULL);
    expect_declared("demo", "");
    send_declare("demo", "d1", &thing);
    expect_declared("demo", "d1");
    send_declare("demo", "d2", NULL);
    expect_declared("demo", "d1");
    send_declare("", "o1", &thing);
    expect_declared("", "o1");
    cr_assert_eq(rig_count("SELECT count(*) FROM declared WHERE workspace = 'demo'"), 1);
    send_declare("other", "d1", &thing);
    expect_refusal("what workspace \"other\" declares: the book of budgets has no such workspace");
}

Test(ledger_stream, takes_no_declaration_from_a_gateway)
{
    struct declared_thing thing = {
        .subject = TEXT("x"),
        .digest = TEXT("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
        .actor = TEXT("file")};
    send_hello("dev");
    expect_welcome(0);
    send_declare("", "d1", &thing);
    expect_refusal("a Declare is not expected now");
    cr_assert_eq(rig_count("SELECT count(*) FROM declared"), 0);
}

Test(ledger_stream, takes_no_book_from_a_gateway)
{
    send_hello("dev");
    expect_welcome(0);
    send_book("1", 5);
    expect_refusal("a Book is not expected now");
    cr_assert_eq(rig_count("SELECT count(*) FROM budget"), 0);
}

Test(ledger_stream, lends_and_hears_what_is_given_back)
{
    given_book_and_gateway(100);
    send_ask(7, "demo/dev", 60);
    const struct ledger_lent *lent = expect_lent(7, 60);
    cr_assert_eq(lent->length_ms, LEASE_LENGTH_MS);
    cr_assert_eq(lent->left, 40);
    cr_assert_eq(lent->used, 0);
    cr_assert_eq(lent->replicas, 1);
    send_ask(8, "demo/dev", 41);
    cr_assert(text_is_empty(expect_lent(8, 0)->reason));
    send_give_back(9, lent->lease, 10);
    cr_assert_eq(next_frame(LEDGER_RETURNED)->returned.number, 9);
    send_give_back(9, lent->lease, 10);
    cr_assert_eq(next_frame(LEDGER_RETURNED)->returned.number, 9);
    send_ask(10, "demo/dev", 90);
    expect_lent(10, 90);
    expect_metric("weir_ledger_leases_total 2\n");
    expect_metric("weir_ledger_asks_in_vain_total 1\n");
}

Test(ledger_stream, answers_a_question_asked_again_on_the_next_stream_with_the_same_lease)
{
    given_book_and_gateway(100);
    send_ask(7, "demo/dev", 60);
    struct text lease = text_copy(rig.arena, expect_lent(7, 60)->lease);
    websocket_stream_close(bench.stream);
    until(&bench.open_count, bench.open_count + 1);
    send_hello("dev");
    expect_welcome(0);
    send_ask(7, "demo/dev", 60);
    const struct ledger_lent *again = expect_lent(7, 60);
    cr_assert(text_equals(again->lease, lease));
    cr_assert_eq(again->length_ms, LEASE_LENGTH_MS);
    send_ask(8, "demo/dev", 40);
    expect_lent(8, 40);
    expect_metric("weir_ledger_leases_total 2\n");
}

Test(ledger_stream, says_why_nothing_is_lent_and_goes_on)
{
    given_book_and_gateway(100);
    send_ask(1, "demo/prod", 1);
    cr_assert(text_find(expect_lent(1, 0)->reason, TEXT("no account of demo/dev")) >= 0);
    send_ask(2, "demo/dev", 1);
    expect_lent(2, 1);
    cr_assert_eq(bench.close_count, 1);
}

Test(ledger_stream, settles_what_records_are_charged_to)
{
    given_book_and_gateway(100);
    send_ask(1, "demo/dev", 60);
    const struct ledger_lent *lent = expect_lent(1, 60);
    struct text window = today();
    send_usage(0, text_format(rig.arena,
                              RECORD("01A", ",\"charges\":[{\"budget\":\"daily\",\"owner\":\"demo/dev\","
                                            "\"window\":\"%.*s\",\"lease\":\"%.*s\",\"amount\":25}]") "\n",
                              TEXT_ARG(window), TEXT_ARG(lent->lease)));
    expect_ack(1);
    cr_assert_eq(rig_count("SELECT settled FROM account"), 25);
    cr_assert_eq(rig_count("SELECT leased FROM account"), 35);
    expect_metric("weir_ledger_overdrawn_leases_total 0\n");
    send_usage(1, text_format(rig.arena,
                              RECORD("01B", ",\"charges\":[{\"budget\":\"daily\",\"owner\":\"demo/dev\","
                                            "\"window\":\"%.*s\",\"lease\":\"%.*s\",\"amount\":36}]") "\n",
                              TEXT_ARG(window), TEXT_ARG(lent->lease)));
    expect_ack(2);
    cr_assert_eq(rig_count("SELECT settled FROM account"), 61);
    cr_assert_eq(rig_count("SELECT leased FROM account"), 0);
    expect_metric("weir_ledger_overdrawn_leases_total 1\n");
}

Test(ledger_stream, refuses_a_gateway_that_gives_back_what_is_not_its_own)
{
    given_book_and_gateway(100);
    rig_sql("INSERT INTO lease (id, budget, owner, window_id, amount, journal, lent_ms, charged, state) "
            "VALUES ('other', 'daily', 'demo/dev', 'w', 1, '" JOURNAL_B "', 0, 0, 0)");
    send_give_back(1, TEXT("other"), 0);
    expect_refusal("was not lent to this journal");
    cr_assert_eq(rig_count("SELECT amount FROM lease"), 1);
}

Test(ledger_stream, refuses_questions_before_hello)
{
    send_ask(1, "demo/dev", 1);
    expect_refusal("a Ask is not expected now");
}

/* While the database is another's, nothing is answered. */
Test(ledger_stream, answers_questions_beside_a_batch_and_refuses_more_than_there_may_be)
{
    given_book_and_gateway(100);
    sqlite3 *other = given_a_locked_database();
    send_usage(0, TEXT(A));
    for (int i = 1; i <= 8; i++)
        send_ask(i, "demo/dev", 1);
    let_go(other);
    int heard = bench.heard_count;
    until(&bench.heard_count, heard + 9);
    cr_assert_eq(bench.heard[heard].type, LEDGER_ACK);
    cr_assert_eq(bench.heard[heard + 8].lent.amount, 1);
    cr_assert_eq(rig_count("SELECT leased FROM account"), 8);
    other = given_a_locked_database();
    for (int i = 0; i <= LEDGER_MAX_QUESTIONS; i++)
        send_ask(9 + i, "demo/dev", 1);
    expect_refusal("1024 questions are not answered yet");
    let_go(other);
}

/* Listen is answered when there is something to tell, and what was told is not told again. */
Test(ledger_stream, tells_an_operator_that_listens_of_alerts)
{
    const struct ledger_frame listen = {.type = LEDGER_LISTEN};
    send_frame(&(struct ledger_frame){.type = LEDGER_BOOK, .book = {.revision = TEXT("1")}});
    next_frame(LEDGER_BOOKED);
    rig_sql(
        "INSERT INTO alert (id, time_ms, workspace, budget, owner, window_id, percent, scope, unit, period, "
        "amount, settled, told) VALUES ('01A-050', 7, 'demo', 'b', 'demo/dev', '2026-11', 50, 'Environment', "
        "'Tokens', 'Month', 100, 50, 0), ('01A-080', 7, 'demo', 'b', 'demo/dev', '2026-11', 80, "
        "'Environment', 'Tokens', 'Month', 100, 90, 1)");
    send_frame(&listen);
    const struct ledger_alerts_frame *heard = &next_frame(LEDGER_ALERTS)->alerts;
    cr_assert_eq(heard->alerts.count, 1);
    cr_assert(text_equals(heard->alerts.items[0].id, TEXT("01A-050")));
    cr_assert(text_equals(heard->alerts.items[0].settled, TEXT("50")));

    struct text told = heard->alerts.items[0].id;
    send_frame(&(struct ledger_frame){.type = LEDGER_LISTEN, .listen = {.told = {&told, 1}}});
    send_frame(&listen);
    expect_refusal("a Listen came before the one before it was answered");
}

Test(ledger_stream, lets_no_gateway_listen)
{
    send_hello("dev");
    expect_welcome(0);
    send_frame(&(struct ledger_frame){.type = LEDGER_LISTEN});
    expect_refusal("a Listen is not expected now");
}
