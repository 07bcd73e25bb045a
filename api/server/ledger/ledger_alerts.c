/* Ids are in order of time, so a page is a range of the primary key. */
#include "api/server/ledger/ledger_alerts.h"

#include "api/server/ledger/ledger_parts.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/id.h"
#include "lib/schema/schema.h"

enum { FIXED_PARAMS = 6 };
enum { SCOPE = 8 }; /* the first column that is a word */
enum { ULID_TIME_DIGITS = 10 };
/* $1: what an id of then begins with. */
#define FORGOTTEN "SELECT id FROM alert WHERE id < $1 ORDER BY id LIMIT $2"

struct asking {
    struct arena *arena;
    size_t most_rows;
    alerts_answer_fn on_answer;
    void *owner;
};

static void on_answered(void *owner, const struct sql_outcome *outcome);
static bool
take_deliveries(struct arena *arena, const struct sql_result *result, struct alerts_answer *answer);
static bool
take_delivery(const struct sql_result *result, size_t row, struct kept_delivery *delivery, struct error *err);
static bool
take_words(const struct sql_result *result, size_t row, struct kept_alert *alert, struct error *err);

void
ledger_alerts(struct ledger *ledger, struct arena *arena, const struct alerts_question *question,
              alerts_answer_fn on_answer, void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking = (struct asking){arena, question->most_rows, on_answer, owner};
    struct sql_value params[FIXED_PARAMS + LEDGER_SCOPE_MAX_WORKSPACES] = {
        sql_int(question->from_ms), sql_int(question->until_ms),
        sql_text(question->after),  sql_text(question->workspace),
        sql_text(question->budget), sql_int((int64_t)question->most_rows + 1)};
    struct buffer which, text, deliveries;
    buffer_init(&which, arena, 512);
    buffer_add_string(&which, " FROM alert WHERE time_ms >= $1 AND time_ms < $2 AND ($3 = '' OR id < $3) AND "
                              "($4 = '' OR workspace = $4) AND ($5 = '' OR budget = $5)");
    size_t count =
        FIXED_PARAMS + ledger_scope_add(question->scope, &which, &params[FIXED_PARAMS], FIXED_PARAMS + 1);
    buffer_add_string(&which, " ORDER BY id DESC LIMIT $6");
    buffer_init(&text, arena, 1024);
    buffer_print(&text, "SELECT " LEDGER_ALERT_COLUMNS "%.*s", TEXT_ARG(buffer_text(&which)));
    buffer_init(&deliveries, arena, 1024);
    buffer_print(&deliveries,
                 "SELECT alert, url, state, tries, due_ms, note FROM alert_delivery WHERE alert IN "
                 "(SELECT id%.*s) ORDER BY alert DESC, url",
                 TEXT_ARG(buffer_text(&which)));
    struct sql_work *work = ledger_reading_work(ledger, arena);
    sql_work_add(work, ledger_keep_text(ledger, buffer_text(&text)), params, count);
    sql_work_add(work, ledger_keep_text(ledger, buffer_text(&deliveries)), params, count);
    sql_work_run(work, on_answered, asking);
}

bool
ledger_alerts_take(struct arena *arena, const struct sql_result *result, size_t most_rows,
                   struct alerts_answer *answer)
{
    size_t count = ledger_page_rows(result, most_rows, &answer->is_cut);
    answer->alerts = arena_alloc_array(arena, count, sizeof(*answer->alerts));
    for (; answer->count < count; answer->count++)
        if (!ledger_alert_take(result, answer->count, &answer->alerts[answer->count], &answer->why))
            return false;
    return true;
}

bool
ledger_alert_take(const struct sql_result *result, size_t row, struct kept_alert *out_alert,
                  struct error *err)
{
    struct kept_alert alert = {0};
    if (!sql_result_text(result, row, 0, &alert.id, err) ||
        !sql_result_int(result, row, 1, &alert.time_ms, err) ||
        !sql_result_text(result, row, 2, &alert.budget, err) ||
        !sql_result_text(result, row, 3, &alert.owner, err) ||
        !sql_result_text(result, row, 4, &alert.window, err) ||
        !sql_result_int(result, row, 5, &alert.percent, err) ||
        !sql_result_int(result, row, 6, &alert.amount, err) ||
        !sql_result_int(result, row, 7, &alert.settled, err) || !take_words(result, row, &alert, err))
        return error_context(err, "reading an alert");
    *out_alert = alert;
    return true;
}

size_t
ledger_alerts_add_forget(struct sql_work *work, int64_t from_ms)
{
    char id[ID_ULID_LENGTH];
    id_ulid(id, from_ms);
    const struct sql_value params[] = {sql_text((struct text){id, ULID_TIME_DIGITS}),
                                       sql_int(LEDGER_ALERTS_FORGOTTEN)};
    sql_work_add(work, "DELETE FROM alert_delivery WHERE alert IN (" FORGOTTEN ")", params, COUNT_OF(params));
    return sql_work_add(work, "DELETE FROM alert WHERE id IN (" FORGOTTEN ")", params, COUNT_OF(params));
}

static void
on_answered(void *owner, const struct sql_outcome *sql)
{
    struct asking *asking = owner;
    struct alerts_answer answer = {0};
    answer.end = ledger_end_of(sql, &answer.why);
    if (answer.end == LEDGER_DONE &&
        (!ledger_alerts_take(asking->arena, &sql->results[0], asking->most_rows, &answer) ||
         !take_deliveries(asking->arena, &sql->results[1], &answer)))
        answer.end = LEDGER_FAILED;
    asking->on_answer(asking->owner, &answer);
}

/* Both are in one order. What is of an alert behind the page is passed over. */
static bool
take_deliveries(struct arena *arena, const struct sql_result *result, struct alerts_answer *answer)
{
    struct kept_delivery *items = arena_alloc_array(arena, result->row_count, sizeof(*items));
    size_t at = 0;
    for (size_t row = 0; row < result->row_count; row++) {
        struct text alert;
        if (!sql_result_text(result, row, 0, &alert, &answer->why) ||
            !take_delivery(result, row, &items[row], &answer->why))
            return error_context(&answer->why, "reading whom an alert is told");
        while (at < answer->count && !text_equals(answer->alerts[at].id, alert))
            at++;
        if (at == answer->count)
            break;
        if (answer->alerts[at].delivery_count++ == 0)
            answer->alerts[at].deliveries = &items[row];
    }
    return true;
}

static bool
take_delivery(const struct sql_result *result, size_t row, struct kept_delivery *delivery, struct error *err)
{
    return sql_result_text(result, row, 1, &delivery->url, err) &&
           sql_result_int(result, row, 2, &delivery->state, err) &&
           sql_result_int(result, row, 3, &delivery->tries, err) &&
           sql_result_int(result, row, 4, &delivery->due_ms, err) &&
           sql_result_text(result, row, 5, &delivery->note, err);
}

static bool
take_words(const struct sql_result *result, size_t row, struct kept_alert *alert, struct error *err)
{
    static const char *const *const words[] = {policy_scope_names, budget_unit_names, budget_period_names};
    int values[COUNT_OF(words)];
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        struct text word;
        if (!sql_result_text(result, row, SCOPE + i, &word, err))
            return false;
        if (!schema_enum_parse(words[i], word, &values[i]))
            return error_set(err, ERROR_INTERNAL, "column %zu has a word that is not known", SCOPE + i);
    }
    alert->scope = (enum policy_scope)values[0];
    alert->unit = (enum budget_unit)values[1];
    alert->period = (enum budget_period)values[2];
    return true;
}
