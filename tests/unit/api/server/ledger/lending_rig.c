#include "tests/unit/api/server/ledger/lending_rig.h"

#include "lib/base/buffer.h"

static void
on_done(void *owner, const struct ledger_outcome *outcome)
{
    struct asked *asked = owner;
    cr_assert_not(asked->is_answered, "answered twice");
    asked->is_answered = true;
    asked->outcome = *outcome;
}

static void
on_lent(void *owner, const struct lend_answer *answer)
{
    struct lent *lent = owner;
    cr_assert_not(lent->is_answered, "answered twice");
    *lent = (struct lent){true, *answer};
}

static void
on_swept(void *owner, const struct sweep_answer *answer)
{
    struct swept *swept = owner;
    cr_assert_not(swept->is_answered, "answered twice");
    *swept = (struct swept){true, *answer};
}

struct gateway_budget
given_budget(const char *id, enum policy_scope scope, int64_t amount)
{
    struct gateway_budget budget;
    schema_set_defaults(&gateway_budget_schema, &budget);
    budget.id = text_of(id);
    budget.scope = scope;
    budget.amount = amount;
    budget.period = BUDGET_PERIOD_MONTH;
    budget.on_exceeded = OVER_BUDGET_BLOCK;
    return budget;
}

struct ledger_outcome
book(const char *revision, struct gateway_budget *budgets, size_t count)
{
    struct asked asked = {0};
    const struct budget_book written = {.revision = text_of(revision), .budgets = {budgets, count}};
    ledger_book(the_ledger(), rig.arena, &written, on_done, &asked);
    return asked_end(&asked);
}

void
given_book(void)
{
    struct gateway_budget budgets[] = {given_budget("org", POLICY_SCOPE_ORGANISATION, 1000),
                                       given_budget("workspace", POLICY_SCOPE_WORKSPACE, 500),
                                       given_budget("environment", POLICY_SCOPE_ENVIRONMENT, 100)};
    struct ledger_outcome outcome = book("1", budgets, COUNT_OF(budgets));
    cr_assert_eq(outcome.end, LEDGER_DONE, "%s", outcome.why.message);
}

int64_t
new_number(void)
{
    static int64_t last;
    return ++last;
}

void
lend_begin(struct lent *lent, struct ledger *ledger, const char *journal, const struct ledger_ask *ask,
           int64_t now_ms)
{
    const struct lend_question question = {{text_of(journal), TEXT("demo"), TEXT("dev")}, ask, now_ms};
    *lent = (struct lent){0};
    ledger_lend(ledger, rig.arena, &question, on_lent, lent);
    cr_assert_not(lent->is_answered, "answered from inside ledger_lend");
}

struct lend_answer
lend_on(struct ledger *ledger, const char *journal, const struct ledger_ask *ask, int64_t now_ms)
{
    struct lent lent;
    lend_begin(&lent, ledger, journal, ask, now_ms);
    rig_until(&lent.is_answered);
    return lent.answer;
}

struct lend_answer
lend(const char *budget, const char *owner, int64_t wanted, int64_t at_least)
{
    const struct ledger_ask ask = {.number = new_number(),
                                   .longest_call_ms = LEASE_MAX_CALL_MS,
                                   .budget = text_of(budget),
                                   .owner = text_of(owner),
                                   .window = TEXT(MONTH),
                                   .wanted = wanted,
                                   .at_least = at_least};
    return lend_on(the_ledger(), JOURNAL_A, &ask, NOW_MS);
}

struct lend_answer
lend_in(const char *budget, const char *owner, const char *window, int64_t now_ms)
{
    const struct ledger_ask ask = {.number = new_number(),
                                   .longest_call_ms = LEASE_MAX_CALL_MS,
                                   .budget = text_of(budget),
                                   .owner = text_of(owner),
                                   .window = text_of(window),
                                   .wanted = 1,
                                   .at_least = 1};
    return lend_on(the_ledger(), JOURNAL_A, &ask, now_ms);
}

struct text
given_lease(const char *journal, const char *budget, const char *owner, int64_t amount)
{
    const struct ledger_ask ask = {.number = new_number(),
                                   .longest_call_ms = LEASE_MAX_CALL_MS,
                                   .budget = text_of(budget),
                                   .owner = text_of(owner),
                                   .window = TEXT(MONTH),
                                   .wanted = amount,
                                   .at_least = amount};
    struct lend_answer answer = lend_on(the_ledger(), journal, &ask, NOW_MS);
    cr_assert_eq(answer.end, LEDGER_DONE, "%s", answer.why.message);
    cr_assert_eq(answer.amount, amount);
    return answer.lease;
}

