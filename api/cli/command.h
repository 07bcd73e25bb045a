/* What a weir command is: a row with its words, its options and the function that runs it. */
#pragma once

#include <stdbool.h>

#include "lib/base/text.h"

struct arena;
struct error;

/* conventions 4.3: what scripts may rely on. */
enum exit_code {
    EXIT_OK = 0,
    EXIT_FAILED = 1,  /* it did not work: the message says why */
    EXIT_USAGE = 2,   /* the command line is wrong */
    EXIT_INVALID = 3, /* a file is wrong */
    EXIT_NOT_FOUND = 4,
    EXIT_DENIED = 5,  /* a policy says no */
    EXIT_EXPIRED = 6, /* weir batch: --deadline passed, lines are left */
    EXIT_STOPPED = 7, /* weir batch: a line failed, and --on-error is Stop */
};

#define COMMAND_MAX_OPTIONS 16

struct command_option {
    const char *name;       /* "output": given as --output VALUE or --output=VALUE */
    char letter;            /* 'o', or 0 */
    const char *value_name; /* "FORMAT"; NULL for a flag */
    const char *default_value;
    const char *help;
    const char *const *choices; /* allowed values, NULL-terminated; NULL: any */
};

/* One run of a command: its arguments and the value of each of its options, in the order they are declared.
 */
struct invocation {
    struct arena *arena;
    const struct command *command;
    struct text_list arguments;
    struct text
        values[COMMAND_MAX_OPTIONS]; /* flags: "true" when given; bytes NULL when absent without default */
};

struct command {
    const char *name;    /* "keys new" */
    const char *summary; /* one line */
    const char *usage;   /* "weir keys new --caller NAME" */
    const char *details; /* what else help says; may be NULL */
    const char *example;
    const struct command_option *options;
    size_t option_count;
    size_t min_arguments, max_arguments;
    enum exit_code (*run)(struct invocation *invocation);
};

extern const struct command *const commands[]; /* in the order help shows them */
extern const size_t command_count;

extern const struct command command_up, command_batch, command_check, command_explain, command_get,
    command_keys_new, command_keys_list, command_keys_create, command_keys_rotate, command_keys_revoke,
    command_usage, command_usage_export, command_simulate, command_prices_import, command_audit_verify,
    command_audit_export, command_audit_key, command_completion, command_version;

/* The option's value, or the empty text; the name must be one of the command's. */
struct text invocation_value(const struct invocation *invocation, const char *option);
bool
invocation_takes(const struct invocation *invocation, const char *option); /* it is one of the command's */
bool invocation_has(const struct invocation *invocation, const char *option);
/* Prints "weir: <message>" and what to do next on stderr; returns code. */
enum exit_code command_fail(enum exit_code code, const struct error *err, const char *next);
