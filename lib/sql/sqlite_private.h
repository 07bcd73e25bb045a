/* The parts of the SQLite driver: the file (sqlite.c), its statements (sqlite_statement.c), errors. */
#pragma once

#include "lib/sql/sql_driver.h"

struct map;
struct sqlite3;

struct sqlite {
    struct sql_db *db;
    struct sqlite3 *file;
    const char *path;
    struct loop_timer *lock_timer; /* runs while another program writes */
    int64_t deadline_ms;           /* by the monotonic clock; what runs past it is interrupted */
    struct arena *kept;            /* prepared statements by text */
    struct map *statements;
    struct arena *scratch; /* of one statement */
};

void sqlite_statement_keep_none(struct sqlite *sqlite);
/* For statements without parameters and answers (BEGIN, COMMIT, ROLLBACK). *out_code is SQLite's. */
MUST_CHECK bool
sqlite_statement_run_plain(struct sqlite *sqlite, const char *text, int *out_code, struct error *err);
/* Statement or copy of db->running, its answers added to the work. */
MUST_CHECK bool sqlite_statement_run(struct sqlite *sqlite, size_t statement, struct error *err);

/* What the result code of the last call means; false. */
bool sqlite_error_set(const struct sqlite *sqlite, int code, struct error *err);
