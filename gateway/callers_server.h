/* The port where callers come in: every call there becomes an exchange. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"

struct arena;
struct error;
struct gateway;
struct gateway_options;

/* Listens; gateway->callers is the server from then on. */
MUST_CHECK bool callers_server_start(struct arena *arena, struct gateway *gateway,
                                     const struct gateway_options *options, struct error *err);
/* Holds callers to the bounds of the config that is live, if both are there. */
void callers_server_apply(const struct gateway *gateway);
