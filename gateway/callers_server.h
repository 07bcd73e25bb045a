/* The port where callers come in: every call there becomes an exchange. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"

struct arena;
struct error;
struct gateway;
struct gateway_options;

/* Listens; gateway->callers is the server from then on, gateway->tls_callers that of --tls-listen. */
MUST_CHECK bool callers_server_start(struct arena *arena, struct gateway *gateway,
                                     const struct gateway_options *options, struct error *err);
/* Both ports stop listening and finish their calls; on_drained once neither has any. */
void callers_server_drain(struct arena *arena, struct gateway *gateway, int64_t deadline_ms,
                          void (*on_drained)(void *owner), void *owner);
int callers_server_connection_count(const struct gateway *gateway);
/* Holds callers to the bounds of the config that is live, if both are there. */
void callers_server_apply(const struct gateway *gateway);
