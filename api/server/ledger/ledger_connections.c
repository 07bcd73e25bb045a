/* See ledger_connections.h. */
#include "api/server/ledger/ledger_connections.h"

#include "lib/sql/sql.h"

bool
ledger_connections_open(struct arena *arena, const struct sql_options *options,
                        struct ledger_connections *out_connections, struct error *err)
{
    struct sql_db *records;
    if (!sql_open(arena, options, &records, err))
        return false;
    *out_connections = (struct ledger_connections){records, records, records};
    return !sql_is_concurrent(records) || (sql_open(arena, options, &out_connections->leases, err) &&
                                           sql_open(arena, options, &out_connections->questions, err));
}

bool
ledger_connections_are_ready(const struct ledger_connections *connections, struct error *out_why)
{
    return sql_is_ready(connections->records, out_why) && sql_is_ready(connections->leases, out_why) &&
           sql_is_ready(connections->questions, out_why);
}
