/* Each record once, whatever is sent how often: the same tests on SQLite and PostgreSQL. */
#include "api/server/ledger/ledger_sql.h"
#include "lib/base/buffer.h"
#include "tests/unit/api/server/ledger/ledger_rig.h"

TestSuite(ledger_ingest, .timeout = 120);

#define THREE_RECORDS                                                                                        \
    RECORD("01A", ",\"team\":\"t\",\"model\":\"m\",\"inputTokens\":10,\"outputTokens\":1,\"cost\":\"0.5\"")  \
    "\n" RECORD("01B", ",\"team\":\"t\",\"model\":\"m\",\"inputTokens\":20,\"requests\":1") "\n" RECORD(     \
        "01C", ",\"team\":\"u\",\"model\":\"m\",\"inputTokens\":7") "\n"

static void
expect_next(struct ledger_outcome outcome, int64_t next)
{
    cr_assert_eq(outcome.end, LEDGER_DONE, "%s", outcome.why.message);
    cr_assert_eq(outcome.next, next, "next is %lld", (long long)outcome.next);
}

static void
expect_text(const char *statement, const char *wanted)
{
    struct sql_result result = rig_sql(statement);
    struct text text = {0};
    struct error why = {0};
    cr_assert(sql_result_text(&result, 0, 0, &text, &why), "%s: %s", statement, why.message);
    cr_assert(text_equals(text, text_of(wanted)), "\"%.*s\" is not \"%s\"", TEXT_ARG(text), wanted);
}

ON_BOTH(ledger_ingest, a_new_journal_stands_at_its_first_record)
{
    given_ledger();
    expect_next(welcome(JOURNAL_A, "demo", "dev"), 0);
    expect_next(welcome(JOURNAL_A, "demo", "dev"), 0);
    expect_text("SELECT gateway FROM journal", "demo-dev-0");
}

ON_BOTH(ledger_ingest, the_hours_have_a_column_for_each_class_of_the_vector)
{
    given_ledger();
    for (int i = 0; i < USAGE_CLASS_COUNT; i++) {
        struct buffer text;
        buffer_init(&text, rig.arena, 256);
        buffer_add_string(&text, rig.is_postgres
                                     ? "SELECT count(*) FROM information_schema.columns WHERE "
                                       "table_schema = current_schema() AND table_name = 'usage_hour' "
                                       "AND column_name = '"
                                     : "SELECT count(*) FROM pragma_table_info('usage_hour') WHERE name = '");
        ledger_sql_add_column(&text, usage_vector_schema.fields[i].key);
        buffer_add_string(&text, "'");
        const char *statement = text_c_string(rig.arena, buffer_text(&text));
        cr_assert_eq(rig_count(statement), 1, "a migration is missing: %s", statement);
    }
    int64_t columns =
        rig_count(rig.is_postgres ? "SELECT count(*) FROM information_schema.columns WHERE table_schema = "
                                    "current_schema() AND table_name = 'usage_hour'"
                                  : "SELECT count(*) FROM pragma_table_info('usage_hour')");
    cr_assert_eq(columns, LEDGER_HOUR_COLUMNS);
}

ON_BOTH(ledger_ingest, counts_a_call_once_and_the_money_of_all_its_tries)
{
    given_ledger();
    given_records(
        JOURNAL_A,
        TEXT(RECORD("01A",
                    ",\"call\":\"01B\",\"try\":1,\"nextTry\":\"Timeout\",\"provider\":\"p\","
                    "\"cost\":\"0.5\"") "\n" RECORD("01B", ",\"call\":\"01B\",\"try\":2,"
                                                           "\"provider\":\"q\",\"cost\":\"0.25\"") "\n"));
    cr_assert_eq(rig_count("SELECT CAST(sum(calls) AS bigint) FROM usage_hour"), 1);
    cr_assert_eq(rig_count("SELECT CAST(sum(tries) AS bigint) FROM usage_hour"), 2);
    cr_assert_eq(rig_count("SELECT CAST(sum(cost_nano) AS bigint) FROM usage_hour"), 750000000);
    cr_assert_eq(rig_count("SELECT calls FROM usage_hour WHERE provider = 'p'"), 0);
    expect_text("SELECT call FROM usage WHERE id = '01A'", "01B");
    expect_text("SELECT call FROM usage WHERE id = '01B'", "");
}

