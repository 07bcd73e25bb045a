/* What goes into a statement and what comes out of it: NULL, 64-bit integers, UTF-8 text, bytes. No floating
 * point: nothing in a ledger is one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct error;

enum sql_type { SQL_NULL, SQL_INT, SQL_TEXT, SQL_BYTES };

struct sql_value {
    enum sql_type type;
    int64_t number;   /* SQL_INT */
    struct text text; /* SQL_TEXT, SQL_BYTES; empty is not NULL */
};

struct sql_value sql_null(void);
struct sql_value sql_int(int64_t number);
struct sql_value sql_text(struct text text);
struct sql_value sql_bytes(struct text bytes);
/* Text must be UTF-8 without NUL, which PostgreSQL cannot keep; bytes may be anything; neither over 128 MiB.
 * ERROR_INVALID. */
MUST_CHECK bool sql_value_check(const struct sql_value *value, struct error *err);

/* What one statement answered; in the arena of its work. */
struct sql_result {
    size_t row_count, column_count;
    int64_t affected_count;   /* rows inserted, updated or deleted; of a copy: rows copied */
    struct sql_value *values; /* row by row */
};

/* False with ERROR_INTERNAL when there is no such row or column, it is NULL, or of another type. Texts live
 * as long as the result. */
MUST_CHECK bool sql_result_int(const struct sql_result *result, size_t row, size_t column,
                               int64_t *out_number, struct error *err);
MUST_CHECK bool sql_result_text(const struct sql_result *result, size_t row, size_t column,
                                struct text *out_text, struct error *err);
MUST_CHECK bool sql_result_bytes(const struct sql_result *result, size_t row, size_t column,
                                 struct text *out_bytes, struct error *err);
/* False also where there is no such row or column. */
bool sql_result_is_null(const struct sql_result *result, size_t row, size_t column);
