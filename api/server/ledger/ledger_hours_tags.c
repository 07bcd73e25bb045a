/* From purpose to purpose by the index, and of each only the page's hours: an index by the hour would cost
 * every batch of records. */
#include "api/server/ledger/ledger_hours_tags.h"

#include "api/server/ledger/ledger_parts.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/map.h"

enum {
    PURPOSE = 1 + USAGE_DIMENSION_COUNT, /* a column of the answer, and its value behind it */
    FIRST = 4, /* parameters: of the page's first key behind its hour, which is $1 */
    LAST = FIRST + USAGE_DIMENSION_COUNT,
    FIXED_PARAMS = LAST + USAGE_DIMENSION_COUNT - 1,
};

struct asking {
    struct ledger *ledger;
    struct arena *arena;
    struct hours_tags_question question;
};

static size_t fill(const struct hours_tags_question *question, struct sql_value *params);
static size_t add_page(struct buffer *out, const struct ledger_scope *scope, struct sql_value *values);
static void add_equal(struct buffer *out);
static void add_key(struct buffer *out, const char *table);
static void on_answered(void *owner, const struct sql_outcome *sql);
static bool take(const struct asking *asking, const struct sql_result *result, struct error *err);
static bool read_key(struct arena *arena, const struct sql_result *result, size_t at, struct text *out_key,
                     struct error *err);
static bool take_tags(const struct asking *asking, const struct sql_result *result, size_t first,
                      struct hours_row *row, struct error *err);

void
ledger_hours_tags(struct ledger *ledger, struct arena *arena, const struct hours_tags_question *question)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking = (struct asking){ledger, arena, *question};
    struct sql_value params[FIXED_PARAMS + LEDGER_SCOPE_MAX_WORKSPACES];
    size_t count = fill(question, params);
    struct buffer text;
    buffer_init(&text, arena, 4096);
    buffer_add_string(&text, "WITH RECURSIVE named (purpose) AS (SELECT min(purpose) FROM usage_purpose_hour "
                             "UNION ALL SELECT (SELECT min(later.purpose) FROM usage_purpose_hour AS later "
                             "WHERE later.purpose > named.purpose) FROM named WHERE named.purpose IS NOT "
                             "NULL) SELECT ");
    add_key(&text, "part");
    buffer_add_string(&text, ", part.purpose, part.value FROM named JOIN (");
    count += add_page(&text, question->question->scope, &params[count]);
    buffer_add_string(&text, ") AS part ON part.purpose = named.purpose JOIN usage_hour AS whole ON ");
    add_equal(&text);
    buffer_add_string(&text, " WHERE substr(named.purpose, 1, 4) = 'tag:' ORDER BY ");
    add_key(&text, "part");
    buffer_add_string(&text, ", part.purpose");
    struct sql_work *work = ledger_reading_work(ledger, arena);
    sql_work_add(work, ledger_keep_text(ledger, buffer_text(&text)), params, count);
    sql_work_run(work, on_answered, asking);
}

static size_t
fill(const struct hours_tags_question *question, struct sql_value *params)
{
    const struct usage_rollup *first = &question->rows[0].sums,
                              *last = &question->rows[question->count - 1].sums;
    size_t count = 0;
    params[count++] = sql_int(first->hour_ms);
    params[count++] = sql_int(last->hour_ms);
    params[count++] = sql_text(question->question->workspace);
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        params[count++] = sql_text(first->by[i]);
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        params[count++] = sql_text(last->by[i]);
    return count;
}

/* What is on the page, of every purpose. */
static size_t
add_page(struct buffer *out, const struct ledger_scope *scope, struct sql_value *values)
{
    buffer_add_string(out, "SELECT * FROM usage_purpose_hour WHERE hour_ms >= $1 AND hour_ms <= $2 AND "
                           "($3 = '' OR workspace = $3) AND (provider <> '' OR cost_nano > 0) AND (");
    add_key(out, "usage_purpose_hour");
    buffer_add_string(out, ") >= ($1");
    for (int i = 0; i < USAGE_DIMENSION_COUNT; i++)
        buffer_print(out, ", $%d", FIRST + i);
    buffer_add_string(out, ") AND (");
    add_key(out, "usage_purpose_hour");
    buffer_add_string(out, ") <= ($2");
    for (int i = 0; i < USAGE_DIMENSION_COUNT; i++)
        buffer_print(out, ", $%d", LAST + i);
    buffer_add_byte(out, ')');
    return ledger_scope_add(scope, out, values, FIXED_PARAMS + 1);
}

