/* The budgets, then the accounts of one after the other: which window is the present one differs, and so the
 * rows that are still wanted bound each statement. */
#include "api/server/ledger/ledger_budgets.h"

#include "api/server/ledger/ledger_budget_row.h"
#include "lib/base/arena.h"

enum { CLAIMED_SHOWN = 100 }; /* of a budget whose owners are what clients say, among others */

struct budgets_asking {
    struct ledger *ledger;
    struct arena *arena;
    struct budgets_question question;
    budgets_answer_fn on_answer;
    void *owner;
    struct budgets_answer answer;
    struct text only_owner; /* empty: any. Itself and whatever begins with it and a slash */
    size_t at;              /* the budget whose accounts are asked for */
    size_t accounts_left;   /* of most_accounts */
};

/* clang-format off */
#define ACCOUNTS "SELECT owner, settled, leased, unheld FROM account WHERE budget = $1 AND window_id = $2 AND ($3 = '' OR owner = $3 OR substr(owner, 1, CAST($5 AS int)) = $4) ORDER BY "
/* clang-format on */

static struct text owner_of(struct arena *arena, const struct budgets_question *question);
static void on_budgets(void *owner, const struct sql_outcome *outcome);
static bool take_budgets(struct budgets_asking *asking, const struct sql_result *result);
static void ask_next(struct budgets_asking *asking);
static void ask_accounts(struct budgets_asking *asking, const struct budget_state *state);
static size_t most_accounts(const struct budgets_asking *asking, const struct budget_state *state);
static void on_accounts(void *owner, const struct sql_outcome *outcome);
static bool take_accounts(struct budgets_asking *asking, const struct sql_result *result);
static void leave_out_empty(struct budgets_asking *asking);
static void fail(struct budgets_asking *asking, const struct error *why);

void
ledger_budgets(struct ledger *ledger, struct arena *arena, const struct budgets_question *question,
               budgets_answer_fn on_answer, void *owner)
{
    struct budgets_asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking = (struct budgets_asking){.ledger = ledger,
                                      .arena = arena,
                                      .question = *question,
                                      .on_answer = on_answer,
                                      .owner = owner,
                                      .only_owner = owner_of(arena, question),
                                      .accounts_left = question->most_accounts};
    const struct sql_value params[] = {sql_text(question->budget),
                                       sql_int((int64_t)question->most_budgets + 1)};
    struct sql_work *work = sql_work_new(arena, ledger->connections.questions);
    sql_work_relax(work);
    sql_work_add(work,
                 "SELECT " LEDGER_BUDGET_COLUMNS " FROM " LEDGER_BUDGETS
                 " WHERE $1 = '' OR budget.id = $1 ORDER BY budget.id LIMIT $2",
                 params, COUNT_OF(params));
    sql_work_run(work, on_budgets, asking);
}

static struct text
owner_of(struct arena *arena, const struct budgets_question *question)
{
    if (text_is_empty(question->environment))
        return question->workspace;
    return text_format(arena, "%.*s/%.*s", TEXT_ARG(question->workspace), TEXT_ARG(question->environment));
}

static void
on_budgets(void *owner, const struct sql_outcome *sql)
{
    struct budgets_asking *asking = owner;
    if (sql->end != SQL_COMMITTED)
        fail(asking, &sql->why);
    else if (!take_budgets(asking, &sql->results[0]))
        fail(asking, &asking->answer.why);
    else
        ask_next(asking);
}

static bool
take_budgets(struct budgets_asking *asking, const struct sql_result *result)
{
    struct budgets_answer *answer = &asking->answer;
    size_t most = asking->question.most_budgets;
    answer->is_cut = result->row_count > most;
    size_t count = answer->is_cut ? most : result->row_count;
    answer->budgets = arena_alloc_array(asking->arena, count, sizeof(*answer->budgets));
    for (; answer->budget_count < count; answer->budget_count++) {
        struct budget_state *state = &answer->budgets[answer->budget_count];
        const struct time_zone *zone;
        if (!ledger_budget_row_take(result, answer->budget_count, &state->budget, &answer->why))
            return false;
        if (ledger_budget_zone(asking->ledger, &state->budget, &zone, NULL))
            state->window = budget_window_at(state->budget.period, zone, asking->question.now_ms);
    }
    return true;
}

