/* The watch: a burst of changes is one call, and nothing is missed. */
#include <criterion/criterion.h>
#include <fcntl.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/net/loop.h"
#include "operator/local/folder_scan.h"
#include "operator/local/folder_watch.h"
#include "tests/unit/operator/local/temporary.h"

TestSuite(folder_watch, .init = given_temporary_folder, .fini = end_temporary_folder, .timeout = 30);

struct bench {
    struct arena *arena;
    struct loop *loop;
    struct folder_watch *watch;
    int changes;
};

static void
on_change(void *owner)
{
    struct bench *bench = owner;
    bench->changes++;
    loop_stop(bench->loop);
}

static void
watch_all(struct bench *bench)
{
    struct folder_listing listing;
    struct error err = {0};
    cr_assert(folder_scan(test_arena, test_folder, &listing, &err), "%s", err.message);
    cr_assert(folder_watch_set_folders(bench->watch, &listing.folders, &err), "%s", err.message);
}

static struct bench *
given_watch(void)
{
    struct bench *bench = arena_alloc(test_arena, sizeof(*bench));
    bench->arena = arena_new(0);
    bench->loop = loop_new(bench->arena);
    struct error err = {0};
    struct folder_watch_options options = {
        .loop = bench->loop, .folder = test_folder, .on_change = on_change, .owner = bench};
    cr_assert(folder_watch_start(bench->arena, &options, &bench->watch, &err), "%s", err.message);
    watch_all(bench);
    loop_run(bench->loop); /* a new watch looks once more by itself */
    bench->changes = 0;
    return bench;
}

Test(folder_watch, a_burst_of_edits_is_one_change)
{
    struct bench *bench = given_watch();
    for (int i = 0; i < 100; i++)
        write_file("a.yaml", "x");

    loop_run(bench->loop);

    cr_assert_eq(bench->changes, 1);
    cr_assert_not(folder_watch_is_being_written(bench->watch, TEXT("a.yaml")));
    arena_free(bench->arena);
}

Test(folder_watch, a_rename_over_a_file_is_a_change)
{
    write_file("a.yaml", "x");
    struct bench *bench = given_watch();
    write_file(".a.yaml.swp", "y");

    cr_assert_eq(rename(in_folder(".a.yaml.swp"), in_folder("a.yaml")), 0);
    loop_run(bench->loop);

    arena_free(bench->arena);
}

Test(folder_watch, a_file_deleted_in_a_sub_folder_is_a_change)
{
    write_file("sub/a.yaml", "x");
    struct bench *bench = given_watch();

    remove_file("sub/a.yaml");
    loop_run(bench->loop);

    arena_free(bench->arena);
}

Test(folder_watch, a_new_sub_folder_is_a_change_and_is_watched_from_then_on)
{
    struct bench *bench = given_watch();

    write_file("sub/a.yaml", "x");
    loop_run(bench->loop);
    watch_all(bench);
    loop_run(bench->loop); /* looks again: files may have come before the watch */
    write_file("sub/a.yaml", "y");
    loop_run(bench->loop);

    arena_free(bench->arena);
}

Test(folder_watch, a_file_that_is_open_for_writing_is_known_as_such_until_it_is_closed)
{
    struct bench *bench = given_watch();
    int fd = open(in_folder("a.yaml"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    cr_assert_eq(write(fd, "half", 4), 4);

    loop_run(bench->loop);
    bool is_being_written = folder_watch_is_being_written(bench->watch, TEXT("a.yaml"));
    close(fd);
    loop_run(bench->loop);

    cr_assert(is_being_written);
    cr_assert_not(folder_watch_is_being_written(bench->watch, TEXT("a.yaml")));
    arena_free(bench->arena);
}
