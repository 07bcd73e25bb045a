/* The admin port: /healthz, /readyz, /metrics. Never reachable for callers; asks nobody who they are. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"
#include "lib/net/admin_port.h"

struct arena;
struct error;
struct gateway;
struct http_server;
struct metrics;
struct gateway_address;
struct process_metrics;

struct admin {
    const struct gateway *gateway;
    struct metrics *metrics;
    struct process_metrics *process_metrics;
    struct admin_answers answers; /* admin_start's */
};

MUST_CHECK bool admin_start(struct arena *arena, struct admin *admin, const struct gateway_address *address,
                            struct http_server **out_server, struct error *err);
