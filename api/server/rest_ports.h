/* Where people ask: a unix socket, and a TCP port with the ways of knowing them that the options name. */
#pragma once

#include "api/server/rest/rest.h"
#include "lib/base/compiler.h"

struct arena;
struct error;
struct server_options;

struct rest_ports_options {
    struct rest_options rest;
    const struct server_options *given; /* must outlive the program's loop */
};

/* Listens as the options say; *out_port is TCP's, 0: none. A certificate is followed in its files. */
MUST_CHECK bool rest_ports_open(struct arena *arena, const struct rest_ports_options *options, int *out_port,
                                struct error *err);
