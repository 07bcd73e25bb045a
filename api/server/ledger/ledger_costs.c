/* Three statements of one moment: the sums, what models' pods cost hour by hour, and whom they served in each
 * of those hours. Who bears how much is cost_shares.h's. */
#include "api/server/ledger/ledger_costs.h"

#include <stdlib.h>

#include "api/server/ledger/cost_shares.h"
#include "api/server/ledger/ledger_parts.h"
#include "api/types/model_policy_provider.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"

enum { SUMS, HOURS, SERVED }; /* statements */
enum { FIXED_PARAMS = 5 };    /* from, until, workspace, environment, limit */

enum { SERVED_BY = 4 }; /* column of SERVED where its dimensions begin */

struct place {
    size_t row, column;
};

struct asking {
    struct arena *arena;
    struct costs_question question;
    costs_answer_fn on_answer;
    void *owner;
};

static const char *const beginnings[] = {
    [SUMS] = "CAST(sum(calls) AS bigint), CAST(sum(requests) AS bigint), CAST(sum(" LEDGER_TOKENS
             ") AS bigint), CAST(sum(cost_nano) AS bigint) FROM usage_hour",
    [HOURS] = "CAST(sum(cost_nano) AS bigint), CAST(sum(unpriced_ms) AS bigint) FROM runtime_hour",
    [SERVED] = "CAST(sum(" LEDGER_TOKENS ") AS bigint), CAST(sum(" LEDGER_MEDIA_MS
               ") AS bigint), CAST(sum(requests) AS bigint) FROM usage_hour",
};
static const char *const groups[] = {[SUMS] = "",
                                     [HOURS] = "hour_ms, workspace, environment, deployment, ",
                                     [SERVED] = "hour_ms, workspace, environment, provider, "};
static const char *const conditions[] = {[SUMS] = "",
                                         [HOURS] = " AND model <> ''",
                                         [SERVED] =
                                             " AND substr(provider, 1, 12) = '" PROVIDER_SELF_HOSTED "/'"};

static void
add_statement(struct sql_work *work, struct ledger *ledger, const struct asking *asking, int which);
static void add_columns(struct buffer *out, const struct costs_question *question);
static void on_answered(void *owner, const struct sql_outcome *outcome);
static bool take(const struct asking *asking, const struct sql_result *results, struct costs_answer *answer);
static bool
read_sums(const struct asking *asking, const struct sql_result *result, struct costs_answer *answer);
static bool read_hours(struct arena *arena, const struct sql_result *result, struct model_hour **out_hours,
                       struct costs_answer *answer);
static bool read_served(const struct asking *asking, const struct sql_result *result,
                        struct served_hour **out_served, struct error *err);
static int compare_costs(const void *a, const void *b);

void
ledger_costs(struct ledger *ledger, struct arena *arena, const struct costs_question *question,
             costs_answer_fn on_answer, void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking = (struct asking){arena, *question, on_answer, owner};
    struct sql_work *work = ledger_reading_work(ledger, arena);
    add_statement(work, ledger, asking, SUMS);
    add_statement(work, ledger, asking, HOURS);
    add_statement(work, ledger, asking, SERVED);
    sql_work_run(work, on_answered, asking);
}

/* The order of dimensions makes no other answer: few texts to prepare. */
static void
add_statement(struct sql_work *work, struct ledger *ledger, const struct asking *asking, int which)
{
    const struct costs_question *question = &asking->question;
    struct buffer text, group;
    struct sql_value params[FIXED_PARAMS + LEDGER_SCOPE_MAX_WORKSPACES] = {
        sql_int(question->from_ms - question->from_ms % USAGE_HOUR_MS), sql_int(question->until_ms),
        sql_text(question->workspace), sql_text(question->environment),
        sql_int(which == SUMS ? COSTS_MOST_ROWS + 1 : COSTS_MOST_HOURS + 1)};
    buffer_init(&group, asking->arena, 256);
    buffer_add_string(&group, groups[which]);
    if (which != HOURS)
        add_columns(&group, question);
    buffer_init(&text, asking->arena, 1024);
    buffer_print(&text,
                 "SELECT %.*s%s WHERE hour_ms >= $1 AND hour_ms < $2 AND ($3 = '' OR workspace = $3) "
                 "AND ($4 = '' OR environment = $4)%s",
                 TEXT_ARG(buffer_text(&group)), beginnings[which], conditions[which]);
    size_t count =
        FIXED_PARAMS + ledger_scope_add(question->scope, &text, &params[FIXED_PARAMS], FIXED_PARAMS + 1);
    if (group.length > 0) { /* without the comma behind it */
        struct text columns = text_slice(buffer_text(&group), 0, group.length - 2);
        buffer_print(&text, " GROUP BY %.*s ORDER BY %.*s", TEXT_ARG(columns), TEXT_ARG(columns));
    }
    buffer_add_string(&text, " LIMIT $5");
    sql_work_add(work, ledger_keep_text(ledger, buffer_text(&text)), params, count);
}

static void
add_columns(struct buffer *out, const struct costs_question *question)
{
    for (size_t i = 0; i < question->by_count; i++)
        buffer_print(out, "%s, ", usage_dimension_columns[question->by[i]]);
}