ON_BOTH(ledger_ingest, keeps_rows_and_sums_and_the_journals_place)
{
    given_ledger();
    given_records(JOURNAL_A, TEXT(THREE_RECORDS));
    expect_next(welcome(JOURNAL_A, "demo", "dev"), 3);
    cr_assert_eq(rig_count("SELECT count(*) FROM usage"), 3);
    cr_assert_eq(rig_count("SELECT number FROM usage WHERE id = '01B'"), 1);
    cr_assert_eq(rig_count("SELECT time_ms FROM usage WHERE id = '01B'"), SOME_HOUR_MS);
    cr_assert_eq(rig_count("SELECT cost_nano FROM usage WHERE id = '01A'"), 500000000);
    cr_assert_eq(rig_count("SELECT count(*) FROM usage WHERE cost_nano IS NULL"), 2);
    expect_text("SELECT record FROM usage WHERE id = '01C'",
                RECORD("01C", ",\"team\":\"u\",\"model\":\"m\",\"inputTokens\":7"));
    cr_assert_eq(rig_count("SELECT count(*) FROM usage_hour"), 2);
    cr_assert_eq(rig_count("SELECT hour_ms FROM usage_hour WHERE team = 'u'"), SOME_HOUR_MS);
    cr_assert_eq(rig_count("SELECT calls FROM usage_hour WHERE team = 't'"), 2);
    cr_assert_eq(rig_count("SELECT unpriced_calls FROM usage_hour WHERE team = 't'"), 1);
    cr_assert_eq(rig_count("SELECT cost_nano FROM usage_hour WHERE team = 't'"), 500000000);
    cr_assert_eq(rig_count("SELECT input_tokens FROM usage_hour WHERE team = 't'"), 30);
    cr_assert_eq(rig_count("SELECT output_tokens FROM usage_hour WHERE team = 't'"), 1);
}

ON_BOTH(ledger_ingest, the_same_batch_again_changes_nothing)
{
    given_ledger();
    given_records(JOURNAL_A, TEXT(THREE_RECORDS));
    cr_assert_eq(ingest(JOURNAL_A, 0, TEXT(THREE_RECORDS)).end, LEDGER_BEHIND);
    cr_assert_eq(ingest(JOURNAL_A, 1, TEXT(THREE_RECORDS)).end, LEDGER_BEHIND);
    expect_next(welcome(JOURNAL_A, "demo", "dev"), 3);
    cr_assert_eq(rig_count("SELECT count(*) FROM usage"), 3);
    cr_assert_eq(rig_count("SELECT CAST(sum(calls) AS bigint) FROM usage_hour"), 3);
    expect_next(ingest(JOURNAL_A, 3, TEXT(RECORD("01D", "") "\n")), 4);
}

ON_BOTH(ledger_ingest, a_batch_beyond_a_gap_or_of_a_journal_that_never_said_hello_changes_nothing)
{
    given_ledger();
    given_records(JOURNAL_A, TEXT(THREE_RECORDS));
    cr_assert_eq(ingest(JOURNAL_A, 4, TEXT(RECORD("01D", "") "\n")).end, LEDGER_BEHIND);
    cr_assert_eq(ingest(JOURNAL_B, 0, TEXT(RECORD("01D", "") "\n")).end, LEDGER_BEHIND);
    expect_next(welcome(JOURNAL_A, "demo", "dev"), 3);
    cr_assert_eq(rig_count("SELECT count(*) FROM usage"), 3);
    cr_assert_eq(rig_count("SELECT CAST(sum(calls) AS bigint) FROM usage_hour"), 3);
}

ON_BOTH(ledger_ingest, a_journal_of_another_environment_is_refused)
{
    given_ledger();
    given_records(JOURNAL_A, TEXT(THREE_RECORDS));
    static const char *const others[][2] = {{"demo", "prod"}, {"other", "dev"}};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        struct ledger_outcome outcome = welcome(JOURNAL_A, others[i][0], others[i][1]);
        cr_assert_eq(outcome.end, LEDGER_REFUSED);
        cr_assert_eq(outcome.why.kind, ERROR_DENIED);
        cr_assert(strstr(outcome.why.message, others[i][1]), "%s", outcome.why.message);
    }
    expect_next(welcome(JOURNAL_A, "demo", "dev"), 3);
}

ON_BOTH(ledger_ingest, spoilt_records_are_kept_apart_with_their_number_and_reason)
{
    given_ledger();
    given_records(JOURNAL_A, TEXT("null\n" RECORD("01A", "") "\n{\"\xFF\x01\\u0000\n"));
    expect_next(welcome(JOURNAL_A, "demo", "dev"), 3);
    cr_assert_eq(rig_count("SELECT count(*) FROM usage"), 1);
    cr_assert_eq(
        rig_count("SELECT count(*) FROM usage_spoilt WHERE reason <> '' AND journal = '" JOURNAL_A "'"), 2);
    struct sql_result result = rig_sql("SELECT record FROM usage_spoilt WHERE number = 2");
    struct text bytes = {0};
    cr_assert(sql_result_bytes(&result, 0, 0, &bytes, NULL));
    cr_assert(text_equals(bytes, TEXT("{\"\xFF\x01\\u0000")));
    cr_assert_eq(ingest(JOURNAL_A, 0, TEXT("null\n")).end, LEDGER_BEHIND);
    cr_assert_eq(rig_count("SELECT count(*) FROM usage_spoilt"), 2);
}

