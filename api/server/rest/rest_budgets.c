/* GET /v1/budgets?workspace=retail-ai&environment=prod&budget=... */
#include "api/server/ledger/ledger_forecast.h"
#include "api/server/rest/rest_call.h"
#include "api/types/budget_report.h"
#include "api/types/rest_questions.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"

struct budgets_call {
    struct rest_call *rest;
    struct budgets_question question;
};

static bool read_question(struct rest_call *call, struct budgets_question *question);
static void on_budgets(void *owner, const struct budgets_answer *answer);
static void on_forecasts(void *owner, const struct budgets_answer *answer);
static struct budget_report
report_of(struct arena *arena, int64_t now_ms, const struct budgets_answer *answer);
static void
fill_budget(struct arena *arena, const struct budget_state *state, struct budget_standing *standing);
static void fill_account(struct arena *arena, const struct gateway_budget *budget,
                         const struct account_state *account, struct account_standing *standing);

void
rest_answer_budgets(struct rest_call *call)
{
    struct budgets_call *asked = arena_alloc(call->arena, sizeof(*asked));
    *asked = (struct budgets_call){.rest = call};
    if (read_question(call, &asked->question))
        ledger_budgets(rest_ledger(call), call->arena, &asked->question, on_budgets, asked);
}

/* The organisation's accounts, and how many there are, are for who may see everything. */
static bool
read_question(struct rest_call *call, struct budgets_question *question)
{
    const struct budgets_query *query = call->query;
    *question = (struct budgets_question){.budget = query->budget,
                                          .workspace = query->workspace,
                                          .environment = query->environment,
                                          .now_ms = clock_unix_ms(),
                                          .most_budgets = BUDGET_REPORT_MAX_BUDGETS,
                                          .most_accounts = BUDGET_REPORT_MAX_ACCOUNTS};
    if (ledger_scope_has(&call->asking.who.scope, query->workspace))
        return true;
    if (text_is_empty(query->workspace))
        rest_refuse(call, 400, TEXT("workspace: say one that you may see"));
    else
        rest_refuse(call, 404, TEXT("there is no such workspace"));
    return false;
}

static void
on_budgets(void *owner, const struct budgets_answer *answer)
{
    struct budgets_call *asked = owner;
    struct rest_call *call = asked->rest;
    if (answer->end == LEDGER_DONE)
        ledger_forecast(rest_ledger(call), call->arena, answer, on_forecasts, asked);
    else
        rest_fail(call, &answer->why);
}

static void
on_forecasts(void *owner, const struct budgets_answer *answer)
{
    struct budgets_call *asked = owner;
    struct rest_call *call = asked->rest;
    if (answer->end != LEDGER_DONE) {
        rest_fail(call, &answer->why);
        return;
    }
    struct budget_report report = report_of(call->arena, asked->question.now_ms, answer);
    rest_reply_document(call,
                        schema_encode(call->arena, &budget_report_schema, &report, SCHEMA_ENCODE_PLAIN));
}

static struct budget_report
report_of(struct arena *arena, int64_t now_ms, const struct budgets_answer *answer)
{
    struct budget_report report;
    schema_set_defaults(&budget_report_schema, &report);
    report.at = now_ms;
    report.is_cut = answer->is_cut;
    report.budgets.items = arena_alloc_array(arena, answer->budget_count, sizeof(*report.budgets.items));
    for (size_t i = 0; i < answer->budget_count; i++)
        fill_budget(arena, &answer->budgets[i], &report.budgets.items[report.budgets.count++]);
    return report;
}

static void
fill_budget(struct arena *arena, const struct budget_state *state, struct budget_standing *standing)
{
    const struct gateway_budget *budget = &state->budget;
    schema_set_defaults(&budget_standing_schema, standing);
    standing->id = budget->id;
    standing->scope = budget->scope;
    standing->unit = budget->unit;
    standing->amount = budget_amount_print(arena, budget->unit, budget->amount);
    standing->period = budget->period;
    standing->time_zone = budget->time_zone;
    standing->on_exceeded = budget->on_exceeded;
    standing->when_unavailable = budget->when_unavailable;
    if (state->window.id[0] != '\0') {
        standing->window = text_of(state->window.id);
        standing->start = state->window.start_unix_ms;
        standing->end = state->window.end_unix_ms;
    }
    standing->accounts.items =
        arena_alloc_array(arena, state->account_count, sizeof(*standing->accounts.items));
    for (size_t i = 0; i < state->account_count; i++)
        fill_account(arena, budget, &state->accounts[i],
                     &standing->accounts.items[standing->accounts.count++]);
}

/* An amount that was lowered, or charges beyond leases: then nothing is left. */
static void
fill_account(struct arena *arena, const struct gateway_budget *budget, const struct account_state *account,
             struct account_standing *standing)
{
    int64_t taken = account->settled + account->leased;
    schema_set_defaults(&account_standing_schema, standing);
    standing->owner = account->owner;
    standing->settled = budget_amount_print(arena, budget->unit, account->settled);
    standing->leased = budget_amount_print(arena, budget->unit, account->leased);
    standing->left =
        budget_amount_print(arena, budget->unit, taken < budget->amount ? budget->amount - taken : 0);
    if (account->unheld > 0 && budget->on_exceeded != OVER_BUDGET_ALERT)
        standing->unheld = budget_amount_print(arena, budget->unit, account->unheld);
    if (!account->has_forecast)
        return;
    standing->forecast = budget_amount_print(arena, budget->unit, account->forecast.expected);
    standing->forecast_low = budget_amount_print(arena, budget->unit, account->forecast.low);
    standing->forecast_high = budget_amount_print(arena, budget->unit, account->forecast.high);
}