static void
ask_next(struct budgets_asking *asking)
{
    struct budgets_answer *answer = &asking->answer;
    while (asking->at < answer->budget_count && answer->budgets[asking->at].window.id[0] == '\0')
        asking->at++;
    if (asking->at < answer->budget_count && !(answer->is_cut && asking->accounts_left == 0)) {
        ask_accounts(asking, &answer->budgets[asking->at]);
        return;
    }
    answer->budget_count = asking->at;
    leave_out_empty(asking);
    answer->end = LEDGER_DONE;
    answer->question = asking->question;
    asking->on_answer(asking->owner, answer);
}

/* So that a flood of runs hides no other budget. */
static size_t
most_accounts(const struct budgets_asking *asking, const struct budget_state *state)
{
    bool is_one_of_many =
        policy_scope_is_claimed(state->budget.scope) && text_is_empty(asking->question.budget);
    return is_one_of_many && asking->accounts_left > CLAIMED_SHOWN ? CLAIMED_SHOWN : asking->accounts_left;
}

static void
ask_accounts(struct budgets_asking *asking, const struct budget_state *state)
{
    const struct text only = asking->only_owner;
    const struct sql_value params[] = {sql_text(state->budget.id),
                                       sql_text(text_of(state->window.id)),
                                       sql_text(only),
                                       sql_text(text_format(asking->arena, "%.*s/", TEXT_ARG(only))),
                                       sql_int((int64_t)only.length + 1),
                                       sql_int((int64_t)most_accounts(asking, state) + 1)};
    struct sql_work *work = sql_work_new(asking->arena, asking->ledger->connections.questions);
    sql_work_relax(work);
    sql_work_add(work,
                 policy_scope_is_claimed(state->budget.scope) ? ACCOUNTS
                     "settled + leased DESC, owner LIMIT $6"
                                                              : ACCOUNTS "owner LIMIT $6",
                 params, COUNT_OF(params));
    sql_work_run(work, on_accounts, asking);
}

static void
on_accounts(void *owner, const struct sql_outcome *sql)
{
    struct budgets_asking *asking = owner;
    if (sql->end != SQL_COMMITTED)
        fail(asking, &sql->why);
    else if (!take_accounts(asking, &sql->results[0]))
        fail(asking, &asking->answer.why);
    else {
        asking->at++;
        ask_next(asking);
    }
}

static bool
take_accounts(struct budgets_asking *asking, const struct sql_result *result)
{
    struct budgets_answer *answer = &asking->answer;
    struct budget_state *state = &answer->budgets[asking->at];
    size_t most = most_accounts(asking, state);
    bool is_cut = result->row_count > most;
    size_t count = is_cut ? most : result->row_count;
    state->accounts = arena_alloc_array(asking->arena, count, sizeof(*state->accounts));
    for (; state->account_count < count; state->account_count++) {
        struct account_state *account = &state->accounts[state->account_count];
        *account = (struct account_state){0};
        if (!sql_result_text(result, state->account_count, 0, &account->owner, &answer->why) ||
            !sql_result_int(result, state->account_count, 1, &account->settled, &answer->why) ||
            !sql_result_int(result, state->account_count, 2, &account->leased, &answer->why) ||
            !sql_result_int(result, state->account_count, 3, &account->unheld, &answer->why))
            return false;
    }
    asking->accounts_left -= count;
    answer->is_cut = answer->is_cut || is_cut;
    return true;
}

/* Whoever asks for one workspace's accounts does not want all that it has none of. */
static void
leave_out_empty(struct budgets_asking *asking)
{
    struct budgets_answer *answer = &asking->answer;
    size_t kept = 0;
    if (text_is_empty(asking->only_owner))
        return;
    for (size_t i = 0; i < answer->budget_count; i++)
        if (answer->budgets[i].account_count > 0)
            answer->budgets[kept++] = answer->budgets[i];
    answer->budget_count = kept;
}

static void
fail(struct budgets_asking *asking, const struct error *why)
{
    const struct budgets_answer answer = {.end = LEDGER_FAILED, .why = *why};
    asking->on_answer(asking->owner, &answer);
}
