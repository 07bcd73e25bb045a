/* A disk that takes only part of a write. RLIMIT_FSIZE plays it: the kernel then cuts a write short and
 * refuses the next, as a full disk does. */
#include <signal.h>
#include <sys/resource.h>

#include "tests/unit/lib/journal/given_journal.h"

static void
limit_files_to(rlim_t bytes)
{
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void
begin_limited(void)
{
    signal(SIGXFSZ, SIG_IGN);
    begin();
}

static void
end_limited(void)
{
    limit_files_to(RLIM_INFINITY);
    end();
}

TestSuite(journal_full_disk, .init = begin_limited, .fini = end_limited);

Test(journal_full_disk, leaves_whole_records_in_the_file_and_the_batch_for_later)
{
    struct journal *journal = given_journal(1 << 20);
    append_records(journal, 3);
    size_t before = load_file(FIRST_SEGMENT).length;
    for (rlim_t room = 0; room < 70; room++) {
        limit_files_to(before + room);
        while (journal_next_number(journal) < 8)
            cr_assert(journal_append(journal, record_of(journal_next_number(journal)), &err));
        size_t waiting = journal_waiting_bytes(journal);

        cr_assert_not(journal_write(journal, &err), "room for %d", (int)room);

        cr_assert_eq(err.kind, ERROR_UNAVAILABLE);
        cr_assert_eq(load_file(FIRST_SEGMENT).length, before);
        cr_assert_eq(journal_waiting_bytes(journal), waiting);
        cr_assert_eq(read_records(0), 3);
    }

    limit_files_to(RLIM_INFINITY);

    cr_assert(journal_write(journal, &err), "%s", err.message);
    cr_assert_eq(read_records(0), 8);
}

Test(journal_full_disk, takes_more_into_the_batch_while_it_waits)
{
    struct journal *journal = given_journal(1 << 20);
    append_records(journal, 1);
    limit_files_to(30);
    cr_assert(journal_append(journal, record_of(1), &err));
    cr_assert_not(journal_write(journal, &err));
    cr_assert(journal_append(journal, record_of(2), &err));
    cr_assert_not(journal_write(journal, &err));

    limit_files_to(RLIM_INFINITY);
    append_records(journal, 1);

    cr_assert_eq(read_records(0), 4);
}

Test(journal_full_disk, makes_no_segment_it_cannot_begin)
{
    struct journal *journal = given_journal(80);
    append_records(journal, 5);
    limit_files_to(10);
    cr_assert(journal_append(journal, record_of(5), &err));

    cr_assert_not(journal_write(journal, &err));

    cr_assert_not(has_file("00000000000000000005.log"));
    limit_files_to(RLIM_INFINITY);
    cr_assert(journal_write(journal, &err), "%s", err.message);
    cr_assert(has_file("00000000000000000005.log"));
    cr_assert_eq(read_records(0), 6);
}
