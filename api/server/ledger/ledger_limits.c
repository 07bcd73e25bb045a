/* So many limits a pair of statements, the last ones filled up with none: two texts for any number. */
#include "api/server/ledger/ledger_limits.h"

#include "api/server/ledger/ledger_limit_row.h"
#include "api/types/budget_window.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/map.h"
#include "lib/base/time_zone.h"

enum { FIXED_PARAMS = 2, LIMITS_A_STATEMENT = 100 };
enum { ID, AMOUNT };                        /* columns of the first */
enum { OWNER = 1, LEASED, USED, GATEWAYS }; /* and of the second */

/* clang-format off */
#define OF_ACCOUNT "lease.budget = account.budget AND lease.window_id = account.window_id AND lease.owner = account.owner"
/* clang-format on */

static const char find_limits[] = "SELECT call_limit.id, call_limit.amount FROM " LEDGER_LIMITS;
/* $1 the minute, $2 how many rows. A lease that is closed was used as far as it was not given back. */
static const char find_accounts[] =
    "SELECT call_limit.id, account.owner, account.leased, (SELECT "
    "CAST(coalesce(sum(lease.amount), 0) AS bigint) FROM lease WHERE " OF_ACCOUNT " AND lease.state = 1), "
    "(SELECT count(DISTINCT lease.journal) FROM lease WHERE " OF_ACCOUNT
    " AND (lease.state = 0 OR lease.amount "
    "> 0)) FROM " LEDGER_LIMITS " JOIN account ON account.budget = call_limit.id AND account.window_id = "
    "CASE WHEN call_limit.unit = 'Concurrency' THEN '" SHARED_LIMIT_NO_WINDOW "' ELSE $1 END";

struct asking {
    struct arena *arena;
    struct limits_question question;
    limits_answer_fn on_answer;
    void *owner;
    int64_t minute_ms;
    struct map *limits; /* struct limit_state, by id */
    struct limits_answer answer;
    size_t account_count;
};

static void add_statements(struct asking *asking, struct ledger *ledger, struct text minute);
static const char *
statement_of(struct asking *asking, struct ledger *ledger, const char *begin, size_t params, const char *end);
static void on_answered(void *owner, const struct sql_outcome *outcome);
static bool take_limits(struct asking *asking, const struct sql_result *result, struct error *err);
static bool take_accounts(struct asking *asking, const struct sql_result *result, struct error *err);
static bool take_account(const struct sql_result *result, size_t row, struct limit_account_state *account,
                         struct error *err);

void
ledger_limits(struct ledger *ledger, struct arena *arena, const struct limits_question *question,
              limits_answer_fn on_answer, void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    struct budget_window minute = budget_window_at(BUDGET_PERIOD_MINUTE, time_zone_utc(), question->now_ms);
    *asking = (struct asking){.arena = arena,
                              .question = *question,
                              .on_answer = on_answer,
                              .owner = owner,
                              .limits = map_new(arena),
                              .answer = {.minute_ms = minute.start_unix_ms}};
    asking->answer.limits = arena_alloc_array(arena, question->count, sizeof(*asking->answer.limits));
    for (size_t i = 0; i < question->count; i++)
        map_set(asking->limits, question->ids[i], &asking->answer.limits[i]);
    add_statements(asking, ledger, text_of(minute.id));
}

static void
add_statements(struct asking *asking, struct ledger *ledger, struct text minute)
{
    const struct limits_question *question = &asking->question;
    struct sql_value params[FIXED_PARAMS + LIMITS_A_STATEMENT] = {
        sql_text(minute), sql_int((int64_t)question->most_accounts + 1)};
    struct sql_work *work = ledger_reading_work(ledger, asking->arena);
    const char *limits = statement_of(asking, ledger, find_limits, 0, "");
    const char *accounts = statement_of(asking, ledger, find_accounts, FIXED_PARAMS,
                                        " ORDER BY call_limit.id, account.owner LIMIT $2");
    for (size_t from = 0; from == 0 || from < question->count; from += LIMITS_A_STATEMENT) {
        for (size_t i = 0; i < LIMITS_A_STATEMENT; i++)
            params[FIXED_PARAMS + i] =
                sql_text(from + i < question->count ? question->ids[from + i] : TEXT(""));
        sql_work_add(work, limits, &params[FIXED_PARAMS], LIMITS_A_STATEMENT);
        sql_work_add(work, accounts, params, COUNT_OF(params));
    }
    sql_work_run(work, on_answered, asking);
}

/* With the limits' ids behind so many parameters. */
static const char *
statement_of(struct asking *asking, struct ledger *ledger, const char *begin, size_t params, const char *end)
{
    struct buffer text;
    buffer_init(&text, asking->arena, 2048);
    buffer_print(&text, "%s WHERE call_limit.id IN (", begin);
    for (size_t i = 1; i <= LIMITS_A_STATEMENT; i++)
        buffer_print(&text, "%s$%zu", i > 1 ? ", " : "", params + i);
    buffer_print(&text, ")%s", end);
    return ledger_keep_text(ledger, buffer_text(&text));
}

static void
on_answered(void *owner, const struct sql_outcome *sql)
{
    struct asking *asking = owner;
    struct limits_answer *answer = &asking->answer;
    answer->end = ledger_end_of(sql, &answer->why);
    for (size_t i = 0; answer->end == LEDGER_DONE && i + 1 < sql->result_count; i += 2)
        if (!take_limits(asking, &sql->results[i], &answer->why) ||
            !take_accounts(asking, &sql->results[i + 1], &answer->why)) {
            error_context(&answer->why, "reading how limits stand");
            answer->end = LEDGER_FAILED;
        }
    asking->on_answer(asking->owner, answer);
}

static bool
take_limits(struct asking *asking, const struct sql_result *result, struct error *err)
{
    for (size_t row = 0; row < result->row_count; row++) {
        struct text id;
        if (!sql_result_text(result, row, ID, &id, err))
            return false;
        struct limit_state *limit = map_find(asking->limits, id);
        limit->is_shared = true;
        if (!sql_result_int(result, row, AMOUNT, &limit->amount, err))
            return false;
    }
    return true;
}

/* Accounts of one limit stand beside each other, so they are a part of one list of all. */
static bool
take_accounts(struct asking *asking, const struct sql_result *result, struct error *err)
{
    struct limit_account_state *accounts =
        arena_alloc_array(asking->arena, result->row_count, sizeof(*accounts));
    for (size_t row = 0; row < result->row_count; row++) {
        struct text id;
        if (asking->account_count == asking->question.most_accounts) {
            asking->answer.is_cut = true;
            return true;
        }
        if (!sql_result_text(result, row, ID, &id, err) || !take_account(result, row, &accounts[row], err))
            return false;
        struct limit_state *limit = map_find(asking->limits, id);
        if (limit->count++ == 0)
            limit->accounts = &accounts[row];
        asking->account_count++;
    }
    return true;
}

static bool
take_account(const struct sql_result *result, size_t row, struct limit_account_state *account,
             struct error *err)
{
    if (!sql_result_text(result, row, OWNER, &account->owner, err) ||
        !sql_result_int(result, row, LEASED, &account->leased, err) ||
        !sql_result_int(result, row, USED, &account->used, err) ||
        !sql_result_int(result, row, GATEWAYS, &account->gateways, err))
        return false;
    account->leased = account->leased > account->used ? account->leased - account->used : 0;
    return true;
}
