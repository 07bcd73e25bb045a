/* SQLite's result codes in our words. */
#include <sqlite3.h>

#include "lib/sql/sqlite_private.h"

static enum error_kind kind_of(int code);
static enum error_kind kind_of_constraint(int code);

bool
sqlite_error_set(const struct sqlite *sqlite, int code, struct error *err)
{
    const char *words = sqlite->file ? sqlite3_errmsg(sqlite->file) : sqlite3_errstr(code);
    enum error_kind kind = kind_of(code);
    if (code == SQLITE_INTERRUPT)
        return error_set(err, kind, "not done within its deadline, interrupted");
    if (kind == ERROR_UNAVAILABLE)
        return error_set(err, kind, "the database file %s: %s (SQLite %d)", sqlite->path, words, code);
    return error_set(err, kind, "%s (SQLite %d)", words, code);
}

/* https://www.sqlite.org/rescode.html */
static enum error_kind
kind_of(int code)
{
    switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERROR_CONFLICT;
    case SQLITE_CONSTRAINT:
        return kind_of_constraint(code);
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
        return ERROR_INVALID;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_PROTOCOL:
    case SQLITE_NOLFS:
    case SQLITE_NOMEM:
    case SQLITE_INTERRUPT:
        return ERROR_UNAVAILABLE;
    default:
        return ERROR_INTERNAL;
    }
}

static enum error_kind
kind_of_constraint(int code)
{
    switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return ERROR_CONFLICT;
    default:
        return ERROR_INVALID;
    }
}
