/* A program's port for probes and metrics: /healthz, /readyz, /metrics, answered at once. Asks nobody who
 * they are, so callers must not reach it. What ready means and what is measured is the program's. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct buffer;
struct error;
struct http_server;
struct loop;

struct admin_answers {
    /* One line or more for people, from the arena or static. */
    bool (*is_ready)(void *owner, struct arena *arena, struct text *out_words);
    /* Prometheus' text format. */
    void (*print_metrics)(void *owner, struct arena *arena, struct buffer *text);
    void *owner;
};

struct admin_place {
    struct loop *loop;
    const char *address;
    int port; /* 0: any */
};

/* answers must outlive the server. */
MUST_CHECK bool
admin_port_open(struct arena *arena, const struct admin_place *place, struct admin_answers *answers,
                struct http_server **out_server, struct error *err);
