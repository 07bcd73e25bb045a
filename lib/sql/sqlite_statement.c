/* Prepared statements, kept by their text, and one run of one: bind, step, take the rows.
 *
 * $1 is a name to SQLite, not a number: parameters are found by it. */
#include <sqlite3.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/map.h"
#include "lib/base/parse.h"
#include "lib/sql/sqlite_private.h"

enum { MOST_KEPT = 256 };

static bool prepare(struct sqlite *sqlite, const char *text, sqlite3_stmt **out_prepared, struct error *err);
static void put_back(sqlite3_stmt *prepared);
static bool bind_all(struct sqlite *sqlite, sqlite3_stmt *prepared, const struct sql_value *values,
                     size_t count, struct error *err);
static int bind_one(sqlite3_stmt *prepared, int at, const struct sql_value *value);
static bool step_all(struct sqlite *sqlite, sqlite3_stmt *prepared, struct sql_work *work, size_t statement,
                     struct error *err);
static bool take_row(struct sqlite *sqlite, sqlite3_stmt *prepared, struct sql_work *work, size_t statement,
                     struct error *err);
static bool take_column(sqlite3_stmt *prepared, int column, struct sql_value *out_value, struct error *err);
static bool copy_rows(struct sqlite *sqlite, struct sql_work *work, size_t statement, struct error *err);
static bool copy_row(struct sqlite *sqlite, sqlite3_stmt *prepared, const struct sql_value *values,
                     size_t count, struct error *err);
static const char *insertion(struct arena *arena, const struct sql_copy_source *copy);

void
sqlite_statement_keep_none(struct sqlite *sqlite)
{
    arena_reset(sqlite->kept); /* finalizes them */
    sqlite->statements = map_new(sqlite->kept);
}

bool
sqlite_statement_run_plain(struct sqlite *sqlite, const char *text, int *out_code, struct error *err)
{
    sqlite3_stmt *prepared = NULL;
    *out_code = SQLITE_ERROR;
    if (!prepare(sqlite, text, &prepared, err))
        return false;
    int code = sqlite3_step(prepared);
    bool is_done = code == SQLITE_DONE || code == SQLITE_ROW || sqlite_error_set(sqlite, code, err);
    put_back(prepared);
    *out_code = code;
    return is_done;
}

bool
sqlite_statement_run(struct sqlite *sqlite, struct sql_work *work, size_t statement, struct error *err)
{
    const struct sql_statement *run = &work->statements[statement];
    arena_reset(sqlite->scratch);
    if (run->copy)
        return copy_rows(sqlite, work, statement, err);

    sqlite3_stmt *prepared = NULL;
    if (!prepare(sqlite, run->text, &prepared, err))
        return false;
    bool is_run = bind_all(sqlite, prepared, run->params, run->param_count, err) &&
                  step_all(sqlite, prepared, work, statement, err);
    put_back(prepared);
    return is_run;
}

static void
finalize(void *owner)
{
    (void)sqlite3_finalize(owner);
}

static bool
prepare(struct sqlite *sqlite, const char *text, sqlite3_stmt **out_prepared, struct error *err)
{
    const char *rest = NULL;
    sqlite3_stmt *prepared = map_find(sqlite->statements, text_of(text));
    if (prepared) {
        *out_prepared = prepared;
        return true;
    }
    if (map_count(sqlite->statements) >= MOST_KEPT)
        sqlite_statement_keep_none(sqlite);
    int code = sqlite3_prepare_v3(sqlite->file, text, -1, SQLITE_PREPARE_PERSISTENT, &prepared, &rest);
    if (code != SQLITE_OK)
        return sqlite_error_set(sqlite, code, err);
    if (!prepared)
        return error_set(err, ERROR_INTERNAL, "the statement is empty");
    arena_defer(sqlite->kept, finalize, prepared);
    if (!text_is_empty(text_trim(text_of(rest))))
        return error_set(err, ERROR_INTERNAL, "more than one statement");
    map_set(sqlite->statements, text_of(text), prepared);
    *out_prepared = prepared;
    return true;
}

/* The error that sqlite3_reset repeats was told already. */
static void
put_back(sqlite3_stmt *prepared)
{
    (void)sqlite3_reset(prepared);
    (void)sqlite3_clear_bindings(prepared);
}

static bool
bind_all(struct sqlite *sqlite, sqlite3_stmt *prepared, const struct sql_value *values, size_t count,
         struct error *err)
{
    int last = sqlite3_bind_parameter_count(prepared);
    for (int at = 1; at <= last; at++) {
        const char *name = sqlite3_bind_parameter_name(prepared, at);
        uint64_t number = 0;
        if (!name || name[0] != '$' || !parse_uint64(text_of(name + 1), count, &number) || number == 0)
            return error_set(err, ERROR_INTERNAL, "the parameter %s is not among $1 to $%zu",
                             name ? name : "?", count);
        int code = bind_one(prepared, at, &values[number - 1]);
        if (code != SQLITE_OK)
            return sqlite_error_set(sqlite, code, err);
    }
    return true;
}

