/* Reading: from any number, over segments, behind damage, and while another process writes. */
#include <sys/wait.h>

#include "tests/unit/lib/journal/given_journal.h"

TestSuite(journal_reader, .init = begin, .fini = end);

Test(journal_reader, starts_at_any_number)
{
    struct journal *journal = given_journal(200);
    for (int i = 0; i < 10; i++)
        append_records(journal, 3);

    for (uint64_t from = 0; from <= 30; from++)
        cr_assert_eq(read_records(from), 30);
}

Test(journal_reader, waits_at_the_end_for_what_is_not_there_yet)
{
    struct journal *journal = given_journal(1 << 20);
    struct journal_reader *reader = given_reader(2);
    uint64_t number;
    struct text record;
    cr_assert_not(journal_reader_next(reader, &number, &record, &err));
    cr_assert_eq(err.kind, ERROR_NONE);

    append_records(journal, 2);
    cr_assert_not(journal_reader_next(reader, &number, &record, &err));
    append_records(journal, 1);

    cr_assert(journal_reader_next(reader, &number, &record, &err));
    cr_assert_eq(number, 2);
    cr_assert(text_equals(record, record_of(2)));
}

Test(journal_reader, says_when_there_is_no_journal)
{
    struct journal_reader *reader;

    cr_assert_not(journal_reader_open(arena, path_of("none"), 0, &reader, &err));

    cr_assert_eq(err.kind, ERROR_NOT_FOUND);
}

Test(journal_reader, begins_with_the_oldest_that_is_left)
{
    struct journal *journal = given_journal(200);
    for (int i = 0; i < 10; i++)
        append_records(journal, 3);
    cr_assert_eq(unlink(path_of(FIRST_SEGMENT)), 0);
    struct journal_reader *reader = given_reader(0);
    uint64_t number;
    struct text record;

    cr_assert(journal_reader_next(reader, &number, &record, &err));

    cr_assert_gt(number, 0);
    cr_assert_eq(read_records(number), 30);
}

Test(journal_reader, names_damage_in_a_closed_segment_and_goes_on_in_the_next)
{
    struct journal *journal = given_journal(200);
    for (int i = 0; i < 10; i++)
        append_records(journal, 3);
    struct text segment = load_file(FIRST_SEGMENT);
    store_file(FIRST_SEGMENT, text_slice(segment, 0, segment.length - 1));
    struct journal_reader *reader = given_reader(0);
    uint64_t number = 0;
    struct text record;
    while (journal_reader_next(reader, &number, &record, &err))
        cr_assert(text_equals(record, record_of(number)));
    cr_assert_eq(err.kind, ERROR_INVALID);
    cr_assert(strstr(err.message, FIRST_SEGMENT), "%s", err.message);

    uint64_t lost = number + 1;
    while (journal_reader_next(reader, &number, &record, &err))
        cr_assert(text_equals(record, record_of(number)));

    cr_assert_eq(err.kind, ERROR_NONE);
    cr_assert_eq(number, 29);
    cr_assert_eq(read_records(lost + 1), 30);
}

Test(journal_reader, reads_records_larger_than_its_window)
{
    struct journal *journal = given_journal(1 << 20);
    for (int i = 0; i < 5; i++) {
        struct text record = {arena_alloc(arena, 100000), 100000};
        cr_assert(journal_append(journal, record, &err));
        cr_assert(journal_append(journal, TEXT("small"), &err));
    }
    cr_assert(journal_write(journal, &err));
    struct journal_reader *reader = given_reader(0);
    uint64_t number;
    struct text record;

    for (uint64_t i = 0; i < 10; i++) {
        cr_assert(journal_reader_next(reader, &number, &record, &err));
        cr_assert_eq(record.length, i % 2 == 0 ? 100000 : 5);
    }
    cr_assert_not(journal_reader_next(reader, &number, &record, &err));
}

static void
write_as_child(int batches)
{
    struct journal_options options = {1000, 5000, 1 << 30};
    struct journal *journal;
    bool is_written = journal_open(arena, folder, &options, &journal, NULL);
    for (int i = 0; is_written && i < batches; i++) {
        for (int k = 0; is_written && k < 1 + i % 7; k++)
            is_written = journal_append(journal, record_of(journal_next_number(journal)), NULL);
        is_written = is_written && journal_write(journal, NULL);
    }
    _exit(is_written ? 0 : 1);
}

Test(journal_reader, reads_every_record_once_while_another_process_writes)
{
    pid_t writer = fork();
    cr_assert_geq(writer, 0);
    if (writer == 0)
        write_as_child(700);
    struct journal_reader *reader = given_reader(0);
    uint64_t expected = 0;
    uint64_t number;
    struct text record;
    int status = 0;

    for (bool is_written = false; !is_written;) {
        is_written = waitpid(writer, &status, WNOHANG) == writer;
        while (journal_reader_next(reader, &number, &record, &err)) {
            cr_assert_eq(number, expected);
            cr_assert(text_equals(record, record_of(number)));
            expected++;
        }
        cr_assert_eq(err.kind, ERROR_NONE, "%s", err.message);
    }

    cr_assert_eq(status, 0);
    cr_assert_eq(expected, 2800);
}
