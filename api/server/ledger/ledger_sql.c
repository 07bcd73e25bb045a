/* Texts for both databases: only what they read alike. */
#include "api/server/ledger/ledger_sql.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/sql/sql.h"

struct sums_table {
    const char *name;
    size_t column_count;
    const char *columns; /* beside the hour, the dimensions and the sums */
    const char *keys;    /* those of them that are of the key */
    const char *update;  /* what becomes of the others */
};

static const char *const plain_sums[] = {"calls", "tries", "unpriced_calls", "cost_nano"};

static const char *make_add(struct arena *arena, const struct sums_table *table);
static void add_increase(struct buffer *out, const char *table, struct text column, bool is_first);

struct ledger_statements
ledger_statements_new(struct arena *arena)
{
    static const struct sums_table hours = {"usage_hour", LEDGER_HOUR_COLUMNS, "", "", ""};
    static const struct sums_table days = {
        "usage_day", LEDGER_DAY_COLUMNS, ", first_ms", "",
        ", first_ms = CASE WHEN excluded.first_ms < usage_day.first_ms THEN excluded.first_ms ELSE "
        "usage_day.first_ms END"};
    static const struct sums_table purposes = {"usage_purpose_hour", LEDGER_PURPOSE_COLUMNS,
                                               ", purpose, value", ", purpose, value", ""};
    return (struct ledger_statements){
        .welcome =
            "INSERT INTO journal (id, workspace, environment, gateway, next) VALUES ($1, $2, $3, $4, 0) "
            "ON CONFLICT (id) DO UPDATE SET gateway = excluded.gateway "
            "WHERE journal.workspace = excluded.workspace AND journal.environment = excluded.environment "
            "RETURNING next",
        .advance = "UPDATE journal SET next = $2 WHERE id = $1 AND next = $3 AND EXISTS "
                   "(SELECT 1 FROM book WHERE id = 1 AND revision = $4) AND NOT EXISTS "
                   "(SELECT 1 FROM weir_schema WHERE version > $5)",
        .spoil = "INSERT INTO usage_spoilt (journal, number, record, reason) VALUES ($1, $2, $3, $4)",
        .add_hour = make_add(arena, &hours),
        .add_day = make_add(arena, &days),
        .add_purpose = make_add(arena, &purposes),
    };
}

void
ledger_sql_add_column(struct buffer *out, struct text key)
{
    for (size_t i = 0; i < key.length; i++) {
        char letter = key.bytes[i];
        bool is_upper = letter >= 'A' && letter <= 'Z';
        if (is_upper)
            buffer_add_byte(out, '_');
        buffer_add_byte(out, is_upper ? (char)(letter - 'A' + 'a') : letter);
    }
}

void
ledger_sql_add_sums(struct buffer *out)
{
    for (size_t i = 0; i < COUNT_OF(plain_sums); i++)
        buffer_print(out, "%sCAST(sum(%s) AS bigint)", i > 0 ? ", " : "", plain_sums[i]);
    for (size_t i = 0; i < USAGE_CLASS_COUNT; i++) {
        buffer_add_string(out, ", CAST(sum(");
        ledger_sql_add_column(out, usage_vector_schema.fields[i].key);
        buffer_add_string(out, ") AS bigint)");
    }
}

void
ledger_sql_add_hour_columns(struct buffer *out)
{
    buffer_add_string(out, "hour_ms");
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        buffer_print(out, ", %s", usage_dimension_columns[i]);
    for (size_t i = 0; i < COUNT_OF(plain_sums); i++)
        buffer_print(out, ", %s", plain_sums[i]);
    for (size_t i = 0; i < USAGE_CLASS_COUNT; i++) {
        buffer_add_string(out, ", ");
        ledger_sql_add_column(out, usage_vector_schema.fields[i].key);
    }
}

/* A range for each: with an OR a database would go over all hours in between. */
void
ledger_sql_add_spans(struct buffer *out, struct text columns, int first_param, int cut_count)
{
    const char *before = "(";
    int param = first_param, beyond_days = first_param + 2 * USAGE_SPANS_DAYS(cut_count);
    for (; param < first_param + LEDGER_SPAN_PARAMS(cut_count); param += 2) {
        bool is_days = param < beyond_days;
        buffer_print(out, "%sSELECT %s, %.*s FROM %s WHERE hour_ms >= $%d AND hour_ms < $%d", before,
                     is_days ? "first_ms" : "hour_ms AS first_ms", TEXT_ARG(columns),
                     is_days ? "usage_day" : "usage_hour", param, param + 1);
        before = " UNION ALL ";
    }
    buffer_add_string(out, ") AS sums");
}

size_t
ledger_sql_fill_spans(struct usage_span whole, const int64_t *cuts, size_t cut_count,
                      struct sql_value *params)
{
    struct usage_span days[USAGE_SPANS_DAYS(USAGE_SPANS_MAX_CUTS)],
        hours[USAGE_SPANS_HOURS(USAGE_SPANS_MAX_CUTS)];
    size_t count = 0;
    usage_spans_cut(whole, cuts, cut_count, days, hours);
    for (size_t i = 0; i < USAGE_SPANS_DAYS(cut_count); i++) {
        params[count++] = sql_int(days[i].from_ms);
        params[count++] = sql_int(days[i].until_ms);
    }
    for (size_t i = 0; i < USAGE_SPANS_HOURS(cut_count); i++) {
        params[count++] = sql_int(hours[i].from_ms);
        params[count++] = sql_int(hours[i].until_ms);
    }
    return count;
}

static const char *
make_add(struct arena *arena, const struct sums_table *table)
{
    struct buffer out;
    buffer_init(&out, arena, 2048);
    buffer_print(&out, "INSERT INTO %s (", table->name);
    ledger_sql_add_hour_columns(&out);
    buffer_print(&out, "%s) VALUES (", table->columns);
    for (size_t i = 1; i <= table->column_count; i++)
        buffer_print(&out, "%s$%zu", i > 1 ? ", " : "", i);
    buffer_add_string(&out, ") ON CONFLICT (hour_ms");
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        buffer_print(&out, ", %s", usage_dimension_columns[i]);
    buffer_print(&out, "%s) DO UPDATE SET ", table->keys);
    for (size_t i = 0; i < COUNT_OF(plain_sums); i++)
        add_increase(&out, table->name, text_of(plain_sums[i]), i == 0);
    for (size_t i = 0; i < USAGE_CLASS_COUNT; i++) {
        struct buffer column;
        buffer_init(&column, arena, 32);
        ledger_sql_add_column(&column, usage_vector_schema.fields[i].key);
        add_increase(&out, table->name, buffer_text(&column), false);
    }
    buffer_add_string(&out, table->update);
    return text_c_string(arena, buffer_text(&out));
}

static void
add_increase(struct buffer *out, const char *table, struct text column, bool is_first)
{
    buffer_print(out, "%s%.*s = %s.%.*s + excluded.%.*s", is_first ? "" : ", ", TEXT_ARG(column), table,
                 TEXT_ARG(column), TEXT_ARG(column));
}
