/* Reading command lines by the commands' tables. */
#include <criterion/criterion.h>

#include "api/cli/command_line.h"
#include "lib/base/arena.h"

/* The table of this test program: main.c, which has the real one, is not linked. */
const struct command *const commands[] = {&command_usage, &command_keys_new, &command_get};
const size_t command_count = COUNT_OF(commands);

static bool
read_words(struct arena *arena, const struct command *command, struct invocation *out, int count,
           char **words)
{
    *out = (struct invocation){.arena = arena, .command = command};
    return command_line_read(out, count, words);
}

Test(command_line, finds_commands_of_two_words)
{
    char *words[] = {(char[]){"keys"}, (char[]){"new"}, (char[]){"--caller"}};
    int taken = 0;

    const struct command *command = command_line_find(3, words, &taken);

    cr_assert_eq(command, &command_keys_new);
    cr_assert_eq(taken, 2);
}

Test(command_line, reads_every_way_to_write_an_option)
{
    char *ways[][2] = {
        {(char[]){"--output"}, (char[]){"json"}},
        {(char[]){"-o"}, (char[]){"json"}},
        {(char[]){"-ojson"}, NULL},
        {(char[]){"--output=json"}, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        struct arena *arena = arena_new(0);
        struct invocation invocation;
        cr_assert(read_words(arena, &command_usage, &invocation, ways[i][1] ? 2 : 1, ways[i]));
        cr_assert(text_equals(invocation_value(&invocation, "output"), TEXT("json")), "way %zu", i);
        arena_free(arena);
    }
}

Test(command_line, gives_defaults_for_what_is_not_said)
{
    struct arena *arena = arena_new(0);
    struct invocation invocation;
    cr_assert(read_words(arena, &command_usage, &invocation, 0, NULL));

    cr_assert(text_equals(invocation_value(&invocation, "by"), TEXT("workspace,environment,model")));
    cr_assert_not(invocation_has(&invocation, "since"));
    arena_free(arena);
}

Test(command_line, refuses_options_and_values_it_does_not_know)
{
    char *wrong[][2] = {
        {(char[]){"--colour"}, (char[]){"red"}},
        {(char[]){"--output"}, (char[]){"xml"}},
        {(char[]){"-x"}, (char[]){"1"}},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct arena *arena = arena_new(0);
        struct invocation invocation;
        cr_assert_not(read_words(arena, &command_usage, &invocation, 2, wrong[i]), "%s", wrong[i][0]);
        arena_free(arena);
    }
}

Test(command_line, counts_arguments)
{
    struct arena *arena = arena_new(0);
    struct invocation invocation;
    char *three[] = {(char[]){"a"}, (char[]){"b"}, (char[]){"c"}};

    cr_assert_not(read_words(arena, &command_get, &invocation, 0, three));
    cr_assert(read_words(arena, &command_get, &invocation, 2, three));
    cr_assert_not(read_words(arena, &command_get, &invocation, 3, three));
    arena_free(arena);
}

Test(command_line, takes_everything_after_two_dashes_as_arguments)
{
    struct arena *arena = arena_new(0);
    struct invocation invocation;
    char *words[] = {(char[]){"--"}, (char[]){"--output"}};

    cr_assert(read_words(arena, &command_get, &invocation, 2, words));

    cr_assert_eq(invocation.arguments.count, 1);
    cr_assert(text_equals(invocation.arguments.items[0], TEXT("--output")));
    arena_free(arena);
}
