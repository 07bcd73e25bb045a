/* The callers of one config, by the hash of a declared key and by name. */
#pragma once

#include "api/types/gateway_config.h"
#include "gateway/digest_table.h"
#include "lib/base/compiler.h"

struct arena;
struct error;
struct map;

struct live_callers {
    struct digest_table keys; /* struct gateway_caller by the hash of a key of its */
    struct map *names;        /* the same by name */
};

/* Refuses a hash that two callers share. */
MUST_CHECK bool live_callers_index(struct arena *arena, const struct gateway_config *config,
                                   struct live_callers *out_callers, struct error *err);
/* NULL for a key nobody has. Takes the same time whether or where the hash differs from one that exists. */
const struct gateway_caller *
live_callers_find(const struct live_callers *callers, const uint8_t hash[DIGEST_SHA256_BYTES]);
/* NULL: nobody of that name may call. */
const struct gateway_caller *live_callers_named(const struct live_callers *callers, struct text name);
