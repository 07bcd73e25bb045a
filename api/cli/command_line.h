/* From argv to an invocation, and help. */
#pragma once

#include "api/cli/command.h"

/* Finds the command ("keys new" takes two words); NULL when there is none. *out_words is how many it took. */
const struct command *command_line_find(int count, char **words, int *out_words);
/* Reads options and arguments after the command's words; prints what is wrong and how to see help, and is
 * false. */
bool command_line_read(struct invocation *invocation, int count, char **words);
void command_line_print_help(const struct command *command);
/* All commands, one line each. */
void command_line_print_overview(void);
/* The command whose name is nearest to what was typed, or NULL. */
const struct command *command_line_nearest(const char *typed);
