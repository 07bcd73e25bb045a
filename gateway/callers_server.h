/* The port where callers come in: every call there becomes an exchange. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"

struct arena;
struct error;
struct gateway;
struct http_server;
struct gateway_options;

MUST_CHECK bool
callers_server_start(struct arena *arena, struct gateway *gateway, const struct gateway_options *options,
                     struct http_server **out_server, struct error *err);
