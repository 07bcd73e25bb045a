/* The state folder: one operator at a time, epochs and generations that only grow. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "operator/local/state_folder.h"
#include "tests/unit/operator/local/temporary.h"

TestSuite(state_folder, .init = given_temporary_folder, .fini = end_temporary_folder);

static struct state_folder *
open_state(struct arena *arena)
{
    struct state_folder *folder = NULL;
    struct error err = {0};
    cr_assert(state_folder_open(arena, in_folder(".weir"), &folder, &err), "%s", err.message);
    return folder;
}

Test(state_folder, is_private_and_ignored_by_git)
{
    open_state(test_arena);

    cr_assert_eq(mode_of(".weir"), 0700);
    cr_assert_eq(mode_of(".weir/secrets"), 0700);
    cr_assert(text_equals(contents_of(".weir/.gitignore"), TEXT("*\n")));
}

Test(state_folder, epochs_grow_with_every_start)
{
    for (int64_t epoch = 1; epoch <= 3; epoch++) {
        struct arena *arena = arena_new(0);
        cr_assert_eq(state_folder_epoch(open_state(arena)), epoch);
        arena_free(arena);
    }
}

Test(state_folder, an_epoch_seen_elsewhere_is_passed_and_not_forgotten)
{
    struct arena *arena = arena_new(0);
    struct state_folder *folder = open_state(arena);

    cr_assert(state_folder_raise_epoch(folder, 41, NULL));
    cr_assert_eq(state_folder_epoch(folder), 42);
    cr_assert_not(state_folder_raise_epoch(folder, 41, NULL), "epochs never go back");
    cr_assert_not(state_folder_raise_epoch(folder, INT64_MAX, NULL), "nothing comes after it");
    cr_assert_eq(state_folder_epoch(folder), 42);
    arena_free(arena);

    cr_assert_eq(state_folder_epoch(open_state(test_arena)), 43);
}

Test(state_folder, a_second_operator_is_told_who_has_it)
{
    open_state(test_arena);
    struct arena *second = arena_new(0);
    struct state_folder *folder = NULL;
    struct error err = {0};

    cr_assert_not(state_folder_open(second, in_folder(".weir"), &folder, &err));

    cr_assert_eq(err.kind, ERROR_CONFLICT);
    struct text pid = text_format(test_arena, "pid %d", (int)getpid());
    cr_assert(text_find(text_of(err.message), pid) >= 0, "%s", err.message);
    arena_free(second);
}

Test(state_folder, a_generation_grows_with_every_new_config_also_over_restarts)
{
    int64_t first = 0, same = 0, second = 0, after_restart = 0, back = 0;
    struct arena *arena = arena_new(0);
    struct state_folder *folder = open_state(arena);
    cr_assert(state_folder_generation(folder, TEXT("demo-dev"), TEXT("aaa"), &first, NULL));
    cr_assert(state_folder_generation(folder, TEXT("demo-dev"), TEXT("aaa"), &same, NULL));
    cr_assert(state_folder_generation(folder, TEXT("demo-dev"), TEXT("bbb"), &second, NULL));
    arena_free(arena);

    folder = open_state(test_arena);
    cr_assert(state_folder_generation(folder, TEXT("demo-dev"), TEXT("bbb"), &after_restart, NULL));
    cr_assert(state_folder_generation(folder, TEXT("demo-dev"), TEXT("aaa"), &back, NULL));

    cr_assert_eq(first, 1);
    cr_assert_eq(same, 1);
    cr_assert_eq(second, 2);
    cr_assert_eq(after_restart, 2);
    cr_assert_eq(back, 3, "going back to an old config is a new revision");
}

Test(state_folder, a_damaged_epoch_is_an_error_and_not_a_new_beginning)
{
    write_file(".weir/epoch", "seven");
    struct state_folder *folder = NULL;
    struct error err = {0};

    cr_assert_not(state_folder_open(test_arena, in_folder(".weir"), &folder, &err));
    cr_assert(text_find(text_of(err.message), TEXT("damaged")) >= 0);
}

Test(state_folder, a_socket_path_the_kernel_cannot_hold_says_what_to_do)
{
    struct state_folder *folder = open_state(test_arena);
    char *long_name = arena_alloc(test_arena, 121);
    memset(long_name, 'x', 120);
    char *path = NULL;
    struct error err = {0};

    cr_assert_not(state_folder_socket(folder, test_arena, long_name, &path, &err));
    cr_assert(text_find(text_of(err.message), TEXT("--state")) >= 0);
}

Test(state_folder, announces_the_folder_for_the_command_line)
{
    setenv("XDG_RUNTIME_DIR", test_folder, 1);

    cr_assert(state_folder_announce("/some/folder", NULL));

    char *name = text_c_string(test_arena, text_format(test_arena, "weir-%u/current", getuid()));
    cr_assert(text_equals(contents_of(name), TEXT("/some/folder\n")));
    cr_assert_eq(mode_of(name), 0600);
}