void
give_back_begin(struct asked *asked, struct ledger *ledger, const char *journal,
                const struct ledger_return *returns, size_t count)
{
    const struct returns_question question = {{text_of(journal), TEXT("demo"), TEXT("dev")}, returns, count};
    *asked = (struct asked){0};
    ledger_give_back(ledger, rig.arena, &question, on_done, asked);
    cr_assert_not(asked->is_answered, "answered from inside ledger_give_back");
}

struct ledger_outcome
give_back_all(const char *journal, const struct ledger_return *returns, size_t count)
{
    struct asked asked;
    give_back_begin(&asked, the_ledger(), journal, returns, count);
    return asked_end(&asked);
}

struct ledger_outcome
give_back(const char *journal, struct text lease, int64_t kept, bool over)
{
    const struct ledger_return given = {.lease = lease, .kept = kept, .over = over};
    return give_back_all(journal, &given, 1);
}

void
sweep_begin(struct swept *swept, struct ledger *ledger, int64_t now_ms)
{
    *swept = (struct swept){0};
    const struct sweep_question question = {now_ms, now_ms - ALERTS_KEPT_MS};
    ledger_sweep(ledger, rig.arena, &question, on_swept, swept);
}

struct sweep_answer
sweep(int64_t now_ms)
{
    struct swept swept;
    sweep_begin(&swept, the_ledger(), now_ms);
    rig_until(&swept.is_answered);
    return swept.answer;
}

struct text
charge(const char *budget, const char *owner, struct text lease, int64_t amount)
{
    return text_format(rig.arena,
                       "{\"budget\":\"%s\",\"owner\":\"%s\",\"window\":\"" MONTH
                       "\",\"lease\":\"%.*s\",\"amount\":%lld}",
                       budget, owner, TEXT_ARG(lease), (long long)amount);
}

struct text
record_charged(const char *id, const char *charges)
{
    return text_format(rig.arena, RECORD("%s", ",\"charges\":[%s]") "\n", id, charges);
}

static int64_t
number_at(const struct sql_result *result, size_t column)
{
    struct error why = {0};
    int64_t number = 0;
    cr_assert(sql_result_int(result, 0, column, &number, &why), "%s", why.message);
    return number;
}

static struct sql_result
rows_of(struct text statement)
{
    return rig_sql(text_c_string(rig.arena, statement));
}

void
expect_account(const char *budget, const char *owner, int64_t settled, int64_t leased)
{
    struct sql_result result = rows_of(
        text_format(rig.arena, "SELECT settled, leased FROM account WHERE budget = '%s' AND owner = '%s'",
                    budget, owner));
    cr_assert_eq(number_at(&result, 0), settled, "settled is %lld", (long long)number_at(&result, 0));
    cr_assert_eq(number_at(&result, 1), leased, "leased is %lld", (long long)number_at(&result, 1));
}

void
expect_lease(struct text lease, int64_t amount, int64_t charged, int64_t state)
{
    struct sql_result result = rows_of(text_format(
        rig.arena, "SELECT amount, charged, state FROM lease WHERE id = '%.*s'", TEXT_ARG(lease)));
    cr_assert_eq(number_at(&result, 0), amount, "amount is %lld", (long long)number_at(&result, 0));
    cr_assert_eq(number_at(&result, 1), charged, "charged is %lld", (long long)number_at(&result, 1));
    cr_assert_eq(number_at(&result, 2), state, "state is %lld", (long long)number_at(&result, 2));
}

void
expect_exact(void)
{
    cr_assert_eq(rig_count("SELECT count(*) FROM account JOIN budget ON budget.id = account.budget WHERE "
                           "settled + leased > budget.amount"),
                 0, "more is settled and lent than there is");
    cr_assert_eq(
        rig_count("SELECT count(*) FROM account a WHERE leased <> (SELECT CAST(coalesce(sum(amount - "
                  "charged), 0) AS bigint) FROM lease l WHERE l.budget = a.budget AND l.owner = a.owner AND "
                  "l.window_id = a.window_id AND state <> 2)"),
        0, "an account's leases are others");
}
