/* Reads command lines by the commands' own tables, so that help, completion and parsing cannot drift. */
#include "api/cli/command_line.h"

#include <stdio.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"

static bool read_option(struct invocation *invocation, int count, char **words, int *at);
static bool check_arguments(const struct invocation *invocation);
static bool is_choice(const struct command_option *option, struct text value);

/* How many words the name takes of these, or 0 when they are not its. */
static int
match_name(const char *name, int count, char **words)
{
    struct text rest = text_of(name);
    int matched = 0;
    while (rest.bytes) {
        struct text word = text_cut(&rest, ' ');
        if (matched == count || !text_equals(word, text_of(words[matched])))
            return 0;
        matched++;
    }
    return matched;
}

const struct command *
command_line_find(int count, char **words, int *out_words)
{
    const struct command *found = NULL;
    *out_words = 0;
    for (size_t i = 0; i < command_count; i++) {
        int matched = match_name(commands[i]->name, count, words);
        if (matched <= *out_words)
            continue;
        *out_words = matched; /* "usage export" before "usage" */
        found = commands[i];
    }
    return found;
}

bool
command_line_read(struct invocation *invocation, int count, char **words)
{
    const struct command *command = invocation->command;
    for (size_t i = 0; i < command->option_count; i++)
        invocation->values[i] = text_of(command->options[i].default_value);

    invocation->arguments.items =
        arena_alloc_array(invocation->arena, (size_t)count + 1, sizeof(struct text));
    bool only_arguments = false;
    for (int i = 0; i < count; i++) {
        struct text word = text_of(words[i]);
        if (!only_arguments && text_equals(word, TEXT("--"))) {
            only_arguments = true;
        } else if (!only_arguments && word.length > 1 && word.bytes[0] == '-') {
            if (!read_option(invocation, count, words, &i))
                return false;
        } else {
            invocation->arguments.items[invocation->arguments.count++] = word;
        }
    }
    return check_arguments(invocation);
}

/* A folder that is no argument of the command is what most others take first. */
static bool
check_arguments(const struct invocation *invocation)
{
    const struct command *command = invocation->command;
    const struct text_list *given = &invocation->arguments;
    if (given->count < command->min_arguments) {
        fprintf(stderr, "weir %s: an argument is missing.", command->name);
    } else if (given->count > command->max_arguments) {
        fprintf(stderr, "weir %s: \"%.*s\" is an argument too many.", command->name,
                TEXT_ARG(given->items[command->max_arguments]));
        if (invocation_takes(invocation, "dir"))
            fprintf(stderr, " The folder of a `weir up` is said with --dir.");
    } else {
        return true;
    }
    fprintf(stderr, " Usage: %s\nSee: weir %s --help\n", command->usage, command->name);
    return false;
}

static const struct command_option *
find_option(const struct command *command, struct text name, char letter, size_t *out_index)
{
    for (size_t i = 0; i < command->option_count; i++) {
        const struct command_option *option = &command->options[i];
        bool same = letter ? option->letter == letter : text_equals(text_of(option->name), name);
        if (same) {
            *out_index = i;
            return option;
        }
    }
    return NULL;
}

static bool
read_option(struct invocation *invocation, int count, char **words, int *at)
{
    struct text word = text_of(words[*at]);
    struct text name = text_slice(word, 2, word.length);
    struct text value = {0};
    char letter = 0;
    if (word.bytes[1] != '-') {
        letter = word.bytes[1];
        value = text_slice(word, 2, word.length); /* -ojson */
    } else {
        struct text rest = name;
        name = text_cut(&rest, '=');
        value = rest;
    }
    size_t index = 0;
    const struct command *command = invocation->command;
    const struct command_option *option = find_option(command, name, letter, &index);
    if (!option) {
        fprintf(stderr, "weir %s: %s is not an option of it. See: weir %s --help\n", command->name,
                words[*at], command->name);
        return false;
    }
    if (!option->value_name) {
        invocation->values[index] = TEXT("true");
        return true;
    }
    if ((letter ? text_is_empty(value) : !value.bytes) && *at + 1 < count)
        value = text_of(words[++*at]);
    else if (letter ? text_is_empty(value) : !value.bytes) {
        fprintf(stderr, "weir %s: --%s needs a value (%s)\n", command->name, option->name,
                option->value_name);
        return false;
    }
    invocation->values[index] = value;
    return is_choice(option, value);
}

static bool
is_choice(const struct command_option *option, struct text value)
{
    if (!option->choices)
        return true;
    for (const char *const *choice = option->choices; *choice; choice++) {
        if (text_equals(text_of(*choice), value))
            return true;
    }
    fprintf(stderr, "weir: --%s \"%.*s\" is not one of", option->name, TEXT_ARG(value));
    for (const char *const *choice = option->choices; *choice; choice++)
        fprintf(stderr, " %s", *choice);
    fputc('\n', stderr);
    return false;
}

struct text
invocation_value(const struct invocation *invocation, const char *option)
{
    size_t index = 0;
    find_option(invocation->command, text_of(option), 0, &index);
    return invocation->values[index];
}

bool
invocation_takes(const struct invocation *invocation, const char *option)
{
    size_t index;
    return find_option(invocation->command, text_of(option), 0, &index) != NULL;
}

bool
invocation_has(const struct invocation *invocation, const char *option)
{
    return !text_is_empty(invocation_value(invocation, option));
}

enum exit_code
command_fail(enum exit_code code, const struct error *err, const char *next)
{
    fprintf(stderr, "weir: %s\n", err->message);
    if (next)
        fprintf(stderr, "%s\n", next);
    return code;
}
