/* What weir says of itself: the overview, each command's help, and the nearest command to a typo. */
#include <stdio.h>

#include "api/cli/command_line.h"

static void print_option(const struct command_option *option);

void
command_line_print_help(const struct command *command)
{
    printf("%s\n\nUsage:\n  %s\n", command->summary, command->usage);
    if (command->details)
        printf("\n%s\n", command->details);
    printf("\nOptions:\n");
    for (size_t i = 0; i < command->option_count; i++)
        print_option(&command->options[i]);
    printf("  -h, --help                 this text\n\nExample:\n%s\n", command->example);
}

static void
print_option(const struct command_option *option)
{
    char left[64];
    char letter[8] = "    ";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, option->name, option->value_name ? " " : "",
             option->value_name ? option->value_name : "");
    printf("  %-26s %s", left, option->help);
    if (option->choices) {
        printf(":");
        for (const char *const *choice = option->choices; *choice; choice++)
            printf(" %s", *choice);
    }
    if (option->default_value)
        printf(" (default %s)", option->default_value);
    putchar('\n');
}

void
command_line_print_overview(void)
{
    printf("weir governs AI traffic: a gateway per environment, from a folder of YAML or a cluster.\n\n"
           "Usage:\n  weir COMMAND [ARGUMENT...] [OPTION...]\n\nCommands:\n");
    for (size_t i = 0; i < command_count; i++)
        printf("  %-12s %s\n", commands[i]->name, commands[i]->summary);
    printf("\nExample:\n  weir up examples/quickstart\n\n"
           "weir COMMAND --help says more. Exit codes: 0 ok, 1 failed, 2 usage, 3 invalid file, 4 not found, "
           "5 denied by policy.\n");
}

const struct command *
command_line_nearest(const char *typed)
{
    const struct command *nearest = NULL;
    size_t least = 3;
    for (size_t i = 0; i < command_count; i++) {
        struct text rest = text_of(commands[i]->name);
        if (text_equals(text_cut(&rest, ' '), text_of(typed)))
            return commands[i]; /* "audit": its second word is missing or wrong */
        size_t distance = text_edit_distance(text_of(typed), text_of(commands[i]->name));
        if (distance < least) {
            least = distance;
            nearest = commands[i];
        }
    }
    return nearest;
}
