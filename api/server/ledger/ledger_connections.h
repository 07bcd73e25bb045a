/* The database as a ledger uses it: who lends or revokes a key waits for no question about a month, and where
 * the database writes for several at once (PostgreSQL) neither for a batch of records. Works of one
 * connection run in order, those of several as they may; each is a transaction that decides by what it finds,
 * for other weir-api work on the same rows too. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"

struct arena;
struct error;
struct sql_db;
struct sql_options;

/* SQLite has one writer: there the first three are the same. */
struct ledger_connections {
    struct sql_db *records;   /* all that is kept, the schema too */
    struct sql_db *leases;    /* asked for and given back, in the order in which gateways said it */
    struct sql_db *keys;      /* changed, and what gateways hear of them */
    struct sql_db *questions; /* what only reads, for people */
};

/* As sql_open. */
MUST_CHECK bool ledger_connections_open(struct arena *arena, const struct sql_options *options,
                                        struct ledger_connections *out_connections, struct error *err);
/* As sql_is_ready, of all. */
bool ledger_connections_are_ready(const struct ledger_connections *connections, struct error *out_why);