/* Empty texts need a place that is not NULL, which would bind NULL. */
static int
bind_one(sqlite3_stmt *prepared, int at, const struct sql_value *value)
{
    const char *bytes = value->text.bytes ? value->text.bytes : "";
    switch (value->type) {
    case SQL_INT:
        return sqlite3_bind_int64(prepared, at, value->number);
    case SQL_TEXT:
        return sqlite3_bind_text64(prepared, at, bytes, value->text.length, SQLITE_STATIC, SQLITE_UTF8);
    case SQL_BYTES:
        return sqlite3_bind_blob64(prepared, at, bytes, value->text.length, SQLITE_STATIC);
    case SQL_NULL:
    default:
        return sqlite3_bind_null(prepared, at);
    }
}

static bool
step_all(struct sqlite *sqlite, sqlite3_stmt *prepared, struct sql_work *work, size_t statement,
         struct error *err)
{
    struct sql_result *result = &work->results[statement];
    sqlite3_int64 changes_before = sqlite3_total_changes64(sqlite->file);
    int code = SQLITE_OK;
    result->column_count = (size_t)sqlite3_column_count(prepared);
    while ((code = sqlite3_step(prepared)) == SQLITE_ROW)
        if (!take_row(sqlite, prepared, work, statement, err))
            return false;
    if (code != SQLITE_DONE)
        return sqlite_error_set(sqlite, code, err);
    /* sqlite3_changes keeps its value over statements that change nothing. */
    if (sqlite3_total_changes64(sqlite->file) != changes_before)
        result->affected_count = sqlite3_changes64(sqlite->file);
    return true;
}

static bool
take_row(struct sqlite *sqlite, sqlite3_stmt *prepared, struct sql_work *work, size_t statement,
         struct error *err)
{
    int columns = sqlite3_column_count(prepared);
    arena_reset(sqlite->scratch);
    struct sql_value *values = arena_alloc_array(sqlite->scratch, (size_t)columns, sizeof(*values));
    for (int column = 0; column < columns; column++)
        if (!take_column(prepared, column, &values[column], err))
            return error_context(err, "column %d (%s)", column, sqlite3_column_name(prepared, column));
    return sql_work_add_row(work, statement, values, (size_t)columns, err);
}

static bool
take_column(sqlite3_stmt *prepared, int column, struct sql_value *out_value, struct error *err)
{
    switch (sqlite3_column_type(prepared, column)) {
    case SQLITE_INTEGER:
        *out_value = sql_int(sqlite3_column_int64(prepared, column));
        return true;
    case SQLITE_TEXT: {
        const char *text = (const char *)sqlite3_column_text(prepared, column);
        *out_value = sql_text((struct text){text, (size_t)sqlite3_column_bytes(prepared, column)});
        return true;
    }
    case SQLITE_BLOB: {
        const char *bytes = sqlite3_column_blob(prepared, column);
        *out_value = sql_bytes((struct text){bytes, (size_t)sqlite3_column_bytes(prepared, column)});
        return true;
    }
    case SQLITE_NULL:
        *out_value = sql_null();
        return true;
    default:
        return error_set(err, ERROR_INTERNAL, "is a floating-point number");
    }
}

/* ---- copies ---- */

static bool
copy_rows(struct sqlite *sqlite, struct sql_work *work, size_t statement, struct error *err)
{
    const struct sql_copy_source *copy = work->statements[statement].copy;
    struct sql_value *values = arena_alloc_array(sqlite->scratch, copy->column_count, sizeof(*values));
    sqlite3_stmt *prepared = NULL;
    if (!prepare(sqlite, insertion(sqlite->scratch, copy), &prepared, err))
        return false;
    int64_t *count = &work->results[statement].affected_count;
    for (bool more = true; more;) {
        bool is_kept = sql_copy_next(copy, values, &more, err) &&
                       (!more || copy_row(sqlite, prepared, values, copy->column_count, err));
        if (!is_kept)
            return error_context(err, "row %lld", (long long)*count);
        *count += more ? 1 : 0;
    }
    return true;
}

static bool
copy_row(struct sqlite *sqlite, sqlite3_stmt *prepared, const struct sql_value *values, size_t count,
         struct error *err)
{
    bool is_kept = bind_all(sqlite, prepared, values, count, err);
    int code = is_kept ? sqlite3_step(prepared) : SQLITE_DONE;
    if (code != SQLITE_DONE)
        is_kept = sqlite_error_set(sqlite, code, err);
    put_back(prepared);
    return is_kept;
}

static const char *
insertion(struct arena *arena, const struct sql_copy_source *copy)
{
    struct buffer text;
    buffer_init(&text, arena, 0);
    buffer_print(&text, "INSERT INTO %s (", copy->table);
    for (size_t i = 0; i < copy->column_count; i++)
        buffer_print(&text, "%s%s", i > 0 ? ", " : "", copy->columns[i]);
    buffer_add_string(&text, ") VALUES (");
    for (size_t i = 0; i < copy->column_count; i++)
        buffer_print(&text, "%s$%zu", i > 0 ? ", " : "", i + 1);
    buffer_add_byte(&text, ')');
    return text_c_string(arena, buffer_text(&text));
}
