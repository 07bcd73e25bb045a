/* The stream of usage records. */
#include "tests/unit/api/server/stream_rig.h"

TestSuite(ledger_server, .init = given_server, .fini = end_server, .timeout = 120);

#define A RECORD("01A", "") "\n"
#define B RECORD("01B", "") "\n"

Test(ledger_server, welcomes_a_gateway_and_acks_each_batch_when_it_is_kept)
{
    send_hello("dev");
    expect_welcome(0);
    send_usage(0, TEXT(A B));
    expect_ack(2);
    cr_assert_eq(rig_count("SELECT count(*) FROM usage"), 2);
    send_usage(2, TEXT(RECORD("01C", "") "\n"));
    expect_ack(3);
    expect_metric("weir_ledger_records_total 3\n");
    expect_metric("weir_ledger_refused_streams_total 0\n");
}

Test(ledger_server, welcomes_a_gateway_that_comes_back_where_it_stood)
{
    send_hello("dev");
    expect_welcome(0);
    send_usage(0, TEXT(A B));
    expect_ack(2);
    websocket_stream_close(bench.stream);
    until(&bench.open_count, 2);
    send_hello("dev");
    expect_welcome(2);
}

Test(ledger_server, keeps_a_spoilt_record_and_goes_on)
{
    send_hello("dev");
    expect_welcome(0);
    send_usage(0, TEXT(A "null\n"));
    expect_ack(2);
    expect_metric("weir_ledger_records_total 1\n");
    expect_metric("weir_ledger_spoilt_records_total 1\n");
    cr_assert_eq(rig_count("SELECT number FROM usage_spoilt"), 1);
}

Test(ledger_server, says_welcome_again_to_a_batch_that_begins_elsewhere)
{
    send_hello("dev");
    expect_welcome(0);
    send_usage(5, TEXT(A));
    expect_welcome(0);
    send_usage(0, TEXT(A));
    expect_ack(1);
    send_usage(0, TEXT(A));
    expect_welcome(1);
    send_usage(1, TEXT(B));
    expect_ack(2);
    cr_assert_eq(rig_count("SELECT count(*) FROM usage"), 2);
    cr_assert_eq(bench.close_count, 0);
}

Test(ledger_server, refuses_usage_before_hello)
{
    send_usage(0, TEXT(A));
    expect_refusal("a Usage is not expected now");
    cr_assert_eq(rig_count("SELECT count(*) FROM usage"), 0);
    expect_metric("weir_ledger_refused_streams_total 1\n");
}

Test(ledger_server, refuses_a_second_hello)
{
    send_hello("dev");
    expect_welcome(0);
    send_hello("dev");
    expect_refusal("a Hello is not expected now");
}

Test(ledger_server, refuses_what_is_no_frame_and_answers_the_next_stream)
{
    websocket_stream_send(bench.stream, TEXT("{\"type\":\"Usage\"}"));
    expect_refusal("needs \"usage\"");
    until(&bench.open_count, 2);
    send_hello("dev");
    expect_welcome(0);
}

Test(ledger_server, refuses_all_of_a_batch_with_a_record_of_another_environment)
{
    send_hello("dev");
    expect_welcome(0);
    send_usage(0, TEXT(A RECORD_OF("01B", "1", "other", "") "\n"));
    expect_refusal("record 1 is of another environment than demo/dev");
    cr_assert_eq(rig_count("SELECT count(*) FROM usage"), 0);
    until(&bench.open_count, 2);
    send_hello("dev");
    expect_welcome(0);
}

/* It is kept in pieces: those before the one with the record stand, and it may go on from there. */
Test(ledger_server, refuses_a_large_batch_from_the_piece_with_a_record_of_another_environment_on)
{
    send_hello("dev");
    expect_welcome(0);
    struct text records = text_format(rig.arena, "%.*s%s\n%.*s", TEXT_ARG(many_records(700)),
                                      RECORD_OF("01B", "1", "other", ""), TEXT_ARG(many_records(1)));
    send_usage(0, records);
    expect_refusal("record 700 is of another environment than demo/dev");
    int64_t kept = rig_count("SELECT count(*) FROM usage");
    cr_assert(kept > 0 && kept < 700, "%lld", (long long)kept);
    until(&bench.open_count, 2);
    send_hello("dev");
    expect_welcome(kept);
}

Test(ledger_server, acks_a_large_batch_as_a_whole)
{
    send_hello("dev");
    expect_welcome(0);
    send_usage(0, many_records(LEDGER_MAX_BATCH_RECORDS));
    expect_ack(LEDGER_MAX_BATCH_RECORDS);
    cr_assert_eq(rig_count("SELECT count(*) FROM usage"), LEDGER_MAX_BATCH_RECORDS);
    cr_assert_eq(rig_count("SELECT calls FROM usage_hour"), LEDGER_MAX_BATCH_RECORDS);
    expect_metric("weir_ledger_records_total 2000\n");
}

Test(ledger_server, refuses_a_journal_of_another_environment)
{
    send_hello("dev");
    expect_welcome(0);
    websocket_stream_close(bench.stream);
    until(&bench.open_count, 2);
    send_hello("prod");
    expect_refusal("start the gateway on an empty state folder");
}

Test(ledger_server, refuses_a_message_before_the_one_before_it_was_answered)
{
    send_hello("dev");
    expect_welcome(0);
    sqlite3 *other = given_a_locked_database();
    send_usage(0, TEXT(A));
    send_usage(1, TEXT(B));
    expect_refusal("before the one before it was answered");
    until(&bench.open_count, 2);
    let_go(other);
    int64_t kept = rig_count("SELECT count(*) FROM usage");
    cr_assert(kept <= 1);
    send_hello("dev");
    expect_welcome(kept);
}

Test(ledger_server, forgets_a_gateway_that_leaves_while_its_batch_is_under_way)
{
    send_hello("dev");
    expect_welcome(0);
    sqlite3 *other = given_a_locked_database();
    send_usage(0, TEXT(A));
    websocket_stream_close(bench.stream);
    until(&bench.open_count, 2);
    let_go(other);
    send_hello("dev");
    expect_welcome(rig_count("SELECT count(*) FROM usage"));
}

Test(ledger_server, may_be_closed_while_a_batch_is_under_way)
{
    send_hello("dev");
    expect_welcome(0);
    sqlite3 *other = given_a_locked_database();
    send_usage(0, TEXT(A));
    ledger_server_close(bench.server);
    until(&bench.close_count, 1);
    let_go(other);
    cr_assert(rig_count("SELECT count(*) FROM usage") <= 1);
}