static void
on_answered(void *owner, const struct sql_outcome *sql)
{
    const struct asking *asking = owner;
    struct costs_answer answer = {0};
    answer.end = ledger_end_of(sql, &answer.why);
    if (answer.end == LEDGER_DONE && !take(asking, sql->results, &answer))
        answer.end = answer.why.kind == ERROR_INVALID ? LEDGER_REFUSED : LEDGER_FAILED;
    asking->on_answer(asking->owner, &answer);
}

static bool
take(const struct asking *asking, const struct sql_result *results, struct costs_answer *answer)
{
    struct model_hour *hours;
    struct served_hour *served;
    if (results[SUMS].row_count > COSTS_MOST_ROWS || results[HOURS].row_count > COSTS_MOST_HOURS ||
        results[SERVED].row_count > COSTS_MOST_HOURS)
        return error_set(&answer->why, ERROR_INVALID,
                         "there is more than is answered at once (%d rows, %d hours of models): ask about a "
                         "shorter time, one workspace, or by fewer dimensions",
                         COSTS_MOST_ROWS, COSTS_MOST_HOURS);
    if (!read_sums(asking, &results[SUMS], answer) ||
        !read_hours(asking->arena, &results[HOURS], &hours, answer) ||
        !read_served(asking, &results[SERVED], &served, &answer->why))
        return false;
    struct cost_shares *shares =
        cost_shares_new(asking->arena, hours, results[HOURS].row_count, served, results[SERVED].row_count);
    for (size_t i = 0; i < answer->row_count; i++)
        answer->rows[i].runtime_nano = cost_shares_of(shares, answer->rows[i].by);
    answer->idle_nano = cost_shares_idle(shares);
    if (answer->row_count > 0)
        qsort(answer->rows, answer->row_count, sizeof(*answer->rows), compare_costs);
    return true;
}

/* The dimensions that were asked for, from a place on. */
static bool
read_by(const struct costs_question *question, const struct sql_result *result, const struct place *place,
        struct text *by, struct error *err)
{
    for (size_t i = 0; i < question->by_count; i++)
        if (!sql_result_text(result, place->row, place->column + i, &by[question->by[i]], err))
            return false;
    return true;
}

static bool
read_sums(const struct asking *asking, const struct sql_result *result, struct costs_answer *answer)
{
    const struct costs_question *question = &asking->question;
    if (result->row_count == 1 && question->by_count == 0 && sql_result_is_null(result, 0, 0))
        return true; /* sums over nothing */
    answer->rows = arena_alloc_array(asking->arena, result->row_count + 1, sizeof(*answer->rows));
    for (; answer->row_count < result->row_count; answer->row_count++) {
        struct cost_sum *row = &answer->rows[answer->row_count];
        int64_t *const numbers[] = {&row->calls, &row->requests, &row->tokens, &row->api_nano};
        const struct place first = {answer->row_count, 0};
        if (!read_by(question, result, &first, row->by, &answer->why))
            return false;
        for (size_t i = 0; i < COUNT_OF(numbers); i++)
            if (!sql_result_int(result, first.row, question->by_count + i, numbers[i], &answer->why))
                return false;
    }
    return true;
}

static bool
read_hours(struct arena *arena, const struct sql_result *result, struct model_hour **out_hours,
           struct costs_answer *answer)
{
    struct error *err = &answer->why;
    struct model_hour *hours = arena_alloc_array(arena, result->row_count + 1, sizeof(*hours));
    for (size_t i = 0; i < result->row_count; i++) {
        int64_t unpriced_ms;
        if (!sql_result_int(result, i, 0, &hours[i].hour_ms, err) ||
            !sql_result_text(result, i, 1, &hours[i].workspace, err) ||
            !sql_result_text(result, i, 2, &hours[i].environment, err) ||
            !sql_result_text(result, i, 3, &hours[i].deployment, err) ||
            !sql_result_int(result, i, 4, &hours[i].cost_nano, err) ||
            !sql_result_int(result, i, 5, &unpriced_ms, err))
            return false;
        answer->unpriced_ms += unpriced_ms;
    }
    *out_hours = hours;
    return true;
}

static bool
read_served(const struct asking *asking, const struct sql_result *result, struct served_hour **out_served,
            struct error *err)
{
    struct served_hour *served = arena_alloc_array(asking->arena, result->row_count + 1, sizeof(*served));
    for (size_t i = 0; i < result->row_count; i++) {
        const struct place by = {i, SERVED_BY};
        size_t column = SERVED_BY + asking->question.by_count;
        struct served_hour *hour = &served[i];
        if (!sql_result_int(result, i, 0, &hour->hour_ms, err) ||
            !sql_result_text(result, i, 1, &hour->workspace, err) ||
            !sql_result_text(result, i, 2, &hour->environment, err) ||
            !sql_result_text(result, i, 3, &hour->provider, err))
            return false;
        if (!read_by(&asking->question, result, &by, hour->by, err) ||
            !sql_result_int(result, i, column, &hour->tokens, err) ||
            !sql_result_int(result, i, column + 1, &hour->media_ms, err) ||
            !sql_result_int(result, i, column + 2, &hour->requests, err))
            return false;
    }
    *out_served = served;
    return true;
}

static int
compare_costs(const void *a, const void *b)
{
    const struct cost_sum *first = a, *second = b;
    int64_t first_cost = first->api_nano + first->runtime_nano;
    int64_t second_cost = second->api_nano + second->runtime_nano;
    if (first_cost != second_cost)
        return first_cost > second_cost ? -1 : 1;
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++) {
        int order = text_compare(first->by[i], second->by[i]);
        if (order != 0)
            return order;
    }
    return 0;
}
