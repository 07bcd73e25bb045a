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
    const char *control;             /* NULL with a fixed config */
    const char *control_certificate; /* with wss:// */
    const char *control_key;
    const char *control_ca;
    const char *ledger;             /* NULL: records stay in the journal */
    const char *credentials_folder; /* NULL: credentials are paths */
    const char *config_path;        /* NULL with an operator */
    const char *state_folder;
    struct gateway_address listen;
    struct gateway_address admin;
    struct gateway_address tls_listen; /* host NULL: with a certificate --listen itself speaks TLS */
    const char *tls_certificate;       /* NULL: plain */
    const char *tls_key;
    int64_t drain_ms;
    int64_t linger_ms; /* how long new connections are still taken after SIGTERM */
    bool writes_access_log;
    bool wants_help;
    bool wants_version;
};

/* ERROR_INVALID says which flag is wrong and what it wants. */
/* arguments end with NULL. */
MUST_CHECK bool gateway_options_parse(struct arena *arena, char **arguments,
                                      struct gateway_options *out_options, struct error *err);
void gateway_options_print_help(struct buffer *out);
