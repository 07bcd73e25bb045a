/* One statement: hours of each Deployment beside what its gateways' records say that it served in them. A
 * target of a ModelServer is provider self-hosted/<deployment> in records. */
#include "api/server/ledger/ledger_runtime.h"

#include "api/server/ledger/ledger_parts.h"
#include "api/types/model_policy_provider.h"
#include "api/types/runtime_sample.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"

enum { FIXED_PARAMS = 9, NUMBERS = 5 + 4 * RUNTIME_CLASS_COUNT };

struct asking {
    struct arena *arena;
    struct runtime_question question;
    runtime_answer_fn on_answer;
    void *owner;
};

static const char *const class_names[RUNTIME_CLASS_COUNT] = {"cpu", "memory", "devices"};
static const char *const class_conditions[RUNTIME_CLASS_COUNT] = {
    "resource = '" RUNTIME_CPU "'", "resource = '" RUNTIME_MEMORY "'",
    "resource <> '" RUNTIME_CPU "' AND resource <> '" RUNTIME_MEMORY "'"};
static const char *const amounts[] = {"requested", "used", "billed", "cost_nano"};

static size_t add_hours(struct buffer *out, const struct runtime_question *question, struct sql_value *scope);
static void add_served(struct buffer *out);
static void add_sums(struct buffer *out);
static void on_answered(void *owner, const struct sql_outcome *outcome);
static bool read_row(const struct sql_result *result, size_t at, bool has_time, struct runtime_sum *row,
                     struct error *err);

void
ledger_runtime(struct ledger *ledger, struct arena *arena, const struct runtime_question *question,
               runtime_answer_fn on_answer, void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking = (struct asking){arena, *question, on_answer, owner};
    struct sql_value params[FIXED_PARAMS + LEDGER_SCOPE_MAX_WORKSPACES] = {
        sql_int(question->from_ms - question->from_ms % USAGE_HOUR_MS),
        sql_int(question->until_ms),
        sql_text(question->workspace),
        sql_text(question->environment),
        sql_text(question->deployment),
        sql_text(question->model),
        sql_int((int64_t)question->most_rows + 1),
        sql_int(question->skip_rows),
        sql_text(TEXT(PROVIDER_SELF_HOSTED "/"))};
    const char *time =
        question->over_ms == USAGE_HOUR_MS ? "had.hour_ms" : "had.hour_ms - had.hour_ms % 86400000";
    bool has_time = question->over_ms > 0;
    struct buffer text;
    buffer_init(&text, arena, 4096);
    buffer_add_string(&text, "WITH had AS (");
    size_t count = FIXED_PARAMS + add_hours(&text, question, &params[FIXED_PARAMS]);
    buffer_add_string(&text, "), served AS (");
    add_served(&text);
    buffer_print(&text, ") SELECT %s%s", has_time ? time : "", has_time ? ", " : "");
    buffer_add_string(&text, "had.workspace, had.environment, had.deployment, max(had.model)");
    add_sums(&text);
    buffer_add_string(&text, " FROM had LEFT JOIN served ON served.hour_ms = had.hour_ms AND "
                             "served.workspace = had.workspace AND served.environment = had.environment AND "
                             "served.provider = CAST($9 AS text) || had.deployment GROUP BY ");
    buffer_print(&text, "%s%s", has_time ? time : "", has_time ? ", " : "");
    buffer_add_string(&text, "had.workspace, had.environment, had.deployment ORDER BY ");
    buffer_print(&text, "%ssum(had.cost_nano) DESC, had.workspace, had.environment, had.deployment",
                 has_time ? "1, " : "");
    buffer_add_string(&text, " LIMIT $7 OFFSET $8");
    struct sql_work *work = ledger_reading_work(ledger, arena);
    sql_work_add(work, ledger_keep_text(ledger, buffer_text(&text)), params, count);
    sql_work_run(work, on_answered, asking);
}

void
ledger_runtime_add_sums(struct buffer *out, enum runtime_class which)
{
    for (size_t i = 0; i < COUNT_OF(amounts); i++)
        buffer_print(out, ", CAST(sum(CASE WHEN %s THEN %s ELSE 0 END) AS bigint)", class_conditions[which],
                     amounts[i]);
}

