/* Writing: batches, numbers, segments, bounds and the lock. */
#include "tests/unit/lib/journal/given_journal.h"

TestSuite(journal, .init = begin, .fini = end);

Test(journal, numbers_records_from_zero_and_goes_on_after_a_restart)
{
    struct journal *journal = given_journal(1 << 20);
    append_records(journal, 3);
    journal_close(journal);

    journal = given_journal(1 << 20);
    cr_assert_eq(journal_next_number(journal), 3);
    append_records(journal, 2);

    cr_assert_eq(journal_next_number(journal), 5);
    cr_assert_eq(read_records(0), 5);
}

Test(journal, keeps_a_batch_in_memory_until_it_is_written)
{
    struct journal *journal = given_journal(1 << 20);
    cr_assert(journal_append(journal, record_of(0), &err));
    cr_assert_eq(journal_waiting_bytes(journal), 8 + record_of(0).length);
    cr_assert_eq(read_records(0), 0);

    cr_assert(journal_write(journal, &err));

    cr_assert_eq(journal_waiting_bytes(journal), 0);
    cr_assert_eq(read_records(0), 1);
    cr_assert(journal_sync(journal, &err));
}

Test(journal, writes_the_format_it_promises)
{
    struct journal *journal = given_journal(1 << 20);
    cr_assert(journal_append(journal, TEXT("123456789"), &err));
    cr_assert(journal_write(journal, &err));

    struct text file = load_file(FIRST_SEGMENT);

    cr_assert_eq(file.length, 16 + 8 + 9);
    cr_assert(text_starts_with(file, TEXT("WEIRJNL1\0\0\0\0\0\0\0\0\x09\0\0\0")));
    cr_assert(text_ends_with(file, TEXT("123456789")));
}

Test(journal, takes_empty_records)
{
    struct journal *journal = given_journal(1 << 20);
    cr_assert(journal_append(journal, TEXT(""), &err));
    cr_assert(journal_append(journal, TEXT("a"), &err));
    cr_assert(journal_write(journal, &err));
    journal_close(journal);

    cr_assert_eq(journal_next_number(given_journal(1 << 20)), 2);
}

Test(journal, starts_a_segment_named_by_its_first_record_when_one_is_full)
{
    struct journal *journal = given_journal(200);

    for (int i = 0; i < 20; i++)
        append_records(journal, 2);

    cr_assert(has_file(FIRST_SEGMENT));
    cr_assert(has_file("00000000000000000012.log"));
    cr_assert_leq(load_file(FIRST_SEGMENT).length, 200);
    cr_assert_eq(read_records(0), 40);
    journal_close(journal);
    cr_assert_eq(journal_next_number(given_journal(200)), 40);
}

Test(journal, writes_a_batch_larger_than_a_segment_into_one)
{
    struct journal *journal = given_journal(100);

    append_records(journal, 50);

    cr_assert_eq(read_records(0), 50);
}

Test(journal, refuses_a_record_beyond_its_bound)
{
    struct journal *journal = given_journal(1 << 20);
    struct text record = {arena_alloc(arena, 100001), 100001};

    cr_assert_not(journal_append(journal, record, &err));

    cr_assert_eq(err.kind, ERROR_INVALID);
    cr_assert_eq(journal_next_number(journal), 0);
}

Test(journal, takes_no_more_than_four_mebibytes_unwritten)
{
    struct journal_options options = {100000, 1 << 30, 1 << 30};
    struct journal *journal;
    cr_assert(journal_open(arena, folder, &options, &journal, &err));
    struct text record = {arena_alloc(arena, 100000), 100000};

    while (journal_append(journal, record, &err))
        cr_assert_leq(journal_waiting_bytes(journal), 4 << 20);

    cr_assert_eq(err.kind, ERROR_UNAVAILABLE);
    cr_assert_eq(journal_next_number(journal), 41);
    cr_assert(journal_write(journal, &err));
    cr_assert(journal_append(journal, record, &err));
}

