/* DIR/.weir: what an operator on a laptop keeps between starts: lock, epoch, revision counters, sockets,
 * logs, secrets.
 *
 * Mode 0700 and ignored by Git. Held by one operator at a time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;
struct state_folder;

/* Makes the folder with what belongs in it, takes the lock and starts the next epoch. ERROR_CONFLICT when
 * another operator holds it (the message names its pid). The folder is closed when the arena ends. */
MUST_CHECK bool
state_folder_open(struct arena *arena, const char *path, struct state_folder **out_folder, struct error *err);
/* Absolute. */
const char *state_folder_path(const struct state_folder *folder);
/* Absolute path of "control.sock", "log/demo-dev.log" and so on. */
char *state_folder_file(const struct state_folder *folder, struct arena *arena, const char *name);
/* As state_folder_file for a unix socket: ERROR_INVALID when the kernel's bound of 107 bytes does not hold
 * it. */
MUST_CHECK bool state_folder_socket(const struct state_folder *folder, struct arena *arena, const char *name,
                                    char **out_path, struct error *err);
/* Grows with every start. */
int64_t state_folder_epoch(const struct state_folder *folder);
/* The next epoch after one that was seen elsewhere, stored first. Only the lock's holder may: nobody else can
 * be leading here, so a higher one is this folder's own, forgotten. */
MUST_CHECK bool state_folder_raise_epoch(struct state_folder *folder, int64_t seen, struct error *err);

/* The generation for an environment's config of this hash: the last one when the hash is the same, else the
 * next, which is stored first. So revisions grow over restarts, and a restart without a change keeps its
 * revision. */
MUST_CHECK bool state_folder_generation(struct state_folder *folder, struct text environment,
                                        struct text hash, int64_t *out_generation, struct error *err);

/* Writes ${XDG_RUNTIME_DIR:-/tmp}/weir-<uid>/current: the absolute manifests folder, for the CLI. */
MUST_CHECK bool state_folder_announce(const char *manifests, struct error *err);
