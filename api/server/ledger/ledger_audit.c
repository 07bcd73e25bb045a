/* Rows into the table as drafts, and chained rows out of it. */
#include "api/server/ledger/ledger_audit.h"

#include "api/server/ledger/ledger_parts.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/id.h"

enum { FIXED_PARAMS = 7 };

static const char *const columns[] = {"id", "line"};

struct copying {
    const struct usage_refusal *refusals;
    size_t count, copied;
};

struct asking {
    struct arena *arena;
    size_t most_rows;
    audit_answer_fn on_answer;
    void *owner;
};

static bool next_row(void *owner, struct sql_value *out_values);
static void on_answered(void *owner, const struct sql_outcome *outcome);
static bool read_row(const struct sql_result *result, size_t row, struct kept_row *out, struct error *err);

void
ledger_audit_add(struct sql_work *work, struct arena *arena, const struct audit_row *row)
{
    struct text line;
    struct error why;
    if (!audit_draft_print(arena, row, &line, &why))
        return;
    const struct sql_value params[] = {
        sql_text(text_format(arena, "%015lld/%.*s", (long long)row->time_ms, TEXT_ARG(id_new(arena)))),
        sql_text(line)};
    sql_work_add(work, "INSERT INTO audit_waiting (id, line) VALUES ($1, $2)", params, COUNT_OF(params));
}

void
ledger_audit_copy(struct sql_work *work, struct arena *arena, const struct usage_refusal *refusals,
                  size_t count)
{
    struct copying *copying = arena_alloc(arena, sizeof(*copying));
    *copying = (struct copying){refusals, count, 0};
    if (count > 0)
        sql_copy(work, "audit_waiting", columns, COUNT_OF(columns), (struct sql_rows){next_row, copying});
}

static bool
next_row(void *owner, struct sql_value *out_values)
{
    struct copying *copying = owner;
    if (copying->copied == copying->count)
        return false;
    const struct usage_refusal *refusal = &copying->refusals[copying->copied++];
    *out_values++ = sql_text(refusal->id);
    *out_values++ = sql_text(refusal->line);
    return true;
}

void
ledger_audit_rows(struct ledger *ledger, struct arena *arena, const struct audit_question *question,
                  audit_answer_fn on_answer, void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking = (struct asking){arena, question->most_rows, on_answer, owner};
    bool is_newest_first = question->before_seq > 0;
    struct sql_value params[FIXED_PARAMS + LEDGER_SCOPE_MAX_WORKSPACES] = {
        sql_int(is_newest_first ? question->before_seq : question->after_seq),
        sql_text(question->action),
        sql_text(question->actor),
        sql_text(question->workspace),
        sql_int(question->from_ms),
        sql_int(question->until_ms),
        sql_int((int64_t)question->most_rows + 1)};
    struct buffer text;
    buffer_init(&text, arena, 1024);
    buffer_print(
        &text,
        "SELECT seq, hash, line FROM audit WHERE seq %s $1 AND ($2 = '' OR action = $2) AND ($3 = '' "
        "OR actor = $3) AND ($4 = '' OR workspace = $4) AND time_ms >= $5 AND time_ms < $6",
        is_newest_first ? "<" : ">");
    size_t count = FIXED_PARAMS;
    if (is_newest_first)
        buffer_add_string(&text, " AND line <> ''");
    count += ledger_scope_add(question->scope, &text, &params[count], count + 1);
    buffer_print(&text, " ORDER BY seq %s LIMIT $7", is_newest_first ? "DESC" : "ASC");
    struct sql_work *work = ledger_reading_work(ledger, arena);
    sql_work_add(work, ledger_keep_text(ledger, buffer_text(&text)), params, count);
    sql_work_run(work, on_answered, asking);
}

static void
on_answered(void *owner, const struct sql_outcome *sql)
{
    struct asking *asking = owner;
    struct audit_answer answer = {0};
    answer.end = ledger_end_of(sql, &answer.why);
    if (answer.end == LEDGER_DONE) {
        const struct sql_result *result = &sql->results[0];
        size_t count = ledger_page_rows(result, asking->most_rows, &answer.is_cut);
        answer.rows = arena_alloc_array(asking->arena, count, sizeof(*answer.rows));
        for (; answer.end == LEDGER_DONE && answer.count < count; answer.count++)
            if (!read_row(result, answer.count, &answer.rows[answer.count], &answer.why))
                answer.end = LEDGER_FAILED;
    }
    asking->on_answer(asking->owner, &answer);
}

static bool
read_row(const struct sql_result *result, size_t row, struct kept_row *out, struct error *err)
{
    struct text hash;
    if (!sql_result_int(result, row, 0, &out->seq, err) || !sql_result_bytes(result, row, 1, &hash, err) ||
        !sql_result_text(result, row, 2, &out->line, err))
        return false;
    if (hash.length != sizeof(out->hash.bytes))
        return error_set(err, ERROR_INTERNAL, "audit row %lld has a hash of %zu bytes", (long long)out->seq,
                         hash.length);
    memcpy(out->hash.bytes, hash.bytes, hash.length);
    return true;
}
