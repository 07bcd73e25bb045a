/* The table as a file: what one process notes the next one finds, until its record is written. */
#include "gateway/in_flight.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "api/types/usage_record.h"
#include "gateway/decide/in_flight_slot.h"
#include "gateway/in_flight_recovery.h"
#include "lib/base/error.h"
#include "lib/journal/journal.h"
#include "tests/support/arena_fixture.h"

static char folder[] = "/tmp/weir-test-XXXXXX";
static struct in_flight *table;
static struct journal *journal;

static void
given_table(void)
{
    struct error err;
    cr_assert(in_flight_open(arena, folder, &table, &err), "%s", err.message);
}

static void
given_journal(void)
{
    struct error err;
    const struct journal_options options = {1 << 18, 1 << 20, 1 << 26};
    cr_assert(journal_open(arena, folder, &options, &journal, &err), "%s", err.message);
}

/* As a kill leaves it: nothing is said to the file, and the next process maps it. */
static void
given_a_successor(void)
{
    in_flight_close(table);
    given_table();
}

static void
given_folder(void)
{
    given_arena();
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_not_null(mkdtemp(folder));
    given_table();
}

static void
end_folder(void)
{
    DIR *directory = opendir(folder);
    struct dirent *entry;
    while (directory && (entry = readdir(directory)))
        unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    rmdir(folder);
    end_arena();
}

TestSuite(in_flight, .init = given_folder, .fini = end_folder);

static struct in_flight_slot *
noted(const char *id, int attempts)
{
    struct in_flight_slot *slot = NULL;
    struct usage_record record;
    schema_set_defaults(&usage_record_schema, &record);
    record.id = text_of(id);
    record.attempts = attempts;
    cr_assert(in_flight_note(table, &record, &slot));
    return slot;
}

static size_t
left(void)
{
    struct usage_record record;
    size_t count = 0, at = 0;
    while (in_flight_next_left(table, &at, arena, &record))
        count++;
    return count;
}

static const char *
path_of(const char *name)
{
    return text_c_string(arena, text_format(arena, "%s/%s", folder, name));
}

#define ID(DIGIT) "01KB7D0000ABCDEFGHJKMNPQR" DIGIT

Test(in_flight, finds_the_calls_that_a_predecessor_left)
{
    noted(ID("1"), 1);
    in_flight_drop(table, noted(ID("2"), 1));
    noted(ID("3"), 1);

    given_a_successor();

    cr_assert_eq(in_flight_count(table), 2);
    cr_assert_eq(left(), 2);
}

Test(in_flight, keeps_a_call_until_everything_up_to_its_record_is_written)
{
    in_flight_await(table, noted(ID("1"), 1), 5);
    in_flight_await(table, noted(ID("2"), 1), 6);
    in_flight_written(table, 5);
    cr_assert_eq(in_flight_count(table), 2);
    in_flight_written(table, 6);
    cr_assert_eq(in_flight_count(table), 1);
    given_a_successor();
    cr_assert_eq(left(), 1);
}

Test(in_flight, has_a_call_that_is_tried_again_in_one_slot_at_least_and_one_in_the_end)
{
    struct in_flight_slot *slot = noted(ID("1"), 1), *first = slot;
    struct usage_record record;
    schema_set_defaults(&usage_record_schema, &record);
    record.id = TEXT(ID("1"));
    record.attempts = 2;

    cr_assert(in_flight_note(table, &record, &slot));

    cr_assert_neq(slot, first);
    cr_assert_eq(in_flight_count(table), 1);
    size_t at = 0;
    cr_assert_not_null(in_flight_next_left(table, &at, arena, &record));
    cr_assert_eq(record.attempts, 2);
}

/* As try_record does it: each try is told once, under an id of its own, whenever the death comes. */
Test(in_flight, has_a_try_that_failed_beside_the_next_one_until_its_record_is_written)
{
    struct in_flight_slot *call = noted(ID("1"), 1), *failed;
    struct usage_record try = {.id = TEXT(ID("2")), .outcome = CALL_LOST, .attempts = 1};
    struct usage_record next = {.id = TEXT(ID("1")), .outcome = CALL_LOST, .attempts = 2};
    cr_assert(in_flight_note(table, &try, &call));
    failed = call;
    call = NULL;
    in_flight_await(table, failed, 7);
    cr_assert(in_flight_note(table, &next, &call));

    cr_assert_eq(in_flight_count(table), 2);
    in_flight_written(table, 8);
    cr_assert_eq(in_flight_count(table), 1);
}

Test(in_flight, takes_so_many_calls_and_no_more)
{
    struct usage_record record;
    schema_set_defaults(&usage_record_schema, &record);
    record.id = TEXT(ID("1"));
    for (int i = 0; i < IN_FLIGHT_MAX_CALLS; i++)
        noted(ID("1"), 1);
    struct in_flight_slot *one_more = NULL;

    cr_assert_not(in_flight_note(table, &record, &one_more));

    cr_assert_null(one_more);
    cr_assert_eq(in_flight_count(table), IN_FLIGHT_MAX_CALLS);
}

