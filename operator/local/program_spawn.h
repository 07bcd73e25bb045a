/* Starts one of our programs as a process of a laptop: its environment without anybody's keys, its log in a
 * file. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;
struct state_folder;

/* The process gets a session of its own, so that no Ctrl-C reaches it. arguments end with NULL, the program's
 * path first; its words go to program_spawn_log of the title. */
MUST_CHECK bool program_spawn(const struct state_folder *state, struct text title, char **arguments,
                              pid_t *out_pid, struct error *err);
/* ".../.weir/log/demo-dev.log" */
char *program_spawn_log(const struct state_folder *state, struct arena *arena, struct text title);
/* The path given, or the program of this name beside the running one. */
MUST_CHECK bool program_spawn_find(struct arena *arena, const char *given, const char *name,
                                   const char **out_path, struct error *err);
