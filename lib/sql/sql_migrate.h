/* Bringing a database's schema up to date: forward only, each migration once, whoever else starts at the same
 * time.
 *
 * What was applied stands in weir_schema(version, applied_at); each migration and its row there are one
 * transaction. */
#pragma once

#include "lib/sql/sql.h"

struct sql_migration {
    int64_t version; /* from 1, ascending */
    const char *const *statements;
    size_t count;
};

struct sql_migrate_options {
    struct loop *loop;
    struct sql_db *db;
    const struct sql_migration *migrations; /* constants: not copied */
    size_t count;
    int64_t deadline_ms; /* for all of it; 0: 60 s */
};

/* From the loop, exactly once, unless the arena ended before; why NULL: the schema is that of the last
 * migration, of which applied_count were missing. A database that is newer is ERROR_INVALID, with both
 * versions named. What another program or a lost connection disturbs is tried again until the deadline. */
typedef void (*sql_migrated_fn)(void *owner, size_t applied_count, const struct error *why);

void sql_migrate(struct arena *arena, const struct sql_migrate_options *options, sql_migrated_fn on_done,
                 void *owner);
