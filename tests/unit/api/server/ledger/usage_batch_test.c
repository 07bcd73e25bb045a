/* A batch is read whole: what is spoilt keeps its place, what is somebody else's makes all of it
 * unbelievable. */
#include "api/server/ledger/usage_batch.h"

#include "tests/support/arena_fixture.h"
#include "tests/unit/api/server/ledger/given_usage.h"

TestSuite(usage_batch, .init = given_arena, .fini = end_arena);

static struct usage_batch
batch_of(int64_t first, int64_t count)
{
    return (struct usage_batch){
        .origin = {TEXT(JOURNAL_A), TEXT("demo"), TEXT("dev")}, .first = first, .count = count};
}

static void
read_batch(struct usage_batch *batch, struct text records)
{
    struct error err = {0};
    cr_assert(usage_batch_read(arena, batch, records, &err), "%s", err.message);
}

static void
expect_denied(struct text records, const char *words)
{
    struct usage_batch batch = batch_of(10, 2);
    struct error err = {0};
    cr_assert_not(usage_batch_read(arena, &batch, records, &err));
    cr_assert_eq(err.kind, ERROR_DENIED);
    cr_assert_not_null(strstr(err.message, words), "%s", err.message);
}

Test(usage_batch, numbers_its_rows_from_the_first)
{
    struct usage_batch batch = batch_of(5, 3);
    read_batch(&batch, TEXT(RECORD("01A", "") "\n" RECORD("01B", "") "\n" RECORD("01C", "") "\n"));
    cr_assert_eq(batch.row_count, 3);
    cr_assert_eq(batch.spoilt_count, 0);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(batch.numbers[i], 5 + i);
    cr_assert(text_equals(batch.rows[2].id, TEXT("01C")));
    cr_assert_eq(batch.rollup_count, 1);
    cr_assert_eq(batch.rollups[0]->calls, 3);
}

Test(usage_batch, keeps_number_bytes_and_reason_of_a_spoilt_record_and_reads_on)
{
    struct usage_batch batch = batch_of(5, 4);
    read_batch(&batch, TEXT(RECORD("01A", "") "\nnull\n{\"id\":\xFF}\n" RECORD("01C", "") "\n"));
    cr_assert_eq(batch.row_count, 2);
    cr_assert_eq(batch.numbers[0], 5);
    cr_assert_eq(batch.numbers[1], 8);
    cr_assert_eq(batch.spoilt_count, 2);
    cr_assert_eq(batch.spoilt[0].number, 6);
    cr_assert(text_equals(batch.spoilt[0].record, TEXT("null")));
    cr_assert_eq(batch.spoilt[1].number, 7);
    cr_assert(text_equals(batch.spoilt[1].record, TEXT("{\"id\":\xFF}")));
    cr_assert(batch.spoilt[1].reason.length > 0 && text_is_utf8(batch.spoilt[1].reason));
    cr_assert_eq(batch.rollups[0]->calls, 2);
}

Test(usage_batch, gives_reasons_that_are_utf_8_whatever_the_id)
{
    struct usage_batch batch = batch_of(0, 1);
    read_batch(&batch, TEXT(RECORD_OF(
                           "a\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
                           "\u00e9\u00e9\u00e9\u00e9",
                           "-1", "demo", "") "\n"));
    cr_assert_eq(batch.spoilt_count, 1);
    cr_assert(text_is_utf8(batch.spoilt[0].reason), "%.*s", TEXT_ARG(batch.spoilt[0].reason));
}

Test(usage_batch, of_spoilt_records_alone_has_nothing_to_add_up)
{
    struct usage_batch batch = batch_of(0, 1);
    read_batch(&batch, TEXT("null\n"));
    cr_assert_eq(batch.row_count, 0);
    cr_assert_eq(batch.rollup_count, 0);
    cr_assert_eq(batch.spoilt_count, 1);
}

Test(usage_batch, is_denied_when_one_record_is_of_another_environment)
{
    expect_denied(TEXT(RECORD("01A", "") "\n" RECORD_OF("01B", "1", "other", "") "\n"),
                  "record 11 is of another environment than demo/dev");
    expect_denied(TEXT("{\"id\":\"01A\",\"time\":1,\"workspace\":\"demo\",\"environment\":\"prod\","
                       "\"outcome\":\"Completed\"}\n" RECORD("01B", "") "\n"),
                  "record 10 is of another environment");
}

Test(usage_batch, has_its_rollups_in_one_order_whatever_order_the_records_came_in)
{
#define EARLY RECORD_OF("01A", "1", "demo", "")
#define TEAM_A RECORD("01B", ",\"team\":\"a\",\"model\":\"z\"")
#define TEAM_AB RECORD("01C", ",\"team\":\"ab\",\"model\":\"y\"")
#define MODEL_A RECORD("01D", ",\"model\":\"a\"")
    struct usage_batch one = batch_of(0, 4), other = batch_of(0, 4);
    read_batch(&one, TEXT(EARLY "\n" TEAM_A "\n" TEAM_AB "\n" MODEL_A "\n"));
    read_batch(&other, TEXT(TEAM_AB "\n" MODEL_A "\n" TEAM_A "\n" EARLY "\n"));
    cr_assert_eq(one.rollup_count, 4);
    cr_assert_eq(other.rollup_count, 4);
    static const char *const teams[] = {"", "", "a", "ab"};
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(one.rollups[i]->hour_ms, other.rollups[i]->hour_ms);
        cr_assert(text_equals(one.rollups[i]->by[USAGE_BY_TEAM], text_of(teams[i])));
        cr_assert(text_equals(other.rollups[i]->by[USAGE_BY_TEAM], text_of(teams[i])));
    }
    cr_assert_eq(one.rollups[0]->hour_ms, 0);
    cr_assert(text_equals(one.rollups[1]->by[USAGE_BY_MODEL], TEXT("a")));
}

#define CHARGED(OWNER)                                                                                       \
    RECORD("01B", ",\"charges\":[{\"budget\":\"b\",\"window\":\"w\",\"amount\":1,\"owner\":\"" OWNER "\"}]") \
    "\n"

Test(usage_batch, is_denied_when_another_environments_account_is_charged)
{
    static const char *const foreign[] = {CHARGED("other"), CHARGED("demo/prod"), CHARGED("demo/prod/ada"),
                                          CHARGED("demo/developer"), CHARGED("demo/dev/")};
    for (size_t i = 0; i < COUNT_OF(foreign); i++)
        expect_denied(text_format(arena, "%s%s", RECORD("01A", "") "\n", foreign[i]),
                      "record 11: an account");
    struct usage_batch batch = batch_of(0, 4);
    read_batch(&batch, TEXT(CHARGED("") CHARGED("demo") CHARGED("demo/dev") CHARGED("demo/dev/ada")));
    cr_assert_eq(batch.charges.count, 4);
}
