/* See the header. */
#include "api/server/ledger/ledger_limit_row.h"

#include "lib/schema/schema.h"

enum { ID, SCOPE, UNIT, AMOUNT };

static bool parse_word(struct text word, const char *const *words, int *out_value, struct error *err);

bool
ledger_limit_row_take(const struct sql_result *result, size_t row, struct shared_limit *out_limit,
                      struct error *err)
{
    struct shared_limit limit;
    struct text scope_word, unit_word;
    int scope, unit;
    schema_set_defaults(&shared_limit_schema, &limit);
    if (!sql_result_text(result, row, ID, &limit.id, err) ||
        !sql_result_text(result, row, SCOPE, &scope_word, err) ||
        !sql_result_text(result, row, UNIT, &unit_word, err) ||
        !parse_word(scope_word, limit_scope_names, &scope, err) ||
        !parse_word(unit_word, limit_unit_names, &unit, err) ||
        !sql_result_int(result, row, AMOUNT, &limit.amount, err))
        return error_context(err, "reading a limit");
    limit.scope = (enum limit_scope)scope;
    limit.unit = (enum limit_unit)unit;
    *out_limit = limit;
    return true;
}

void
ledger_limit_row_add_write(struct sql_work *work, const struct shared_limit *limit, struct text revision)
{
    const struct sql_value params[] = {sql_text(limit->id),
                                       sql_text(schema_enum_name(limit_scope_names, (int)limit->scope)),
                                       sql_text(schema_enum_name(limit_unit_names, (int)limit->unit)),
                                       sql_int(limit->amount), sql_text(revision)};
    sql_work_add(work,
                 "INSERT INTO call_limit (id, scope, unit, amount, revision) VALUES ($1, $2, $3, $4, $5) ON "
                 "CONFLICT (id) DO UPDATE SET scope = excluded.scope, unit = excluded.unit, amount = "
                 "excluded.amount, revision = excluded.revision",
                 params, COUNT_OF(params));
}

static bool
parse_word(struct text word, const char *const *words, int *out_value, struct error *err)
{
    return schema_enum_parse(words, word, out_value) ||
           error_set(err, ERROR_INTERNAL, "a column has the unknown word %.*s",
                     TEXT_ARG(text_slice(word, 0, 64)));
}