/* A Deployment's hour is one row, whatever its pods and the model that it served were called in it. */
static size_t
add_hours(struct buffer *out, const struct runtime_question *question, struct sql_value *scope)
{
    buffer_add_string(out, "SELECT hour_ms, workspace, environment, deployment, max(model) AS model, "
                           "sum(CASE WHEN resource = '" RUNTIME_CPU "' THEN span_ms ELSE 0 END) AS span_ms, "
                           "sum(cost_nano) AS cost_nano, sum(unpriced_ms) AS unpriced_ms");
    for (size_t i = 0; i < RUNTIME_CLASS_COUNT; i++)
        for (size_t j = 0; j < COUNT_OF(amounts); j++)
            buffer_print(out, ", sum(CASE WHEN %s THEN %s ELSE 0 END) AS %s_%s", class_conditions[i],
                         amounts[j], class_names[i], amounts[j]);
    buffer_add_string(out, " FROM runtime_hour WHERE hour_ms >= $1 AND hour_ms < $2 AND ($3 = '' OR "
                           "workspace = $3) AND ($4 = '' OR environment = $4) AND ($5 = '' OR deployment = "
                           "$5) AND ($6 = '' OR model = $6)");
    size_t count = ledger_scope_add(question->scope, out, scope, FIXED_PARAMS + 1);
    buffer_add_string(out, " GROUP BY hour_ms, workspace, environment, deployment");
    return count;
}

static void
add_served(struct buffer *out)
{
    buffer_add_string(
        out, "SELECT hour_ms, workspace, environment, provider, sum(requests) AS requests, sum(" LEDGER_TOKENS
             ") AS tokens, sum(" LEDGER_MEDIA_MS ") AS media_ms FROM usage_hour WHERE hour_ms >= $1 AND "
             "hour_ms < $2 AND substr(provider, 1, 12) = $9 GROUP BY hour_ms, workspace, environment, "
             "provider");
}

/* In the order of read_row. */
static void
add_sums(struct buffer *out)
{
    buffer_add_string(out, ", CAST(sum(had.span_ms) AS bigint), CAST(sum(had.unpriced_ms) AS bigint), "
                           "CAST(sum(coalesce(served.requests, 0)) AS bigint), "
                           "CAST(sum(coalesce(served.tokens, 0)) AS bigint), CAST(sum(CASE WHEN "
                           "coalesce(served.requests, 0) + coalesce(served.tokens, 0) + "
                           "coalesce(served.media_ms, 0) > 0 THEN had.cost_nano ELSE 0 END) AS bigint)");
    for (size_t i = 0; i < RUNTIME_CLASS_COUNT; i++)
        for (size_t j = 0; j < COUNT_OF(amounts); j++)
            buffer_print(out, ", CAST(sum(had.%s_%s) AS bigint)", class_names[i], amounts[j]);
}

static void
on_answered(void *owner, const struct sql_outcome *sql)
{
    struct asking *asking = owner;
    struct runtime_answer answer = {0};
    answer.end = ledger_end_of(sql, &answer.why);
    if (answer.end == LEDGER_DONE) {
        const struct sql_result *result = &sql->results[0];
        size_t count = ledger_page_rows(result, asking->question.most_rows, &answer.is_cut);
        answer.rows = arena_alloc_array(asking->arena, count + 1, sizeof(*answer.rows));
        for (; answer.end == LEDGER_DONE && answer.row_count < count; answer.row_count++)
            if (!read_row(result, answer.row_count, asking->question.over_ms > 0,
                          &answer.rows[answer.row_count], &answer.why))
                answer.end = LEDGER_FAILED;
    }
    asking->on_answer(asking->owner, &answer);
}

static bool
read_row(const struct sql_result *result, size_t at, bool has_time, struct runtime_sum *row,
         struct error *err)
{
    size_t column = 0;
    int64_t numbers[NUMBERS];
    *row = (struct runtime_sum){0};
    struct text *const words[] = {&row->workspace, &row->environment, &row->deployment, &row->model};
    if (has_time && !sql_result_int(result, at, column++, &row->hour_ms, err))
        return false;
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (!sql_result_text(result, at, column++, words[i], err))
            return false;
    for (size_t i = 0; i < NUMBERS; i++)
        if (!sql_result_int(result, at, column++, &numbers[i], err))
            return false;
    row->span_ms = numbers[0];
    row->unpriced_ms = numbers[1];
    row->requests = numbers[2];
    row->tokens = numbers[3];
    row->allotted_nano = numbers[4];
    for (size_t i = 0; i < RUNTIME_CLASS_COUNT; i++) {
        const int64_t *had = &numbers[5 + i * COUNT_OF(amounts)];
        row->had[i] = (struct runtime_had){had[0], had[1], had[2], had[3]};
        row->cost_nano += row->had[i].cost_nano;
    }
    return true;
}
