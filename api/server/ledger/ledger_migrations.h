/* The ledger's tables, version by version. */
#pragma once

#include "lib/sql/sql_migrate.h"

/* What this program knows. */
#define LEDGER_SCHEMA_VERSION 18

/* Brings the database to this program's version. */
void ledger_migrate(struct arena *arena, struct loop *loop, struct sql_db *db, sql_migrated_fn on_done,
                    void *owner);
