/* Works: a list of statements with copies of their parameters, and the answers beside them. */
#include <assert.h>

#include "lib/base/arena.h"
#include "lib/sql/sql_driver.h"

enum {
    MAX_PARAMS = 1000, /* both databases take more; a statement with more is a mistake */
    MAX_COLUMNS = 64,  /* of a copy */
    MAX_NAME_BYTES = 63,
    BLAMED_BYTES = 80,
};

static void on_work_release(void *owner);
static void copy_statement(struct arena *arena, struct sql_statement *statement);
static struct sql_statement *append(struct sql_work *work);
static void note_problem(struct sql_work *work, const struct error *problem);
static bool check_names(const struct sql_copy_source *copy, struct error *err);
static bool name_is_plain(const char *name);

struct sql_work *
sql_work_new(struct arena *arena, struct sql_db *db)
{
    struct sql_work *work = arena_alloc(arena, sizeof(*work));
    *work = (struct sql_work){.arena = arena, .db = db, .deadline_ms = db->options.deadline_ms};
    arena_defer(arena, on_work_release, work);
    return work;
}

static void
on_work_release(void *owner)
{
    sql_db_forget(owner);
}

size_t
sql_work_add(struct sql_work *work, const char *statement, const struct sql_value *params, size_t count)
{
    struct error problem = {0};
    struct sql_statement *added = append(work);
    *added = (struct sql_statement){.text = statement, .param_count = count};
    if (count > MAX_PARAMS) {
        added->param_count = 0;
        error_set(&problem, ERROR_INTERNAL, "%zu parameters, at most %d", count, MAX_PARAMS);
        note_problem(work, &problem);
        return work->count - 1;
    }
    added->params = arena_copy(work->arena, params, count * sizeof(*params));
    for (size_t i = 0; i < count; i++) {
        if (sql_value_check(&params[i], &problem)) {
            added->params[i].text = text_copy(work->arena, params[i].text);
            continue;
        }
        error_context(&problem, "parameter $%zu", i + 1);
        note_problem(work, &problem);
    }
    return work->count - 1;
}

void
sql_work_expect_rows(struct sql_work *work)
{
    assert(work->count > 0);
    work->statements[work->count - 1].expects_rows = true;
}

void
sql_work_relax(struct sql_work *work)
{
    work->is_relaxed = true;
}

void
sql_work_prefer(struct sql_work *work)
{
    work->is_preferred = true;
}

size_t
sql_work_lock(struct sql_work *work, int64_t key)
{
    const char *lock = work->db->driver->lock;
    const struct sql_value param = sql_int(key);
    work->is_relaxed = true; /* or what it reads would be as old as its wait for the lock */
    return lock ? sql_work_add(work, lock, &param, 1) : sql_work_add(work, "SELECT 1", NULL, 0);
}

void
sql_work_set_deadline(struct sql_work *work, int64_t deadline_ms)
{
    work->deadline_ms = deadline_ms;
}

size_t
sql_copy(struct sql_work *work, const char *table, const char *const *columns, size_t column_count,
         struct sql_rows rows)
{
    struct error problem = {0};
    struct sql_copy_source *copy = arena_alloc(work->arena, sizeof(*copy));
    *copy = (struct sql_copy_source){
        .table = table, .columns = columns, .column_count = column_count, .rows = rows};
    *append(work) = (struct sql_statement){.text = table, .copy = copy};
    if (work->db->options.only_reads)
        error_set(&problem, ERROR_INTERNAL, "this connection only reads");
    if (problem.kind != ERROR_NONE || !check_names(copy, &problem))
        note_problem(work, &problem);
    return work->count - 1;
}

/* ---- for the queue and the drivers ---- */

struct sql_work *
sql_work_copy(struct arena *arena, const struct sql_work *work)
{
    struct sql_work *copy = arena_alloc(arena, sizeof(*copy));
    *copy = (struct sql_work){.arena = arena,
                              .db = work->db,
                              .count = work->count,
                              .deadline_ms = work->deadline_ms,
                              .started_ms = work->started_ms};
    copy->statements = arena_copy(arena, work->statements, work->count * sizeof(*work->statements));
    copy->results = arena_alloc_array(arena, work->count, sizeof(*copy->results));
    copy->row_capacities = arena_alloc_array(arena, work->count, sizeof(*copy->row_capacities));
    for (size_t i = 0; i < work->count; i++)
        copy_statement(arena, &copy->statements[i]);
    return copy;
}