/* A store into a page without room on the disk would be a SIGBUS. */
Test(in_flight, refuses_a_call_when_the_disk_has_no_room_for_it)
{
    const struct rlimit few = {3 * IN_FLIGHT_SLOT_BYTES, RLIM_INFINITY};
    struct usage_record record;
    struct in_flight_slot *slot = NULL;
    schema_set_defaults(&usage_record_schema, &record);
    record.id = TEXT(ID("1"));
    setrlimit(RLIMIT_FSIZE, &few);

    cr_assert_not(in_flight_note(table, &record, &slot));

    const struct rlimit many = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &many);
    cr_assert(in_flight_note(table, &record, &slot));
}

Test(in_flight, gives_back_what_a_burst_took_of_the_disk)
{
    struct in_flight_slot *slots[100];
    struct stat status;
    for (size_t i = 0; i < COUNT_OF(slots); i++)
        slots[i] = noted(ID("1"), 1);
    for (size_t i = 0; i < COUNT_OF(slots); i++)
        in_flight_drop(table, slots[i]);

    given_a_successor();

    cr_assert_eq(stat(path_of(IN_FLIGHT_FILE), &status), 0);
    cr_assert_eq(status.st_size, IN_FLIGHT_SLOT_BYTES);
    noted(ID("2"), 1);
    given_a_successor();
    cr_assert_eq(left(), 1);
}

static size_t
count_kept_aside(void)
{
    size_t count = 0;
    DIR *directory = opendir(folder);
    struct dirent *entry;
    while ((entry = readdir(directory)))
        count += text_starts_with(text_of(entry->d_name), TEXT(IN_FLIGHT_FILE "."));
    closedir(directory);
    return count;
}

static void
given_another_byte(off_t at)
{
    int fd = open(path_of(IN_FLIGHT_FILE), O_RDWR);
    char byte;
    cr_assert(pread(fd, &byte, 1, at) == 1);
    byte ^= 1;
    cr_assert(pwrite(fd, &byte, 1, at) == 1);
    close(fd);
}

Test(in_flight, keeps_aside_what_has_calls_and_is_of_another_version_or_boot)
{
    static const off_t bytes_of_the_head[] = {0 /* magic */, 8 /* layout */, 12 /* boot */};
    for (size_t i = 0; i < COUNT_OF(bytes_of_the_head); i++) {
        noted(ID("1"), 1);
        given_another_byte(bytes_of_the_head[i]);
        given_a_successor();
        cr_assert_eq(in_flight_count(table), 0);
        cr_assert_geq(count_kept_aside(), 1);
    }
}

Test(in_flight, makes_anew_what_has_no_calls_and_is_of_another_version)
{
    in_flight_drop(table, noted(ID("1"), 1));
    given_another_byte(8);
    given_a_successor();
    cr_assert_eq(count_kept_aside(), 0);
    noted(ID("2"), 1);
    cr_assert_eq(in_flight_count(table), 1);
}

static size_t
recovered(void)
{
    size_t lost;
    struct error err;
    cr_assert(in_flight_recover(table, journal, folder, &lost, &err), "%s", err.message);
    return lost;
}

static size_t
records_of(const char *id)
{
    struct journal_reader *reader;
    struct error err;
    struct text record;
    uint64_t number;
    size_t count = 0;
    cr_assert(journal_reader_open(arena, folder, 0, &reader, &err));
    while (journal_reader_next(reader, &number, &record, &err))
        count += text_find(record, text_of(id)) >= 0;
    journal_reader_close(reader);
    return count;
}

Test(in_flight, is_recovered_into_one_record_a_call_however_often)
{
    given_journal();
    noted(ID("1"), 1);
    noted(ID("2"), 1);
    given_a_successor();

    cr_assert_eq(recovered(), 2);
    cr_assert_eq(in_flight_count(table), 0);
    given_a_successor();
    cr_assert_eq(recovered(), 0);
    cr_assert_eq(records_of(ID("1")), 1);
    cr_assert_eq(records_of(ID("2")), 1);
}

Test(in_flight, makes_no_second_record_of_a_call_that_has_one)
{
    struct error err;
    given_journal();
    cr_assert(journal_append(journal, TEXT("{\"id\":\"" ID("1") "\",\"outcome\":\"Completed\"}"), &err));
    cr_assert(journal_write(journal, &err));
    noted(ID("1"), 1); /* killed between the write and freeing the slot */
    given_a_successor();

    cr_assert_eq(recovered(), 0);

    cr_assert_eq(in_flight_count(table), 0);
    cr_assert_eq(records_of(ID("1")), 1);
}

Test(in_flight, tells_of_two_slots_of_one_call_the_later_try)
{
    given_journal();
    noted(ID("1"), 2);
    noted(ID("1"), 3); /* killed before the slot of the try before was freed */
    noted(ID("1"), 1);
    given_a_successor();

    cr_assert_eq(recovered(), 1);

    cr_assert_eq(records_of("\"attempts\":3"), 1);
    cr_assert_eq(records_of(ID("1")), 1);
    cr_assert_eq(in_flight_count(table), 0);
}

Test(in_flight, of_which_no_record_can_be_written_now_is_there_at_the_next_start)
{
    given_journal();
    noted(ID("1"), 1);
    given_a_successor();
    const struct rlimit none = {16, RLIM_INFINITY}, many = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &none);

    cr_assert_eq(recovered(), 1); /* in the journal's batch */
    cr_assert_eq(in_flight_count(table), 1);
    setrlimit(RLIMIT_FSIZE, &many);
    journal_close(journal);
    given_journal();
    given_a_successor();

    cr_assert_eq(recovered(), 1);
    cr_assert_eq(records_of(ID("1")), 1);
}
