/* A provider that plays a script over a real socket: one entry for each request, in order. Part of
 * gateway_harness. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/text.h"

struct arena;
struct loop;
struct script_provider;

struct script_entry {
    struct text bytes;
    size_t piece_bytes; /* 0: all at once; else in pieces, each in a turn of its own */
    bool closes;        /* the connection, afterwards */
};

struct script_provider *script_provider_start(struct arena *arena, struct loop *loop);
int script_provider_port(const struct script_provider *provider);
void script_provider_add(struct script_provider *provider, const struct script_entry *entry);
size_t script_provider_requests(const struct script_provider *provider);
struct text script_provider_got(const struct script_provider *provider, size_t index);
