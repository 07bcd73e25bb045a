/* The parts of the SQLite drivers: who writes, on the loop (sqlite.c); who reads, on a thread of its own
 * (sqlite_reader.c); the file that each has open (sqlite_file.c), its statements (sqlite_statement.c),
 * errors. */
#pragma once

#include <stdatomic.h>

#include "lib/sql/sql_driver.h"

#define SQLITE_SCHEME "sqlite:"

enum { SQLITE_LOCK_POLL_MS = 5 };

struct map;
struct sqlite3;

/* A connection: of one thread at a time. */
struct sqlite {
    struct sql_db *db; /* on a thread beside the loop: its options only */
    struct sqlite3 *file;
    const char *path;
    int64_t deadline_ms;             /* by the monotonic clock; what runs past it is interrupted */
    const atomic_bool *is_forgotten; /* what runs is interrupted then too; NULL: it cannot be */
    struct arena *kept;              /* prepared statements by text */
    struct map *statements;
    struct arena *scratch; /* of one statement */
};

/* sqlite_file.c */
/* Made if it is not there, unless it is only read. Closed when the database's arena ends. */
MUST_CHECK bool sqlite_file_open(struct sqlite *sqlite, struct sql_db *db, struct error *err);
/* The rest of a transaction that was begun: the work's statements, then COMMIT; or ROLLBACK. */
struct sql_outcome sqlite_file_run(struct sqlite *sqlite, struct sql_work *work);

/* sqlite_statement.c */
void sqlite_statement_keep_none(struct sqlite *sqlite);
/* For statements without parameters and answers (BEGIN, COMMIT, ROLLBACK). *out_code is SQLite's. */
MUST_CHECK bool
sqlite_statement_run_plain(struct sqlite *sqlite, const char *text, int *out_code, struct error *err);
/* Statement or copy of the work, its answers added to it. */
MUST_CHECK bool
sqlite_statement_run(struct sqlite *sqlite, struct sql_work *work, size_t statement, struct error *err);

/* sqlite_error.c */
/* What the result code of the last call means; false. */
bool sqlite_error_set(const struct sqlite *sqlite, int code, struct error *err);
