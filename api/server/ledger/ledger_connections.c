/* See ledger_connections.h. */
#include "api/server/ledger/ledger_connections.h"

#include "lib/sql/sql.h"

enum { READING_CACHE_BYTES = 2 << 20 }; /* sums are read from end to end: little is read twice */

bool
ledger_connections_open(struct arena *arena, const struct sql_options *options,
                        struct ledger_connections *out_connections, struct error *err)
{
    struct sql_options reading = *options;
    struct ledger_connections opened;
    reading.only_reads = true;
    reading.cache_bytes = READING_CACHE_BYTES;
    if (!sql_open(arena, options, &opened.records, err) || !sql_open(arena, &reading, &opened.questions, err))
        return false;
    opened.leases = opened.keys = opened.records;
    if (sql_is_concurrent(opened.records) &&
        (!sql_open(arena, options, &opened.leases, err) || !sql_open(arena, options, &opened.keys, err)))
        return false;
    *out_connections = opened;
    return true;
}

bool
ledger_connections_are_ready(const struct ledger_connections *connections, struct error *out_why)
{
    return sql_is_ready(connections->records, out_why) && sql_is_ready(connections->leases, out_why) &&
           sql_is_ready(connections->keys, out_why) && sql_is_ready(connections->questions, out_why);
}
