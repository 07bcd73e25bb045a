/* Each statement goes over the hours of a month, so budgets of one kind share it: a thousand workspaces with
 * a monthly budget of their own are one question. */
#include "api/server/ledger/ledger_forecast.h"

#include "api/server/ledger/ledger_parts.h"
#include "api/types/budget_report.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/map.h"

enum { MAX_KINDS = 32, PARAMS = 9 };

struct forecasting {
    struct ledger *ledger;
    struct arena *arena;
    budgets_answer_fn on_answer;
    void *owner;
    struct budgets_answer answer;
    size_t at;         /* the budget whose sums are asked for */
    struct map **sums; /* of each budget before it: struct forecast_sums by owner; NULL: not asked for */
    size_t kinds;      /* asked for */
};

/* What owners of a scope are told apart by, as budget_owner writes them; of none whom clients say, there are
 * too many of them, and a run is over soon. */
static const struct {
    const char *owner, *columns;
} owners[] = {
    [POLICY_SCOPE_ORGANISATION] = {"''", NULL},
    [POLICY_SCOPE_WORKSPACE] = {"workspace", "workspace"},
    [POLICY_SCOPE_ENVIRONMENT] = {"workspace || '/' || environment", "workspace, environment"},
    [POLICY_SCOPE_CALLER] = {"workspace || '/' || environment || '/' || caller",
                             "workspace, environment, caller"},
    [POLICY_SCOPE_DEPLOYMENT] = {"workspace || '/' || environment || '/' || deployment",
                                 "workspace, environment, deployment"},
    [POLICY_SCOPE_MODEL] = {"workspace || '/' || environment || '/' || model",
                            "workspace, environment, model"},
    [POLICY_SCOPE_TAG] = {NULL, NULL},
};

static void ask_next(struct forecasting *forecasting);
static bool can_have(const struct budget_state *state);
static struct map *find_alike(const struct forecasting *forecasting);
static void ask_sums(struct forecasting *forecasting);
static struct text print_statement(struct arena *arena, const struct gateway_budget *budget);
static void add_amount(struct buffer *out, enum budget_unit unit);
static void on_sums(void *owner, const struct sql_outcome *outcome);
static bool take_sums(struct forecasting *forecasting, const struct sql_result *result);
static void fill_budget(struct forecasting *forecasting);
static struct forecast_span span_of(const struct forecasting *forecasting);

void
ledger_forecast(struct ledger *ledger, struct arena *arena, const struct budgets_answer *answer,
                budgets_answer_fn on_answer, void *owner)
{
    struct forecasting *forecasting = arena_alloc(arena, sizeof(*forecasting));
    *forecasting =
        (struct forecasting){.ledger = ledger,
                             .arena = arena,
                             .on_answer = on_answer,
                             .owner = owner,
                             .answer = *answer,
                             .sums = arena_alloc_array(arena, answer->budget_count, sizeof(struct map *))};
    ask_next(forecasting);
}

static void
ask_next(struct forecasting *forecasting)
{
    for (; forecasting->at < forecasting->answer.budget_count; forecasting->at++) {
        forecasting->sums[forecasting->at] = find_alike(forecasting);
        if (forecasting->sums[forecasting->at]) {
            fill_budget(forecasting);
        } else if (can_have(&forecasting->answer.budgets[forecasting->at]) &&
                   forecasting->kinds < MAX_KINDS) {
            ask_sums(forecasting);
            return;
        }
    }
    forecasting->on_answer(forecasting->owner, &forecasting->answer);
}

static bool
can_have(const struct budget_state *state)
{
    enum budget_period period = state->budget.period;
    return state->account_count > 0 && owners[state->budget.scope].owner && period != BUDGET_PERIOD_MINUTE &&
           period != BUDGET_PERIOD_HOUR;
}

static struct map *
find_alike(const struct forecasting *forecasting)
{
    const struct budget_state *budgets = forecasting->answer.budgets, *one = &budgets[forecasting->at];
    for (size_t i = 0; i < forecasting->at; i++)
        if (forecasting->sums[i] && budgets[i].budget.scope == one->budget.scope &&
            budgets[i].budget.unit == one->budget.unit &&
            budgets[i].window.start_unix_ms == one->window.start_unix_ms &&
            budgets[i].window.end_unix_ms == one->window.end_unix_ms)
            return forecasting->sums[i];
    return NULL;
}

static void
ask_sums(struct forecasting *forecasting)
{
    struct forecast_span span = span_of(forecasting);
    struct forecast_hours hours = forecast_hours_of(&span);
    const struct sql_value params[PARAMS] = {
        sql_int(hours.window_from_ms),
        sql_int(hours.history_from_ms),
        sql_int(hours.history_until_ms),
        sql_int(hours.again_hours),
        sql_int(span.now_ms),
        sql_text(forecasting->answer.question.workspace),
        sql_text(forecasting->answer.question.environment),
        sql_int(BUDGET_REPORT_MAX_ACCOUNTS),
        sql_int(hours.window_from_ms < hours.history_from_ms ? hours.window_from_ms : hours.history_from_ms)};
    struct text statement =
        print_statement(forecasting->arena, &forecasting->answer.budgets[forecasting->at].budget);
    struct sql_work *work = ledger_reading_work(forecasting->ledger, forecasting->arena);
    forecasting->kinds++;
    sql_work_add(work, ledger_keep_text(forecasting->ledger, statement), params, PARAMS);
    sql_work_run(work, on_sums, forecasting);
}

