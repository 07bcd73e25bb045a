/* The programs beside this one: what only they may know is asked of them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;

/* The program of that name in the folder this program runs from. */
MUST_CHECK bool sibling_find(struct arena *arena, const char *name, char **out_path, struct error *err);

struct sibling_answer {
    struct text output; /* what it printed; standard error goes to ours */
    int exit_code;      /* of a program that ended by a signal: -1 */
};

/* Runs it to its end; arguments begin with its path and end with NULL. INVALID when it prints more than
 * max_bytes: then it is ended. */
MUST_CHECK bool sibling_run(struct arena *arena, char *const *arguments, size_t max_bytes,
                            struct sibling_answer *out_answer, struct error *err);
