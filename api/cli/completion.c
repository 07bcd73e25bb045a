/* weir completion: shell completion, printed from the same tables that the command line is read by. */
#include <stdio.h>

#include "api/cli/command.h"

static void
print_options(const struct command *command)
{
    for (size_t i = 0; i < command->option_count; i++)
        printf("--%s ", command->options[i].name);
    printf("--help");
}

static struct text
first_word(size_t command)
{
    struct text rest = text_of(commands[command]->name);
    return text_cut(&rest, ' ');
}

/* Commands of one first word ("audit verify", "audit key") stand one after the other. */
static bool
is_first_of_its_word(size_t command)
{
    return command == 0 || !text_equals(first_word(command - 1), first_word(command));
}

/* What may follow the first word: the second words and the options of all of its commands. */
static void
print_bash_case(size_t first)
{
    printf("            %.*s) words=\"", TEXT_ARG(first_word(first)));
    for (size_t i = first; i < command_count && (i == first || !is_first_of_its_word(i)); i++) {
        struct text second = text_of(commands[i]->name);
        (void)text_cut(&second, ' ');
        printf("%s%.*s ", i == first ? "" : " ", TEXT_ARG(second));
        print_options(commands[i]);
    }
    printf("\" ;;\n");
}

/* A word list of commands, then one of options per command; zsh reads it through bashcompinit. */
static void
print_bash(void)
{
    printf("_weir() {\n    local word=${COMP_WORDS[COMP_CWORD]} words\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words=\"");
    for (size_t i = 0; i < command_count; i++)
        if (is_first_of_its_word(i))
            printf("%s%.*s", i ? " " : "", TEXT_ARG(first_word(i)));
    printf("\"\n    else\n        case \"${COMP_WORDS[1]}\" in\n");
    for (size_t i = 0; i < command_count; i++)
        if (is_first_of_its_word(i))
            print_bash_case(i);
    printf("        esac\n    fi\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\") $(compgen -f -- \"$word\"))\n}\n"
           "complete -o filenames -F _weir weir\n");
}

static void
print_fish(void)
{
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = commands[i];
        struct text rest = text_of(command->name);
        struct text first = text_cut(&rest, ' ');
        printf("complete -c weir -n __fish_use_subcommand -a %.*s -d \"%s\"\n", TEXT_ARG(first),
               command->summary);
        for (size_t j = 0; j < command->option_count; j++)
            printf("complete -c weir -n \"__fish_seen_subcommand_from %.*s\" -l %s -d \"%s\"\n",
                   TEXT_ARG(first), command->options[j].name, command->options[j].help);
    }
}

static enum exit_code
run(struct invocation *invocation)
{
    struct text shell = invocation->arguments.items[0];
    if (text_equals(shell, TEXT("bash"))) {
        print_bash();
    } else if (text_equals(shell, TEXT("zsh"))) {
        printf("autoload -U +X bashcompinit && bashcompinit\n");
        print_bash();
    } else if (text_equals(shell, TEXT("fish"))) {
        print_fish();
    } else {
        fprintf(stderr, "weir completion: \"%.*s\" is not one of bash zsh fish\n", TEXT_ARG(shell));
        return EXIT_USAGE;
    }
    return EXIT_OK;
}

const struct command command_completion = {
    .name = "completion",
    .summary = "Print shell completion for bash, zsh or fish",
    .usage = "weir completion bash|zsh|fish",
    .example = "  source <(weir completion bash)",
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
