/* Rows in binary form to values: integers of every width, text, bytes; anything else is a mistake of the
 * statement, which is to cast it. */
#include <endian.h>
#include <postgresql/libpq-fe.h>

#include "lib/base/arena.h"
#include "lib/base/parse.h"
#include "lib/sql/postgres_private.h"

/* pg_type.dat: these numbers never change. */
enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_NAME = 19,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_BPCHAR = 1042,
    OID_VARCHAR = 1043,
    OID_VOID = 2278,
};

static bool
take_value(const PGresult *result, int row, int column, struct sql_value *out_value, struct error *err);
static bool take_int(const char *bytes, size_t length, struct sql_value *out_value, struct error *err);

bool
postgres_row_take(struct postgres *postgres, size_t statement, const PGresult *result, struct error *err)
{
    struct sql_work *work = postgres->db->running;
    int rows = PQntuples(result), columns = PQnfields(result);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        work->results[statement].column_count = (size_t)columns;
    for (int row = 0; row < rows; row++) {
        arena_reset(postgres->scratch);
        struct sql_value *values = arena_alloc_array(postgres->scratch, (size_t)columns, sizeof(*values));
        for (int column = 0; column < columns; column++)
            if (!take_value(result, row, column, &values[column], err))
                return error_context(err, "column %d (%s)", column, PQfname(result, column));
        if (!sql_work_add_row(work, statement, values, (size_t)columns, err))
            return false;
    }
    return true;
}

int64_t
postgres_row_affected(PGresult *result)
{
    int64_t count = 0;
    if (strncmp(PQcmdStatus(result), "SELECT", 6) == 0) /* its count is of rows returned */
        return 0;
    return parse_int64(text_of(PQcmdTuples(result)), &count) ? count : 0;
}

static bool
take_value(const PGresult *result, int row, int column, struct sql_value *out_value, struct error *err)
{
    const char *bytes = PQgetvalue(result, row, column);
    size_t length = (size_t)PQgetlength(result, row, column);
    *out_value = sql_null();
    if (PQgetisnull(result, row, column))
        return true;
    switch (PQftype(result, column)) {
    case OID_BOOL:
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
        return take_int(bytes, length, out_value, err);
    case OID_TEXT:
    case OID_VARCHAR:
    case OID_BPCHAR:
    case OID_NAME:
        *out_value = sql_text((struct text){bytes, length});
        return true;
    case OID_BYTEA:
        *out_value = sql_bytes((struct text){bytes, length});
        return true;
    case OID_VOID: /* of functions called for what they do */
        return true;
    default:
        return error_set(err, ERROR_INTERNAL, "is of type %u: cast it to bigint, text or bytea",
                         PQftype(result, column));
    }
}

static bool
take_int(const char *bytes, size_t length, struct sql_value *out_value, struct error *err)
{
    uint64_t number = 0;
    if (length == 0 || length > sizeof(number))
        return error_set(err, ERROR_INTERNAL, "an integer has %zu bytes", length);
    number = bytes[0] < 0 ? UINT64_MAX : 0;
    for (size_t i = 0; i < length; i++)
        number = number << 8 | (unsigned char)bytes[i];
    *out_value = sql_int((int64_t)number);
    return true;
}
