/* Starts one gateway process (program_spawn.h) with its arguments. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;
struct state_folder;

struct gateway_launch {
    const char *program; /* path of weir-gateway */
    struct text workspace, environment, namespace;
    int port; /* 0: any */
};

/* The process gets a session of its own, so that neither Ctrl-C nor the operator's end reaches it. */
MUST_CHECK bool gateway_spawn(const struct state_folder *state, const struct gateway_launch *launch,
                              pid_t *out_pid, struct error *err);
/* True when 127.0.0.1:port can be listened on right now. */
bool gateway_spawn_port_is_free(int port);