/* The key, and every sum. */
static void
add_equal(struct buffer *out)
{
    struct buffer columns;
    buffer_init(&columns, out->arena, 1024);
    ledger_sql_add_hour_columns(&columns);
    struct text rest = buffer_text(&columns);
    for (bool is_first = true; rest.bytes; is_first = false) {
        struct text column = text_trim(text_cut(&rest, ','));
        buffer_print(out, "%swhole.%.*s = part.%.*s", is_first ? "" : " AND ", TEXT_ARG(column),
                     TEXT_ARG(column));
    }
}

static void
add_key(struct buffer *out, const char *table)
{
    buffer_print(out, "%s.hour_ms", table);
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        buffer_print(out, ", %s.%s", table, usage_dimension_columns[i]);
}

static void
on_answered(void *owner, const struct sql_outcome *sql)
{
    struct asking *asking = owner;
    struct error why;
    enum ledger_end end = ledger_end_of(sql, &why);
    if (end == LEDGER_DONE && !take(asking, &sql->results[0], &why))
        end = LEDGER_FAILED;
    asking->question.on_done(asking->question.owner, end, &why);
}

/* By their keys: what came to the page meanwhile is in none of its rows. */
static bool
take(const struct asking *asking, const struct sql_result *result, struct error *err)
{
    struct map *firsts = map_new(asking->arena); /* the number of a key's first row, from 1 */
    struct text key;
    for (size_t at = 0; at < result->row_count; at++) {
        if (!read_key(asking->arena, result, at, &key, err))
            return false;
        if (!map_find(firsts, key))
            map_set(firsts, key, (void *)(uintptr_t)(at + 1));
    }
    for (size_t i = 0; i < asking->question.count; i++) {
        struct hours_row *row = &asking->question.rows[i];
        struct usage_rollup whole = {.hour_ms = row->sums.hour_ms};
        memcpy(whole.by, row->sums.by, sizeof(whole.by));
        uintptr_t first = (uintptr_t)map_find(firsts, usage_rollup_key(asking->arena, &whole));
        if (first > 0 && !take_tags(asking, result, first - 1, row, err))
            return false;
    }
    return true;
}

static bool
read_key(struct arena *arena, const struct sql_result *result, size_t at, struct text *out_key,
         struct error *err)
{
    struct usage_rollup of = {0};
    if (!sql_result_int(result, at, 0, &of.hour_ms, err))
        return false;
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        if (!sql_result_text(result, at, 1 + i, &of.by[i], err))
            return false;
    *out_key = usage_rollup_key(arena, &of);
    return true;
}

static bool
take_tags(const struct asking *asking, const struct sql_result *result, size_t first, struct hours_row *row,
          struct error *err)
{
    struct text wanted, key, purpose, value;
    size_t capacity = 0;
    if (!read_key(asking->arena, result, first, &wanted, err))
        return false;
    for (size_t at = first; at < result->row_count; at++) {
        if (!read_key(asking->arena, result, at, &key, err) ||
            !sql_result_text(result, at, PURPOSE, &purpose, err) ||
            !sql_result_text(result, at, PURPOSE + 1, &value, err))
            return false;
        if (!text_equals(key, wanted))
            return true;
        if (text_equals(purpose, asking->question.question->purpose))
            continue;
        row->tags.items =
            arena_grow(asking->arena, row->tags.items, row->tags.count, &capacity, sizeof(*row->tags.items));
        row->tags.items[row->tags.count++] =
            (struct text_pair){text_slice(purpose, strlen("tag:"), purpose.length), value};
    }
    return true;
}
