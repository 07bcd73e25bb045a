/* Whole files on a real folder: what is read, what replaces what, and what failures leave behind. */
#include "lib/base/file.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"

enum { MAX_NAMES = 8 };

static struct arena *arena;
static char folder[] = "/tmp/weir-test-XXXXXX";
static const char *made[MAX_NAMES];
static size_t made_count;

static void
given_folder(void)
{
    arena = arena_new(0);
    cr_assert_not_null(mkdtemp(folder));
}

/* Also removed at the end, the last named first. */
static const char *
in_folder(const char *name)
{
    cr_assert_lt(made_count, MAX_NAMES);
    return made[made_count++] = text_c_string(arena, text_format(arena, "%s/%s", folder, name));
}

static void
end_folder(void)
{
    while (made_count > 0)
        (void)remove(made[--made_count]);
    cr_expect_eq(rmdir(folder), 0, "something was left in the folder");
    arena_free(arena);
}

TestSuite(file, .init = given_folder, .fini = end_folder);

static mode_t
mode_of(const char *path)
{
    struct stat status;
    cr_assert_eq(stat(path, &status), 0);
    return status.st_mode & 07777;
}

static size_t
count_entries(void)
{
    size_t count = 0;
    DIR *directory = opendir(folder);
    cr_assert_not_null(directory);
    for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory))
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

Test(file, is_read_as_it_was_written)
{
    const char *path = in_folder("a");
    struct text read;
    struct error err = {0};

    cr_assert(file_write_atomic(path, TEXT("one"), 0600, &err), "%s", err.message);
    cr_assert(file_write_atomic(path, (struct text){"t\0o", 3}, 0640, &err));

    cr_assert(file_read(arena, path, 3, &read, &err), "%s", err.message);
    cr_assert(text_equals(read, (struct text){"t\0o", 3}));
    cr_assert_eq(mode_of(path), 0640, "also when the file was there with another");
    cr_assert_eq(count_entries(), 1);
}

Test(file, an_empty_file_is_no_error)
{
    const char *path = in_folder("a");
    struct text read;
    cr_assert(file_write_atomic(path, TEXT(""), 0600, NULL));

    cr_assert(file_read(arena, path, 0, &read, NULL));

    cr_assert_eq(read.length, 0);
}

Test(file, a_file_beyond_the_bound_is_refused)
{
    const char *path = in_folder("a");
    struct text read;
    struct error err = {0};
    cr_assert(file_write_atomic(path, TEXT("four"), 0600, NULL));

    cr_assert_not(file_read(arena, path, 3, &read, &err));

    cr_assert_eq(err.kind, ERROR_INVALID);
    cr_assert(strstr(err.message, "4 bytes, at most 3"), "%s", err.message);
}

Test(file, a_file_that_does_not_tell_its_size_is_read_to_its_end)
{
    struct text read;
    struct error err = {0};

    cr_assert(file_read(arena, "/proc/self/stat", 4096, &read, &err), "%s", err.message);
    cr_assert_gt(read.length, 0);
    cr_assert_not(file_read(arena, "/proc/self/maps", 100, &read, &err));
}

Test(file, what_is_not_there_and_what_is_no_file_are_told_apart)
{
    const char *fifo = in_folder("fifo");
    struct text read;
    struct error err = {0};
    cr_assert_eq(mkfifo(fifo, 0600), 0);

    cr_assert_not(file_read(arena, in_folder("none"), 100, &read, &err));
    cr_assert_eq(err.kind, ERROR_NOT_FOUND);
    cr_assert_not(file_read(arena, folder, 100, &read, &err));
    cr_assert_eq(err.kind, ERROR_INVALID);
    cr_assert_not(file_read(arena, fifo, 100, &read, &err), "and does not wait for a writer");
    cr_assert_eq(err.kind, ERROR_INVALID);
}

Test(file, a_failed_write_leaves_nothing_and_takes_nothing)
{
    const char *inner = in_folder("folder");
    struct error err = {0};
    cr_assert_eq(mkdir(inner, 0700), 0);

    cr_assert_not(file_write_atomic(inner, TEXT("x"), 0600, &err));
    cr_assert_not(file_write_atomic(in_folder("none/a"), TEXT("x"), 0600, &err));

    cr_assert_eq(err.kind, ERROR_NOT_FOUND);
    cr_assert_eq(count_entries(), 1);
}

Test(file, a_path_that_is_too_long_is_told)
{
    char *path = arena_alloc(arena, 5001);
    memset(path, 'x', 5000);
    struct error err = {0};

    cr_assert_not(file_write_atomic(path, TEXT("x"), 0600, &err));

    cr_assert(strstr(err.message, "too long"), "%s", err.message);
}

Test(file, folders_get_exactly_their_mode)
{
    const char *path = in_folder("a");
    cr_assert_eq(mkdir(path, 0755), 0);

    cr_assert(file_make_folder(path, 0700, NULL));

    cr_assert_eq(mode_of(path), 0700);
}

Test(file, folders_above_are_made_and_those_that_are_there_stay_as_they_are)
{
    const char *above = in_folder("a"), *middle = in_folder("a/b"), *path = in_folder("a/b/c");
    struct error err = {0};
    cr_assert_eq(mkdir(above, 0755), 0);

    cr_assert(file_make_folders(path, 0700, &err), "%s", err.message);
    cr_assert(file_make_folders(path, 0700, &err), "again is no error: %s", err.message);

    cr_assert_eq(mode_of(above), 0755);
    cr_assert_eq(mode_of(middle), 0700);
    cr_assert_eq(mode_of(path), 0700);
}

Test(file, a_file_in_the_way_of_a_folder_is_told)
{
    const char *path = in_folder("a");
    struct error err = {0};
    cr_assert(file_write_atomic(path, TEXT("x"), 0600, NULL));

    cr_assert_not(file_make_folder(path, 0700, &err));
    cr_assert_eq(err.kind, ERROR_INVALID);
    cr_assert_not(file_make_folders(in_folder("a/b"), 0700, &err));
    cr_assert(strstr(err.message, "making the folder"), "%s", err.message);
}