ON_BOTH(ledger_ingest, two_journals_add_up_in_one_hour)
{
    given_ledger();
    given_records(JOURNAL_A, TEXT(THREE_RECORDS));
    given_records(JOURNAL_B, TEXT(RECORD("01X", ",\"team\":\"t\",\"model\":\"m\",\"inputTokens\":100,"
                                                "\"cost\":\"0.25\"") "\n"));
    cr_assert_eq(rig_count("SELECT count(*) FROM usage_hour"), 2);
    cr_assert_eq(rig_count("SELECT calls FROM usage_hour WHERE team = 't'"), 3);
    cr_assert_eq(rig_count("SELECT input_tokens FROM usage_hour WHERE team = 't'"), 130);
    cr_assert_eq(rig_count("SELECT cost_nano FROM usage_hour WHERE team = 't'"), 750000000);
}

/* Rows of one hour and `teams` teams, in one order or the other. */
static struct text
records_of_teams(const char *id, int teams, bool is_backwards)
{
    struct buffer out;
    buffer_init(&out, rig.arena, 65536);
    for (int i = 0; i < teams; i++)
        buffer_print(&out, RECORD("%s-%d", ",\"team\":\"t%d\",\"inputTokens\":1") "\n", id, i,
                     is_backwards ? teams - 1 - i : i);
    return buffer_text(&out);
}

ON_BOTH(ledger_ingest, batches_of_two_gateways_at_once_do_not_end_in_each_others_way)
{
    enum { ROUNDS = 20, TEAMS = 20 };
    given_ledger();
    cr_assert_eq(welcome(JOURNAL_A, "demo", "dev").end, LEDGER_DONE);
    cr_assert_eq(welcome(JOURNAL_B, "demo", "dev").end, LEDGER_DONE);
    struct ledger *one = given_ledger_on(rig.db), *other = given_ledger_on(rig_open_another());
    for (int i = 0; i < ROUNDS; i++) {
        struct asked a, b;
        ingest_begin(&a, one, JOURNAL_A, (int64_t)i * TEAMS, records_of_teams("a", TEAMS, false));
        ingest_begin(&b, other, JOURNAL_B, (int64_t)i * TEAMS, records_of_teams("b", TEAMS, true));
        cr_assert_eq(asked_end(&a).end, LEDGER_DONE, "%s", a.outcome.why.message);
        cr_assert_eq(asked_end(&b).end, LEDGER_DONE, "%s", b.outcome.why.message);
    }
    cr_assert_eq(rig_count("SELECT count(*) FROM usage_hour"), TEAMS);
    cr_assert_eq(rig_count("SELECT CAST(min(calls) AS bigint) FROM usage_hour"), 2 * ROUNDS);
    cr_assert_eq(rig_count("SELECT CAST(max(input_tokens) AS bigint) FROM usage_hour"), 2 * ROUNDS);
}

ON_BOTH(ledger_ingest, the_largest_batch_of_which_no_two_records_are_alike_is_taken)
{
    given_ledger();
    given_records(JOURNAL_A, records_of_teams("a", 2000, false));
    cr_assert_eq(rig_count("SELECT count(*) FROM usage_hour"), 2000);
    cr_assert_eq(rig_count("SELECT count(*) FROM usage"), 2000);
}

/* Nothing that a compressing index could make shorter. */
static void
add_noise(struct buffer *out, size_t length)
{
    static uint64_t state = 88172645463325252;
    for (size_t i = 0; i < length; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        buffer_add_byte(out, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[state % 64]);
    }
}

ON_BOTH(ledger_ingest, texts_that_callers_chose_at_their_longest_do_not_hold_it_up)
{
    static const char *const names[] = {"team", "caller", "deployment", "model", "provider", "targetModel"};
    struct buffer out;
    given_ledger();
    buffer_init(&out, rig.arena, 8192);
    buffer_add_string(
        &out, "{\"id\":\"01A\",\"time\":1,\"workspace\":\"demo\",\"environment\":\"dev\",\"outcome\":\"");
    add_noise(&out, 600);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        buffer_print(&out, "\",\"%s\":\"\\u0000", names[i]);
        add_noise(&out, 600);
    }
    buffer_add_string(&out, "\"}\n");
    given_records(JOURNAL_A, buffer_text(&out));
    cr_assert_eq(rig_count("SELECT count(*) FROM usage_hour"), 1);
    cr_assert_eq(rig_count("SELECT count(*) FROM usage_spoilt"), 0);
}

/* Another weir-api, newer than this one, migrated it meanwhile. */
ON_BOTH(ledger_ingest, keeps_nothing_in_a_database_that_is_newer)
{
    given_ledger();
    expect_next(welcome(JOURNAL_A, "demo", "dev"), 0);
    (void)rig_sql("INSERT INTO weir_schema (version, applied_at) VALUES (99, 0)");

    struct ledger_outcome outcome = ingest(JOURNAL_A, 0, TEXT(RECORD("01A", "") "\n"));

    cr_assert_eq(outcome.end, LEDGER_FAILED);
    cr_assert(strstr(outcome.why.message, "the database is of version 99, this weir-api knows only "), "%s",
              outcome.why.message);
    cr_assert_eq(rig_count("SELECT count(*) FROM usage"), 0);
    (void)rig_sql("DELETE FROM weir_schema WHERE version = 99");
    cr_assert_eq(ingest(JOURNAL_A, 0, TEXT(RECORD("01A", "") "\n")).end, LEDGER_DONE);
}
