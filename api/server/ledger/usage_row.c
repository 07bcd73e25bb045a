/* One scan over the bytes; the fields of the vector are its schema's, so a new class needs nothing here. */
#include "api/server/ledger/usage_row.h"

#include <assert.h>

#include "api/server/ledger/usage_row_charges.h"
#include "api/server/ledger/usage_row_purposes.h"
#include "lib/base/decimal.h"
#include "lib/base/error.h"
#include "lib/document/json_scan.h"

const char *const usage_dimension_names[] = {"workspace",  "environment", "team",     "caller",
                                             "deployment", "model",       "provider", "targetModel",
                                             "outcome",    NULL};
const char *const usage_dimension_columns[] = {"workspace",  "environment", "team",     "caller",
                                               "deployment", "model",       "provider", "target_model",
                                               "outcome",    NULL};

enum {
    ID,
    CALL,
    TRY,
    NEXT_TRY,
    TIME,
    COST,
    UNPRICED,
    CHARGES,
    RUN,
    TOOLS,
    TAGS,
    FIRST_DIMENSION,
    FIRST_CLASS = FIRST_DIMENSION + USAGE_DIMENSION_COUNT
};
enum { WANTED_COUNT = FIRST_CLASS + USAGE_CLASS_COUNT };
static_assert(WANTED_COUNT <= 64, "json_scan finds that many");

static void name_fields(struct json_field *fields);
static bool
take_try(struct arena *arena, const struct json_field *fields, struct usage_row *row, struct error *err);
static bool take_time(const struct json_field *field, struct usage_row *row, struct error *err);
static bool
take_cost(struct arena *arena, const struct json_field *fields, struct usage_row *row, struct error *err);
static bool take_counts(const struct json_field *fields, struct usage_row *row, struct error *err);

bool
usage_row_read(struct arena *arena, struct text record, struct usage_row *out_row, struct error *err)
{
    struct json_field fields[WANTED_COUNT] = {0};
    struct usage_row row = {.record = record};
    name_fields(fields);
    if (!json_scan(record, fields, WANTED_COUNT, err))
        return error_context(err, "a usage record");
    row.id = json_scan_string(arena, fields[ID].raw);
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        row.by[i] = usage_row_text(arena, fields[FIRST_DIMENSION + i].raw, USAGE_DIMENSION_MAX_BYTES);
    row.run = usage_row_text(arena, fields[RUN].raw, USAGE_PURPOSE_MAX_BYTES);
    if (text_is_empty(row.id) || text_is_empty(row.by[USAGE_BY_WORKSPACE]) ||
        text_is_empty(row.by[USAGE_BY_ENVIRONMENT]) || text_is_empty(row.by[USAGE_BY_OUTCOME]))
        return error_set(err, ERROR_INVALID, "a usage record has no id, workspace, environment or outcome");
    if (row.id.length > USAGE_ID_MAX_BYTES || text_find_byte(row.id, '\0') >= 0)
        return error_set(err, ERROR_INVALID, "a usage record has an id of %zu bytes, or with a NUL in it",
                         row.id.length);
    const struct usage_row_said said = {&fields[TOOLS], &fields[TAGS]};
    if (!take_try(arena, fields, &row, err) || !take_time(&fields[TIME], &row, err) ||
        !take_cost(arena, fields, &row, err) || !take_counts(&fields[FIRST_CLASS], &row, err) ||
        !usage_row_read_purposes(arena, &said, &row, err) ||
        !usage_row_read_charges(arena, &fields[CHARGES], &row.charges, err))
        return error_context(err, "usage record %.*s", TEXT_ARG(row.id));
    if (fields[CALL].kind == JSON_ABSENT) /* of before tries were told apart */
        row.is_try = row.used.requests > 0;
    *out_row = row;
    return true;
}

static void
name_fields(struct json_field *fields)
{
    fields[ID].path = "id";
    fields[CALL].path = "call";
    fields[TRY].path = "try";
    fields[NEXT_TRY].path = "nextTry";
    fields[TIME].path = "time";
    fields[COST].path = "cost";
    fields[UNPRICED].path = "unpriced";
    fields[CHARGES].path = "charges";
    fields[RUN].path = "run";
    fields[TOOLS].path = "tools";
    fields[TAGS].path = "tags";
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        fields[FIRST_DIMENSION + i].path = usage_dimension_names[i];
    for (size_t i = 0; i < USAGE_CLASS_COUNT; i++)
        fields[FIRST_CLASS + i].path =
            usage_vector_schema.fields[i].key.bytes; /* a literal: it ends in NUL */
}

/* A word that is newer than this program is a reason for another try all the same. */
static bool
take_try(struct arena *arena, const struct json_field *fields, struct usage_row *row, struct error *err)
{
    struct text next = json_scan_string(arena, fields[NEXT_TRY].raw);
    struct text call = json_scan_string(arena, fields[CALL].raw);
    int64_t number = 0;
    row->is_earlier = !text_is_empty(next) && !text_equals(next, TEXT("None"));
    if (fields[TRY].kind != JSON_ABSENT &&
        (fields[TRY].kind != JSON_NUMBER || !json_scan_int(fields[TRY].raw, &number) || number < 0))
        return error_set(err, ERROR_INVALID, "try is not a number");
    row->is_try = number > 0;
    if (!row->is_earlier)
        return true;
    if (text_is_empty(call) || call.length > USAGE_ID_MAX_BYTES || text_find_byte(call, '\0') >= 0)
        return error_set(err, ERROR_INVALID, "an earlier try has no call, or one of %zu bytes", call.length);
    row->call = call;
    return true;
}

static bool
take_time(const struct json_field *field, struct usage_row *row, struct error *err)
{
    bool is_time =
        field->kind == JSON_NUMBER && json_scan_int(field->raw, &row->time_ms) && row->time_ms >= 0;
    return is_time || error_set(err, ERROR_INVALID, "time is not a number of milliseconds");
}

static bool
take_cost(struct arena *arena, const struct json_field *fields, struct usage_row *row, struct error *err)
{
    if (fields[COST].kind == JSON_ABSENT)
        return true;
    if (!decimal_parse_nano(json_scan_string(arena, fields[COST].raw), &row->cost_nano) ||
        row->cost_nano > USAGE_COST_MAX_NANO)
        return error_set(err, ERROR_INVALID, "cost is not a decimal amount in quotes, of at most a million");
    row->is_priced = fields[UNPRICED].kind == JSON_ABSENT;
    return true;
}

static bool
take_counts(const struct json_field *fields, struct usage_row *row, struct error *err)
{
    for (size_t i = 0; i < USAGE_CLASS_COUNT; i++) {
        int64_t count = 0;
        if (fields[i].kind == JSON_ABSENT)
            continue;
        if (fields[i].kind != JSON_NUMBER || !json_scan_int(fields[i].raw, &count) || count < 0 ||
            count > USAGE_COUNT_MAX)
            return error_set(err, ERROR_INVALID, "%s is not a count", fields[i].path);
        usage_vector_set(&row->used, (enum usage_class)i, count);
    }
    return true;
}