bool
sql_work_add_row(struct sql_work *work, size_t statement, const struct sql_value *values, size_t columns,
                 struct error *err)
{
    struct sql_result *result = &work->results[statement];
    size_t row_bytes = columns * sizeof(*values);
    for (size_t i = 0; i < columns; i++)
        row_bytes += values[i].text.length;
    if (row_bytes > work->db->options.max_result_bytes - work->result_bytes)
        return error_set(err, ERROR_INTERNAL, "the answers have over %zu bytes",
                         work->db->options.max_result_bytes);
    work->result_bytes += row_bytes;

    result->column_count = columns;
    result->values =
        arena_grow(work->arena, result->values, result->row_count, &work->row_capacities[statement],
                   columns > 0 ? columns * sizeof(*values) : 1);
    for (size_t i = 0; i < columns; i++) {
        struct sql_value *kept = &result->values[result->row_count * columns + i];
        *kept = values[i];
        kept->text = text_copy(work->arena, values[i].text);
    }
    result->row_count++;
    return true;
}

bool
sql_work_blame(const struct sql_work *work, size_t statement, struct error *err)
{
    const struct sql_statement *blamed = &work->statements[statement];
    return error_context(err, "statement %zu (%s%.*s)", statement, blamed->copy ? "copy into " : "",
                         (int)BLAMED_BYTES, blamed->text);
}

bool
sql_work_is_met(const struct sql_work *work, size_t statement)
{
    const struct sql_result *result = &work->results[statement];
    return !work->statements[statement].expects_rows || result->row_count > 0 || result->affected_count > 0;
}

bool
sql_copy_next(const struct sql_copy_source *copy, struct sql_value *out_values, bool *out_more,
              struct error *err)
{
    *out_more = copy->rows.next(copy->rows.owner, out_values);
    for (size_t i = 0; *out_more && i < copy->column_count; i++)
        if (!sql_value_check(&out_values[i], err))
            return error_context(err, "column %s", copy->columns[i]);
    return true;
}

static void
copy_statement(struct arena *arena, struct sql_statement *statement)
{
    statement->text = text_c_string(arena, text_of(statement->text));
    statement->params =
        arena_copy(arena, statement->params, statement->param_count * sizeof(*statement->params));
    for (size_t i = 0; i < statement->param_count; i++)
        statement->params[i].text = text_copy(arena, statement->params[i].text);
}

static struct sql_statement *
append(struct sql_work *work)
{
    assert(work->state == SQL_WORK_NEW);
    work->statements =
        arena_grow(work->arena, work->statements, work->count, &work->capacity, sizeof(*work->statements));
    return &work->statements[work->count++];
}

/* The first counts; about the statement added last. */
static void
note_problem(struct sql_work *work, const struct error *problem)
{
    if (work->problem.kind != ERROR_NONE)
        return;
    work->problem = *problem;
    sql_work_blame(work, work->count - 1, &work->problem);
}

static bool
check_names(const struct sql_copy_source *copy, struct error *err)
{
    if (copy->column_count == 0 || copy->column_count > MAX_COLUMNS)
        return error_set(err, ERROR_INTERNAL, "%zu columns, 1 to %d are possible", copy->column_count,
                         MAX_COLUMNS);
    bool is_plain = name_is_plain(copy->table);
    for (size_t i = 0; i < copy->column_count; i++)
        is_plain = is_plain && name_is_plain(copy->columns[i]);
    return is_plain || error_set(err, ERROR_INTERNAL, "a name is not lower-case letters, digits and _");
}

static bool
name_is_plain(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return length > 0 && length <= MAX_NAME_BYTES && name[length] == '\0' &&
           !(name[0] >= '0' && name[0] <= '9');
}
