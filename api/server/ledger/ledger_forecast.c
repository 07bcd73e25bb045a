/* One statement for all budgets of one unit and window, whatever their scopes: a thousand workspaces with a
 * monthly budget of their own are one question. */
#include "api/server/ledger/ledger_forecast.h"

#include "api/server/ledger/ledger_forecast_sql.h"
#include "api/server/ledger/ledger_parts.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/map.h"

enum { MAX_KINDS = 32 }; /* of units and windows */

/* struct forecast_sums by owner. */
struct scope_sums {
    struct map *of[FORECAST_SCOPES];
};

struct forecasting {
    struct ledger *ledger;
    struct arena *arena;
    budgets_answer_fn on_answer;
    void *owner;
    struct budgets_answer answer;
    size_t at;                /* the budget whose sums are asked for */
    struct scope_sums **sums; /* of each budget before it; NULL: not asked for */
    size_t kinds;             /* asked for */
};

static void ask_next(struct forecasting *forecasting);
static bool can_have(const struct budget_state *state);
static struct scope_sums *find_alike(const struct forecasting *forecasting);
static void ask_sums(struct forecasting *forecasting);
static void on_sums(void *owner, const struct sql_outcome *outcome);
static bool take_sums(struct forecasting *forecasting, const struct sql_result *result);
static void fill_budget(struct forecasting *forecasting);
static struct forecast_span span_of(const struct forecasting *forecasting);

void
ledger_forecast(struct ledger *ledger, struct arena *arena, const struct budgets_answer *answer,
                budgets_answer_fn on_answer, void *owner)
{
    struct forecasting *forecasting = arena_alloc(arena, sizeof(*forecasting));
    *forecasting = (struct forecasting){
        .ledger = ledger,
        .arena = arena,
        .on_answer = on_answer,
        .owner = owner,
        .answer = *answer,
        .sums = arena_alloc_array(arena, answer->budget_count, sizeof(struct scope_sums *))};
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
    return state->account_count > 0 && forecast_has_scope(state->budget.scope) &&
           period != BUDGET_PERIOD_MINUTE && period != BUDGET_PERIOD_HOUR;
}

static struct scope_sums *
find_alike(const struct forecasting *forecasting)
{
    const struct budget_state *budgets = forecasting->answer.budgets, *one = &budgets[forecasting->at];
    for (size_t i = 0; i < forecasting->at; i++)
        if (forecasting->sums[i] && budgets[i].budget.unit == one->budget.unit &&
            budgets[i].window.start_unix_ms == one->window.start_unix_ms &&
            budgets[i].window.end_unix_ms == one->window.end_unix_ms)
            return forecasting->sums[i];
    return NULL;
}

static void
ask_sums(struct forecasting *forecasting)
{
    struct forecast_span span = span_of(forecasting);
    const struct budgets_question *question = &forecasting->answer.question;
    struct sql_value params[FORECAST_PARAMS];
    forecast_fill(&span, question->workspace, question->environment, params);
    enum budget_unit unit = forecasting->answer.budgets[forecasting->at].budget.unit;
    struct text statement = forecast_statement(forecasting->arena, unit);
    struct sql_work *work = ledger_reading_work(forecasting->ledger, forecasting->arena);
    forecasting->kinds++;
    sql_work_add(work, ledger_keep_text(forecasting->ledger, statement), params, FORECAST_PARAMS);
    sql_work_run(work, on_sums, forecasting);
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
    struct scope_sums *all = arena_alloc(forecasting->arena, sizeof(*all));
    for (size_t i = 0; i < FORECAST_SCOPES; i++)
        all->of[i] = map_new(forecasting->arena);
    for (size_t i = 0; i < result->row_count; i++) {
        struct forecast_sums *sums = arena_alloc(forecasting->arena, sizeof(*sums));
        struct text owner;
        int64_t scope;
        if (!sql_result_int(result, i, 0, &scope, err) || !sql_result_text(result, i, 1, &owner, err) ||
            !sql_result_int(result, i, 2, &sums->window, err) ||
            !sql_result_int(result, i, 3, &sums->history, err) ||
            !sql_result_int(result, i, 4, &sums->again, err) ||
            !sql_result_int(result, i, 5, &sums->first_ms, err))
            return error_context(err, "adding up for a forecast");
        if (scope >= 0 && scope < FORECAST_SCOPES)
            map_set(all->of[scope], owner, sums);
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
        const struct forecast_sums *sums =
            map_find(forecasting->sums[forecasting->at]->of[state->budget.scope], account->owner);
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
