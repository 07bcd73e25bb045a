/* Values, and reading them out of a result by row and column: a wrong type is never converted. */
#include "lib/sql/sql_value.h"

#include "lib/base/error.h"

enum { MAX_VALUE_BYTES = 128 << 20 }; /* both databases take more; nobody means to */

static const struct sql_value *
get(const struct sql_result *result, size_t row, size_t column, enum sql_type wanted, struct error *err);
static const struct sql_value *at(const struct sql_result *result, size_t row, size_t column);

static const char *const type_words[] = {
    [SQL_NULL] = "NULL", [SQL_INT] = "an integer", [SQL_TEXT] = "text", [SQL_BYTES] = "bytes"};

struct sql_value
sql_null(void)
{
    return (struct sql_value){.type = SQL_NULL};
}

struct sql_value
sql_int(int64_t number)
{
    return (struct sql_value){.type = SQL_INT, .number = number};
}

struct sql_value
sql_text(struct text text)
{
    return (struct sql_value){.type = SQL_TEXT, .text = text};
}

struct sql_value
sql_bytes(struct text bytes)
{
    return (struct sql_value){.type = SQL_BYTES, .text = bytes};
}

bool
sql_value_check(const struct sql_value *value, struct error *err)
{
    if (value->text.length > MAX_VALUE_BYTES)
        return error_set(err, ERROR_INVALID, "a value has over %d bytes", MAX_VALUE_BYTES);
    if (value->type != SQL_TEXT)
        return true;
    if (text_find_byte(value->text, '\0') >= 0)
        return error_set(err, ERROR_INVALID, "a text has a NUL byte in it");
    return text_is_utf8(value->text) || error_set(err, ERROR_INVALID, "a text is not valid UTF-8");
}

bool
sql_result_int(const struct sql_result *result, size_t row, size_t column, int64_t *out_number,
               struct error *err)
{
    const struct sql_value *value = get(result, row, column, SQL_INT, err);
    if (!value)
        return false;
    *out_number = value->number;
    return true;
}

bool
sql_result_text(const struct sql_result *result, size_t row, size_t column, struct text *out_text,
                struct error *err)
{
    const struct sql_value *value = get(result, row, column, SQL_TEXT, err);
    if (!value)
        return false;
    *out_text = value->text;
    return true;
}

bool
sql_result_bytes(const struct sql_result *result, size_t row, size_t column, struct text *out_bytes,
                 struct error *err)
{
    const struct sql_value *value = get(result, row, column, SQL_BYTES, err);
    if (!value)
        return false;
    *out_bytes = value->text;
    return true;
}

bool
sql_result_is_null(const struct sql_result *result, size_t row, size_t column)
{
    const struct sql_value *value = at(result, row, column);
    return value && value->type == SQL_NULL;
}

/* NULL with err when it is not there or of another type. */
static const struct sql_value *
get(const struct sql_result *result, size_t row, size_t column, enum sql_type wanted, struct error *err)
{
    const struct sql_value *value = at(result, row, column);
    if (value && value->type == wanted)
        return value;
    if (value)
        error_set(err, ERROR_INTERNAL, "row %zu, column %zu: is %s, not %s", row, column,
                  type_words[value->type], type_words[wanted]);
    else
        error_set(err, ERROR_INTERNAL, "there is no row %zu, column %zu among %zu rows of %zu columns", row,
                  column, result->row_count, result->column_count);
    return NULL;
}

static const struct sql_value *
at(const struct sql_result *result, size_t row, size_t column)
{
    bool is_there = row < result->row_count && column < result->column_count;
    return is_there ? &result->values[row * result->column_count + column] : NULL;
}
