/* Texts for both databases: only what they read alike. */
#include "api/server/ledger/ledger_sql.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"

static const char *const plain_sums[] = {"calls", "tries", "unpriced_calls", "cost_nano"};

static const char *make_add(struct arena *arena, const char *table, const char *more_columns, size_t count);
static void add_hour_columns(struct buffer *out);
static void add_increase(struct buffer *out, const char *table, struct text column, bool is_first);

struct ledger_statements
ledger_statements_new(struct arena *arena)
{
    return (struct ledger_statements){
        .welcome =
            "INSERT INTO journal (id, workspace, environment, gateway, next) VALUES ($1, $2, $3, $4, 0) "
            "ON CONFLICT (id) DO UPDATE SET gateway = excluded.gateway "
            "WHERE journal.workspace = excluded.workspace AND journal.environment = excluded.environment "
            "RETURNING next",
        .advance = "UPDATE journal SET next = $2 WHERE id = $1 AND next = $3 AND EXISTS "
                   "(SELECT 1 FROM book WHERE id = 1 AND revision = $4)",
        .spoil = "INSERT INTO usage_spoilt (journal, number, record, reason) VALUES ($1, $2, $3, $4)",
        .add_hour = make_add(arena, "usage_hour", "", LEDGER_HOUR_COLUMNS),
        .add_purpose = make_add(arena, "usage_purpose_hour", ", purpose, value", LEDGER_PURPOSE_COLUMNS),
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

/* more_columns: those that are of the key beside the hour and the dimensions. */
static const char *
make_add(struct arena *arena, const char *table, const char *more_columns, size_t count)
{
    struct buffer out;
    buffer_init(&out, arena, 2048);
    buffer_print(&out, "INSERT INTO %s (", table);
    add_hour_columns(&out);
    buffer_print(&out, "%s) VALUES (", more_columns);
    for (size_t i = 1; i <= count; i++)
        buffer_print(&out, "%s$%zu", i > 1 ? ", " : "", i);
    buffer_add_string(&out, ") ON CONFLICT (hour_ms");
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        buffer_print(&out, ", %s", usage_dimension_columns[i]);
    buffer_print(&out, "%s) DO UPDATE SET ", more_columns);
    for (size_t i = 0; i < COUNT_OF(plain_sums); i++)
        add_increase(&out, table, text_of(plain_sums[i]), i == 0);
    for (size_t i = 0; i < USAGE_CLASS_COUNT; i++) {
        struct buffer column;
        buffer_init(&column, arena, 32);
        ledger_sql_add_column(&column, usage_vector_schema.fields[i].key);
        add_increase(&out, table, buffer_text(&column), false);
    }
    return text_c_string(arena, buffer_text(&out));
}

static void
add_hour_columns(struct buffer *out)
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

static void
add_increase(struct buffer *out, const char *table, struct text column, bool is_first)
{
    buffer_print(out, "%s%.*s = %s.%.*s + excluded.%.*s", is_first ? "" : ", ", TEXT_ARG(column), table,
                 TEXT_ARG(column), TEXT_ARG(column));
}