Test(journal, stops_at_its_disk_budget_until_somebody_deletes)
{
    struct journal_options options = {1000, 1000, 3000};
    struct journal *journal;
    cr_assert(journal_open(arena, folder, &options, &journal, &err));
    struct text record = {arena_alloc(arena, 100), 100};
    while (journal_append(journal, record, &err))
        cr_assert(journal_write(journal, &err));
    cr_assert_eq(err.kind, ERROR_UNAVAILABLE);

    cr_assert_eq(unlink(path_of(FIRST_SEGMENT)), 0);

    cr_assert(journal_append(journal, record, &err), "%s", err.message);
}

Test(journal, lets_one_writer_in_at_a_time)
{
    struct journal *first = given_journal(1000);
    struct journal_options options = {1000, 1000, 3000};
    struct journal *second;

    cr_assert_not(journal_open(arena, folder, &options, &second, &err));
    cr_assert_eq(err.kind, ERROR_CONFLICT);
    cr_assert(strstr(err.message, folder) && strstr(err.message, "another program"), "%s", err.message);
    journal_close(first);

    cr_assert(journal_open(arena, folder, &options, &second, &err));
}

Test(journal, says_why_a_folder_cannot_be_made)
{
    struct journal_options options = {1000, 1000, 3000};
    struct journal *journal;

    cr_assert_not(journal_open(arena, "/nowhere/journal", &options, &journal, &err));

    cr_assert(strstr(err.message, "/nowhere/journal"), "%s", err.message);
}

Test(journal, does_not_touch_other_files_in_the_folder)
{
    store_file("notes.txt", TEXT("mine"));
    store_file("0000000000000000000x.log", TEXT("mine"));
    store_file("99999999999999999999.log", TEXT("mine")); /* no 64-bit number */

    append_records(given_journal(1000), 1);

    cr_assert_eq(read_records(0), 1);
    cr_assert(text_equals(load_file("notes.txt"), TEXT("mine")));
    cr_assert(text_equals(load_file("99999999999999999999.log"), TEXT("mine")));
}

Test(journal, keeps_its_id_over_restarts_and_another_journal_has_another)
{
    struct journal *journal = given_journal(1 << 20);
    struct text first = text_copy(arena, journal_id(journal));
    journal_close(journal);

    journal = given_journal(1 << 20);
    cr_assert_eq(first.length, 26);
    cr_assert(text_equals(journal_id(journal), first));
    journal_close(journal);

    empty_folder();
    cr_assert_not(text_equals(journal_id(given_journal(1 << 20)), first));
}

Test(journal, refuses_an_id_that_somebody_edited)
{
    journal_close(given_journal(1 << 20));
    store_file("id", TEXT("short"));
    struct journal *journal;
    const struct journal_options options = {
        .max_record_bytes = 1024, .max_segment_bytes = 1 << 20, .max_total_bytes = 1 << 30};

    cr_assert_not(journal_open(arena, folder, &options, &journal, &err));

    cr_assert_not_null(strstr(err.message, "was it edited"), "%s", err.message);
}

/* How many. */
static int
drop(struct journal *journal, uint64_t before)
{
    int count = 0;
    for (int fd = 0; fd >= 0; count += fd >= 0) {
        cr_assert(journal_drop(journal, before, &fd, &err), "%s", err.message);
        if (fd >= 0)
            close(fd);
    }
    return count;
}

Test(journal, drops_whole_segments_that_hold_nothing_wanted_and_goes_on)
{
    struct journal *journal = given_journal(200);
    for (int i = 0; i < 40; i++)
        append_records(journal, 1);

    cr_assert_gt(drop(journal, 20), 1);

    cr_assert_not(has_file(FIRST_SEGMENT));
    cr_assert_eq(read_records(20), 40);
    cr_assert_gt(drop(journal, 40), 1);
    cr_assert_eq(drop(journal, 40), 0);
    append_records(journal, 1);
    cr_assert_eq(read_records(40), 41, "the one that is written stays");
    journal_close(journal);
    cr_assert_eq(journal_next_number(given_journal(200)), 41);
}
