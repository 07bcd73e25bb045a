/* Reads the account, decides how much, and lends that in one conditional statement: what others lent or
 * settled meanwhile may make it too much, and then it begins anew. */
#include "api/server/ledger/ledger_budget_row.h"
#include "api/server/ledger/ledger_leases.h"
#include "api/server/ledger/ledger_lending.h"
#include "api/server/ledger/ledger_lent_before.h"
#include "api/server/ledger/ledger_limit_row.h"
#include "api/server/ledger/lend.h"
#include "api/server/ledger/lend_check.h"
#include "lib/base/arena.h"
#include "lib/base/id.h"

/* Each time it is too much somebody else was lent something, so the account soon has nothing left to be too
 * late for. */
enum { MOST_TRIES = 16 };

enum { RULE, ACCOUNT, GATEWAYS, OTHERS, BEFORE }; /* what is read; the rule: a budget or a limit */

/* clang-format off */
#define LEND(AMOUNT) "UPDATE account SET leased = leased + $4 WHERE budget = $1 AND owner = $2 AND window_id = $3 AND settled + leased <= " AMOUNT " - $4 AND EXISTS (SELECT 1 FROM lease WHERE id = $5)"
/* clang-format on */

struct lending {
    struct ledger *ledger;
    struct arena *arena;
    struct lend_question question;
    lend_answer_fn on_answer;
    void *owner;
    struct lend_answer answer;
    bool has_account; /* it was there when it was read */
    bool is_in_doubt; /* whether a try before this one was committed */
    int tries;
};

static void look(struct lending *lending);
static void add_account_read(struct sql_work *work, const struct lend_question *question);
static void on_read(void *owner, const struct sql_outcome *outcome);
static bool decide(struct lending *lending, const struct sql_result *results, struct error *err);
static bool check(struct lending *lending, const struct sql_result *results, struct error *err);
static bool read_amount(const struct sql_result *rule, int64_t *out_amount, struct error *err);
static bool read_account(struct lending *lending, const struct sql_result *results,
                         struct lend_account *account, struct error *err);
static void
tell_again(struct lending *lending, const struct lend_account *account, const struct lent_before *before);
static void lend(struct lending *lending);
static void add_lease(struct sql_work *work, struct lending *lending);
static void on_lent(void *owner, const struct sql_outcome *outcome);
static void give_up(struct lending *lending, enum ledger_end end);

void
ledger_lend(struct ledger *ledger, struct arena *arena, const struct lend_question *question,
            lend_answer_fn on_answer, void *owner)
{
    struct lending *lending = arena_alloc(arena, sizeof(*lending));
    *lending = (struct lending){.ledger = ledger,
                                .arena = arena,
                                .question = *question,
                                .on_answer = on_answer,
                                .owner = owner,
                                .answer = {.replicas = 1}};
    look(lending);
}

static void
look(struct lending *lending)
{
    const struct lend_question *question = &lending->question;
    const struct sql_value rule = sql_text(question->ask->budget);
    struct sql_work *work = sql_work_new(lending->arena, lending->ledger->connections.leases);
    lending->tries++;
    sql_work_relax(work);
    sql_work_prefer(work);
    sql_work_add(work,
                 shared_limit_is_id(question->ask->budget)
                     ? "SELECT " LEDGER_LIMIT_COLUMNS " FROM " LEDGER_LIMITS " WHERE call_limit.id = $1"
                     : "SELECT " LEDGER_BUDGET_COLUMNS " FROM " LEDGER_BUDGETS " WHERE budget.id = $1",
                 &rule, 1);
    add_account_read(work, question);
    ledger_lent_before_add_read(work, question);
    sql_work_run(work, on_read, lending);
}

