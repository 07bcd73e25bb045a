/* Where a PostgreSQL connection goes: libpq's URL or keywords taken apart, names resolved on the loop before
 * each dial (libpq itself would wait for them). Private to lib/sql. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/base/error.h"

struct arena;
struct loop;
struct resolver;

enum { POSTGRES_MAX_HOSTS = 8, POSTGRES_MAX_KEYWORDS = 64 };

struct postgres_host {
    struct text name, port;
};

struct postgres_address {
    struct resolver *resolver; /* NULL: there are no names to resolve */
    int ticket;
    bool is_resolving;
    struct postgres_host hosts[POSTGRES_MAX_HOSTS];
    size_t host_count, at;
    const char *keywords[POSTGRES_MAX_KEYWORDS + 1], *values[POSTGRES_MAX_KEYWORDS + 1]; /* for libpq */
    size_t keyword_count;
    size_t fixed_count;     /* of them, those that do not change with a dial */
    struct text secrets[2]; /* what no message may have in it */
    struct arena *found;    /* this dial's three lists, comma-separated */
    struct buffer names, numbers, ports;
    size_t found_count;
    struct error why;
    void (*on_found)(void *owner, const struct error *why); /* why NULL: keywords and values are whole */
    void *owner;
};

/* Errors do not repeat the URL. Closed when the arena ends. */
MUST_CHECK bool postgres_address_init(struct postgres_address *address, struct arena *arena,
                                      struct loop *loop, const char *url, struct error *err);
/* on_found comes once unless cancelled; at once when there is nothing to resolve. */
void postgres_address_find(struct postgres_address *address);
void postgres_address_cancel(struct postgres_address *address);
