/* Syncing on a thread: what is taken, what is told, and that nothing is left behind. */
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "lib/journal/journal_syncer.h"
#include "tests/unit/lib/journal/given_journal.h"

TestSuite(journal_syncer, .init = begin, .fini = end);

static bool is_sync;

static struct journal_syncer *
given_syncer(void)
{
    struct journal_syncer *syncer = NULL;
    cr_assert(journal_syncer_start(arena, &syncer, &err), "%s", err.message);
    return syncer;
}

static void
wait_for_end(const struct journal_syncer *syncer)
{
    struct pollfd wanted = {.fd = journal_syncer_fd(syncer), .events = POLLIN};
    cr_assert_eq(poll(&wanted, 1, 30000), 1);
}

Test(journal_syncer, syncs_what_was_written_and_says_so)
{
    struct journal *journal = given_journal(1 << 20);
    struct journal_syncer *syncer = given_syncer();
    append_records(journal, 3);

    cr_assert(journal_syncer_begin(syncer, journal));

    wait_for_end(syncer);
    cr_assert(journal_syncer_end(syncer, &is_sync, &err) && is_sync, "%s", err.message);
    cr_assert_not(journal_syncer_begin(syncer, journal)); /* nothing new */
}

Test(journal_syncer, does_one_at_a_time)
{
    struct journal *journal = given_journal(1 << 20);
    struct journal_syncer *syncer = given_syncer();
    append_records(journal, 1);
    cr_assert(journal_syncer_begin(syncer, journal));
    append_records(journal, 1);

    cr_assert_not(journal_syncer_begin(syncer, journal));

    wait_for_end(syncer);
    cr_assert(journal_syncer_end(syncer, &is_sync, &err) && is_sync);
    cr_assert(journal_syncer_begin(syncer, journal)); /* what came meanwhile */
}

Test(journal_syncer, has_nothing_to_sync_in_a_journal_without_records)
{
    struct journal *journal = given_journal(1 << 20);

    cr_assert_not(journal_syncer_begin(given_syncer(), journal));
    cr_assert_eq(journal_take_unsynced(journal), -1);
}

Test(journal_syncer, closes_what_was_deleted_beside_syncing)
{
    struct journal *journal = given_journal(200);
    struct journal_syncer *syncer = given_syncer();
    for (int i = 0; i < 40; i++)
        append_records(journal, 1);
    int fd;
    cr_assert(journal_drop(journal, 40, &fd, &err) && fd >= 0, "%s", err.message);
    journal_syncer_close(syncer, fd);
    cr_assert(journal_syncer_begin(syncer, journal));

    wait_for_end(syncer);
    cr_assert(journal_syncer_end(syncer, &is_sync, &err) && !is_sync, "%s", err.message);
    wait_for_end(syncer);
    cr_assert(journal_syncer_end(syncer, &is_sync, &err) && is_sync, "%s", err.message);
    cr_assert_eq(fcntl(fd, F_GETFD), -1, "it is closed");
    cr_assert_not(journal_syncer_end(syncer, &is_sync, &err), "nothing else is under way");
}

Test(journal_syncer, may_be_ended_while_one_is_under_way)
{
    struct journal *journal = given_journal(200);
    struct arena *short_lived = arena_new(0);
    struct journal_syncer *syncer = NULL;
    cr_assert(journal_syncer_start(short_lived, &syncer, &err));
    append_records(journal, 20); /* several segments */
    cr_assert(journal_syncer_begin(syncer, journal));

    arena_free(short_lived);

    append_records(journal, 1);
    cr_assert_eq(read_records(0), 21);
}