static void
add_account_read(struct sql_work *work, const struct lend_question *question)
{
    const struct ledger_ask *ask = question->ask;
    const struct sql_value params[] = {sql_text(ask->budget), sql_text(ask->owner), sql_text(ask->window),
                                       sql_int(question->now_ms - LEASE_LENGTH_MS),
                                       sql_text(question->origin.journal)};
    sql_work_add(work,
                 "SELECT settled, leased FROM account WHERE budget = $1 AND owner = $2 AND window_id = $3",
                 params, 3);
    sql_work_add(work,
                 "SELECT count(DISTINCT journal) FROM lease WHERE budget = $1 AND owner = $2 AND window_id = "
                 "$3 AND lent_ms > $4 AND journal <> $5",
                 params, COUNT_OF(params));
    const struct sql_value others[] = {params[0], params[1], params[2], sql_int(LEND_MAX_CLAIMED_OWNERS)};
    sql_work_add(work,
                 "SELECT CASE WHEN EXISTS (SELECT 1 FROM account WHERE budget = $1 AND owner = $2 AND "
                 "window_id = $3) THEN 0 ELSE (SELECT count(*) FROM (SELECT 1 FROM account WHERE budget = $1 "
                 "AND window_id = $3 LIMIT $4) AS others) END",
                 others, COUNT_OF(others));
}

static void
on_read(void *owner, const struct sql_outcome *sql)
{
    struct lending *lending = owner;
    struct lend_answer *answer = &lending->answer;
    if (sql->end != SQL_COMMITTED) {
        answer->why = sql->why;
        give_up(lending, LEDGER_FAILED);
    } else if (!decide(lending, sql->results, &answer->why)) {
        lending->is_in_doubt = lending->is_in_doubt && answer->why.kind == ERROR_INTERNAL;
        give_up(lending, answer->why.kind == ERROR_INTERNAL ? LEDGER_FAILED : LEDGER_REFUSED);
    } else if (answer->amount == 0 || answer->is_again) {
        answer->end = LEDGER_DONE;
        lending->on_answer(lending->owner, answer);
    } else {
        lend(lending);
    }
}

static bool
decide(struct lending *lending, const struct sql_result *results, struct error *err)
{
    const struct ledger_ask *ask = lending->question.ask;
    struct lend_account account;
    struct lent_before before;
    bool is_in_book = results[RULE].row_count > 0;
    if (!read_account(lending, results, &account, err) ||
        (is_in_book && !read_amount(&results[RULE], &account.limit, err)) ||
        !ledger_lent_before_take(&results[BEFORE], ask, &before, err))
        return false;
    if (!text_is_empty(before.lease)) {
        tell_again(lending, &account, &before);
        return true;
    }
    if (!is_in_book)
        return error_set(err, ERROR_NOT_FOUND, "no %s %.*s is in the book",
                         shared_limit_is_id(ask->budget) ? "shared" : "budget", TEXT_ARG(ask->budget));
    if (!check(lending, results, err))
        return false;
    struct lend_verdict verdict = lend_decide(&account, &(struct lend_ask){ask->wanted, ask->at_least});
    lending->answer.amount = verdict.granted;
    lending->answer.length_ms = LEASE_LENGTH_MS;
    lending->answer.left = verdict.left;
    lending->answer.settled = account.settled;
    lending->answer.replicas = account.replicas;
    return true;
}

static bool
check(struct lending *lending, const struct sql_result *results, struct error *err)
{
    const struct sql_result *rule = &results[RULE];
    const struct lend_question *question = &lending->question;
    struct lend_claim claim = {question->origin, question->ask->owner, question->ask->window,
                               question->now_ms, 0};
    if (!sql_result_int(&results[OTHERS], 0, 0, &claim.others, err))
        return error_context(err, "counting owners");
    if (shared_limit_is_id(question->ask->budget)) {
        struct shared_limit limit;
        return ledger_limit_row_take(rule, 0, &limit, err) && lend_check_limit(&limit, &claim, err);
    }
    struct gateway_budget budget;
    const struct time_zone *zone;
    return ledger_budget_row_take(rule, 0, &budget, err) &&
           ledger_budget_zone(lending->ledger, &budget, &zone, err) && lend_check(&budget, zone, &claim, err);
}

static bool
read_amount(const struct sql_result *rule, int64_t *out_amount, struct error *err)
{
    enum { AMOUNT = 3 }; /* of budgets and of limits */
    return sql_result_int(rule, 0, AMOUNT, out_amount, err);
}

static bool
read_account(struct lending *lending, const struct sql_result *results, struct lend_account *account,
             struct error *err)
{
    *account = (struct lend_account){0};
    lending->has_account = results[ACCOUNT].row_count > 0;
    if (lending->has_account && (!sql_result_int(&results[ACCOUNT], 0, 0, &account->settled, err) ||
                                 !sql_result_int(&results[ACCOUNT], 0, 1, &account->leased, err)))
        return error_context(err, "reading an account");
    if (!sql_result_int(&results[GATEWAYS], 0, 0, &account->replicas, err))
        return error_context(err, "counting gateways");
    account->replicas++;
    return true;
}

