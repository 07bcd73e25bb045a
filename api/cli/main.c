/* weir: finds the command and runs it. What a command does is in its own file. */
#include <signal.h>
#include <stdio.h>

#include "api/cli/command_line.h"
#include "lib/base/arena.h"

const struct command *const commands[] = {
    &command_up,
    &command_check,
    &command_explain,
    &command_get,
    &command_keys_new,
    &command_keys_list,
    &command_keys_create,
    &command_keys_rotate,
    &command_keys_revoke,
    &command_usage,
    &command_usage_export,
    &command_simulate,
    &command_prices_import,
    &command_audit_export,
    &command_audit_verify,
    &command_audit_key,
    &command_batch,
    &command_completion,
    &command_version,
};
const size_t command_count = COUNT_OF(commands);

static bool
asks_for_help(int count, char **words)
{
    for (int i = 0; i < count; i++) {
        struct text word = text_of(words[i]);
        if (text_equals(word, TEXT("--help")) || text_equals(word, TEXT("-h")))
            return true;
        if (text_equals(word, TEXT("--")))
            return false;
    }
    return false;
}

static enum exit_code
unknown_command(const char *typed)
{
    const struct command *nearest = command_line_nearest(typed);
    fprintf(stderr, "weir: %s is not a command", typed);
    if (nearest)
        fprintf(stderr, "; did you mean %s?", nearest->name);
    fprintf(stderr, "\nSee: weir --help\n");
    return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_DFL); /* `weir usage | head` ends quietly */
    int words = 0;
    const struct command *command = command_line_find(argc - 1, argv + 1, &words);
    if (!command) {
        bool help =
            argc < 2 || asks_for_help(argc - 1, argv + 1) || text_equals(text_of(argv[1]), TEXT("help"));
        if (!help)
            return (int)unknown_command(argv[1]);
        command_line_print_overview();
        return argc < 2 ? EXIT_USAGE : EXIT_OK;
    }
    int count = argc - 1 - words;
    char **rest = argv + 1 + words;
    if (asks_for_help(count, rest)) {
        command_line_print_help(command);
        return EXIT_OK;
    }

    scoped_arena struct arena *arena = arena_new(0);
    struct invocation invocation = {.arena = arena, .command = command};
    if (!command_line_read(&invocation, count, rest))
        return EXIT_USAGE;
    return (int)command->run(&invocation);
}
