/* What weir-gateway is started with: flags only, each with a word of help. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct buffer;
struct error;

struct gateway_address {
    const char *host;
    int port;
};

struct gateway_options {
    struct text workspace;
    struct text environment;
    struct text name;
    const char *control_path; /* NULL with a fixed config */
    const char *config_path;  /* NULL with an operator */
    const char *state_folder;
    struct gateway_address listen;
    struct gateway_address admin;
    const char *tls_certificate; /* NULL: plain */
    const char *tls_key;
    int64_t drain_ms;
    bool writes_access_log;
    bool wants_help;
    bool wants_version;
};

/* ERROR_INVALID says which flag is wrong and what it wants. */
MUST_CHECK bool gateway_options_parse(struct arena *arena, int count, char **arguments,
                                      struct gateway_options *out_options, struct error *err);
void gateway_options_print_help(struct buffer *out);