/* One for each scope and unit. Those who spent most in the window come first. */
static struct text
print_statement(struct arena *arena, const struct gateway_budget *budget)
{
    static const char in_history[] = "hour_ms >= $2 AND hour_ms < $3";
    const char *columns = owners[budget->scope].columns;
    struct buffer out;
    buffer_init(&out, arena, 2048);
    buffer_print(&out, "SELECT %s AS account_owner, CAST(sum(CASE WHEN hour_ms >= $1 THEN ",
                 owners[budget->scope].owner);
    add_amount(&out, budget->unit);
    buffer_print(&out, " ELSE 0 END) AS bigint) AS in_window, CAST(sum(CASE WHEN %s THEN ", in_history);
    add_amount(&out, budget->unit);
    buffer_print(
        &out, " ELSE 0 END) AS bigint), CAST(sum(CASE WHEN %s AND (hour_ms - $2) / 3600000 %% 168 < $4 THEN ",
        in_history);
    add_amount(&out, budget->unit);
    buffer_print(&out,
                 " ELSE 0 END) AS bigint), coalesce(min(CASE WHEN %s THEN hour_ms END), $3) FROM usage_hour "
                 "WHERE hour_ms >= $9 AND hour_ms <= $5 AND ($6 = '' OR workspace = $6) "
                 "AND ($7 = '' OR environment = $7)",
                 in_history);
    if (columns)
        buffer_print(&out, " GROUP BY %s", columns);
    else
        buffer_add_string(&out, " HAVING count(*) > 0");
    buffer_add_string(&out, " ORDER BY in_window DESC, account_owner LIMIT $8");
    return buffer_text(&out);
}

/* Tokens as budgets count them: the classes that are in usage_vector_tokens. What a pace will be asked for
 * depends on when its budget is spent: nothing is foreseen. */
static void
add_amount(struct buffer *out, enum budget_unit unit)
{
    if (unit == BUDGET_UNIT_USD) {
        buffer_add_string(out, "cost_nano");
        return;
    }
    if (unit == BUDGET_UNIT_REQUESTS) {
        buffer_add_string(out, "0");
        return;
    }
    const char *before = "";
    for (int i = 0; i < USAGE_CLASS_COUNT; i++) {
        struct usage_vector one = {0};
        usage_vector_set(&one, (enum usage_class)i, 1);
        if (usage_vector_tokens(&one) == 0)
            continue;
        buffer_add_string(out, before);
        ledger_sql_add_column(out, usage_vector_schema.fields[i].key);
        before = " + ";
    }
}

static void
on_sums(void *owner, const struct sql_outcome *sql)
{
    struct forecasting *forecasting = owner;
    struct budgets_answer failed = {0};
    failed.end = ledger_end_of(sql, &failed.why);
    if (failed.end == LEDGER_DONE && take_sums(forecasting, &sql->results[0])) {
        fill_budget(forecasting);
        forecasting->at++;
        ask_next(forecasting);
        return;
    }
    if (failed.end == LEDGER_DONE)
        failed = (struct budgets_answer){.end = LEDGER_FAILED, .why = forecasting->answer.why};
    forecasting->on_answer(forecasting->owner, &failed);
}

static bool
take_sums(struct forecasting *forecasting, const struct sql_result *result)
{
    struct error *err = &forecasting->answer.why;
    struct map *all = map_new(forecasting->arena);
    for (size_t i = 0; i < result->row_count; i++) {
        struct forecast_sums *sums = arena_alloc(forecasting->arena, sizeof(*sums));
        struct text owner;
        if (!sql_result_text(result, i, 0, &owner, err) ||
            !sql_result_int(result, i, 1, &sums->window, err) ||
            !sql_result_int(result, i, 2, &sums->history, err) ||
            !sql_result_int(result, i, 3, &sums->again, err) ||
            !sql_result_int(result, i, 4, &sums->first_ms, err))
            return error_context(err, "adding up for a forecast");
        map_set(all, owner, sums);
    }
    forecasting->sums[forecasting->at] = all;
    return true;
}

/* An owner without a row used nothing for weeks, or there were too many owners: nobody can tell. */
static void
fill_budget(struct forecasting *forecasting)
{
    const struct budget_state *state = &forecasting->answer.budgets[forecasting->at];
    struct forecast_span span = span_of(forecasting);
    for (size_t i = 0; i < state->account_count; i++) {
        struct account_state *account = &state->accounts[i];
        const struct forecast_sums *sums = map_find(forecasting->sums[forecasting->at], account->owner);
        if (sums)
            account->has_forecast = forecast_at_end(&span, account->settled, sums, &account->forecast);
    }
}

static struct forecast_span
span_of(const struct forecasting *forecasting)
{
    const struct budget_window *window = &forecasting->answer.budgets[forecasting->at].window;
    return (struct forecast_span){window->start_unix_ms, window->end_unix_ms,
                                  forecasting->answer.question.now_ms};
}