/* Whatever became of its budget and window meanwhile: the gateway is to have it, or to give it back. */
static void
tell_again(struct lending *lending, const struct lend_account *account, const struct lent_before *before)
{
    struct lend_answer *answer = &lending->answer;
    answer->lease = before->lease;
    answer->amount = before->amount;
    answer->length_ms = before->length_ms;
    answer->is_again = true;
    answer->left = lend_decide(account, &(struct lend_ask){0}).left;
    answer->settled = account->settled;
    answer->replicas = account->replicas;
}

/* The lease first, which is not there when the same question was answered meanwhile; then its account. */
static void
lend(struct lending *lending)
{
    const struct ledger_ask *ask = lending->question.ask;
    struct sql_work *work = sql_work_new(lending->arena, lending->ledger->connections.leases);
    sql_work_relax(work);
    sql_work_prefer(work);
    add_lease(work, lending);
    const struct sql_value params[] = {sql_text(ask->budget), sql_text(ask->owner), sql_text(ask->window),
                                       sql_int(lending->answer.amount), sql_text(lending->answer.lease)};
    if (!lending->has_account)
        sql_work_add(work,
                     "INSERT INTO account (budget, owner, window_id, settled, leased) VALUES ($1, $2, $3, 0, "
                     "0) ON CONFLICT (budget, window_id, owner) DO NOTHING",
                     params, 3);
    sql_work_add(work,
                 shared_limit_is_id(ask->budget)
                     ? LEND("(SELECT call_limit.amount FROM " LEDGER_LIMITS " WHERE call_limit.id = $1)")
                     : LEND("(SELECT budget.amount FROM " LEDGER_BUDGETS " WHERE budget.id = $1)"),
                 params, COUNT_OF(params));
    sql_work_expect_rows(work);
    sql_work_run(work, on_lent, lending);
}

static void
add_lease(struct sql_work *work, struct lending *lending)
{
    const struct lend_question *question = &lending->question;
    const struct ledger_ask *ask = question->ask;
    struct lend_answer *answer = &lending->answer;
    answer->lease = id_new(lending->arena);
    const struct sql_value params[] = {
        sql_text(answer->lease),
        sql_text(ask->budget),
        sql_text(ask->owner),
        sql_text(ask->window),
        sql_int(answer->amount),
        sql_text(question->origin.journal),
        sql_int(question->now_ms),
        sql_int(ask->number),
        sql_int(lease_terms_orphaned_ms(question->now_ms, LEASE_LENGTH_MS, ask->longest_call_ms)),
    };
    sql_work_add(
        work,
        "INSERT INTO lease (id, budget, owner, window_id, amount, journal, lent_ms, question, orphaned_ms, "
        "charged, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0) ON CONFLICT (journal, question) "
        "DO NOTHING",
        params, COUNT_OF(params));
}

/* In doubt whether it was lent the question is asked again, as a gateway would. */
static void
on_lent(void *owner, const struct sql_outcome *sql)
{
    struct lending *lending = owner;
    struct lend_answer *answer = &lending->answer;
    bool is_unknown = sql->end == SQL_FAILED && sql->is_unknown;
    lending->is_in_doubt = lending->is_in_doubt || is_unknown;
    if (sql->end == SQL_COMMITTED) {
        answer->end = LEDGER_DONE;
        lending->on_answer(lending->owner, answer);
    } else if ((sql->end == SQL_UNMET || is_unknown) && lending->tries < MOST_TRIES) {
        look(lending);
    } else {
        error_set(&answer->why, ERROR_CONFLICT, "too many gateways asked for the same budget at once");
        if (sql->end == SQL_FAILED)
            answer->why = sql->why;
        give_up(lending, LEDGER_FAILED);
    }
}

static void
give_up(struct lending *lending, enum ledger_end end)
{
    struct lend_answer *answer = &lending->answer;
    answer->end = end;
    answer->is_doubtful = lending->is_in_doubt;
    answer->lease = (struct text){0};
    answer->amount = 0;
    lending->on_answer(lending->owner, answer);
}
