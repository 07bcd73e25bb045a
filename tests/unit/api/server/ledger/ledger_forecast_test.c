/* Forecasts from what was ingested: the same from SQLite and PostgreSQL. At NOW_MS 568 of the month's 720
 * hours are over, and 152 are left. */
#include "api/server/ledger/ledger_forecast.h"

#include "tests/unit/api/server/ledger/lending_rig.h"

TestSuite(ledger_forecast, .timeout = 120);

#define AN_HOUR_AGO "1763996400000"
#define FOUR_WEEKS_AGO "1761580800000" /* in October */
#define LONGER_AGO "1761580799999"
#define MONTH_BEGINS "1761955200000"
#define SPENT(ID, TIME, WORKSPACE, CALLER, NANO)                                                             \
    RECORD_OF(ID, TIME, WORKSPACE,                                                                           \
              ",\"caller\":\"" CALLER "\",\"model\":\"m1\",\"inputTokens\":500,\"cacheReadTokens\":60,"      \
              "\"outputTokens\":8,\"requests\":1,\"cost\":\"0.000000" NANO "\"")                             \
    "\n"

struct told_budgets {
    bool is_answered;
    struct budgets_answer answer;
};

static void
on_answer(void *owner, const struct budgets_answer *answer)
{
    struct told_budgets *told = owner;
    cr_assert_not(told->is_answered, "answered twice");
    *told = (struct told_budgets){true, *answer};
}

static struct budgets_answer
forecasts_of(struct budgets_question question)
{
    struct told_budgets standing = {0}, told = {0};
    question.now_ms = question.now_ms > 0 ? question.now_ms : NOW_MS;
    question.most_budgets = question.most_accounts = 100;
    ledger_budgets(the_ledger(), rig.arena, &question, on_answer, &standing);
    rig_until(&standing.is_answered);
    cr_assert_eq(standing.answer.end, LEDGER_DONE, "%s", standing.answer.why.message);
    ledger_forecast(the_ledger(), rig.arena, &standing.answer, on_answer, &told);
    rig_until(&told.is_answered);
    cr_assert_eq(told.answer.end, LEDGER_DONE, "%s", told.answer.why.message);
    return told.answer;
}

static void
expect_account_forecast(const struct budgets_answer *answer, const char *id, const char *owner,
                        struct forecast wanted)
{
    for (size_t i = 0; i < answer->budget_count; i++)
        for (size_t j = 0; j < answer->budgets[i].account_count; j++) {
            const struct account_state *account = &answer->budgets[i].accounts[j];
            if (!text_equals(answer->budgets[i].budget.id, text_of(id)) ||
                !text_equals(account->owner, text_of(owner)))
                continue;
            cr_assert(account->has_forecast, "%s has none", id);
            cr_assert_eq(account->forecast.expected, wanted.expected, "%s: %lld", id,
                         (long long)account->forecast.expected);
            cr_assert_eq(account->forecast.low, wanted.low, "%s: %lld", id, (long long)account->forecast.low);
            cr_assert_eq(account->forecast.high, wanted.high, "%s: %lld", id,
                         (long long)account->forecast.high);
            return;
        }
    cr_assert_fail("%s has no account of %s", id, owner);
}

static void
given_budgets(void)
{
    struct gateway_budget budgets[] = {given_budget("caller", POLICY_SCOPE_CALLER, 1000),
                                       given_budget("environment", POLICY_SCOPE_ENVIRONMENT, 1),
                                       given_budget("hourly", POLICY_SCOPE_ORGANISATION, 1000),
                                       given_budget("model", POLICY_SCOPE_MODEL, 1000),
                                       given_budget("org", POLICY_SCOPE_ORGANISATION, 1000),
                                       given_budget("tokens", POLICY_SCOPE_CALLER, 1000),
                                       given_budget("workspace", POLICY_SCOPE_WORKSPACE, 500)};
    budgets[2].period = BUDGET_PERIOD_HOUR;
    budgets[5].unit = BUDGET_UNIT_TOKENS;
    given_ledger();
    cr_assert_eq(book("1", budgets, COUNT_OF(budgets)).end, LEDGER_DONE);
    rig_sql("INSERT INTO account (budget, owner, window_id, settled, leased) VALUES "
            "('org', '', '" MONTH "', 5, 0), ('workspace', 'demo', '" MONTH "', 6, 0), "
            "('workspace', 'other', '" MONTH "', 6, 1), ('environment', 'demo/dev', '" MONTH "', 7, 0), "
            "('caller', 'demo/dev/ada', '" MONTH "', 8, 0), ('model', 'demo/dev/m1', '" MONTH "', 9, 0), "
            "('tokens', 'demo/dev/ada', '" MONTH "', 10, 0), ('tokens', 'demo/dev/eve', '" MONTH "', 1, 0), "
            "('hourly', '', '2025-11-24T16:00:00Z', 1, 0)");
}

/* Of demo 568 of ada's and 568 of bob's in the window, and 284 of another workspace. */
ON_BOTH(ledger_forecast, counts_for_each_account_what_its_owner_used)
{
    given_budgets();
    given_records(JOURNAL_A, TEXT(SPENT("01A", AN_HOUR_AGO, "demo", "ada", "568")
                                      SPENT("01B", MONTH_BEGINS, "demo", "bob", "568")));
    given_records_of("other", JOURNAL_B, TEXT(SPENT("01C", AN_HOUR_AGO, "other", "ada", "284")));
    struct budgets_answer answer = forecasts_of((struct budgets_question){0});
    expect_account_forecast(&answer, "workspace", "other", (struct forecast){82, 82, 82});
    expect_account_forecast(&answer, "caller", "demo/dev/ada", (struct forecast){160, 160, 160});
    expect_account_forecast(&answer, "tokens", "demo/dev/ada", (struct forecast){162, 162, 162});
    answer = forecasts_of((struct budgets_question){.workspace = TEXT("demo"), .environment = TEXT("dev")});
    expect_account_forecast(&answer, "caller", "demo/dev/ada", (struct forecast){160, 160, 160});
    cr_assert_eq(answer.budget_count, 4);
}

/* What demo and all have goes back more than a week, to the month's first hour: 568 hours, which are three
 * weeks and 64 hours. Of the week's hours from now on the last 16 are not in the rest, so the hours before
 * now are not in `again`, and the month's first is: the 104th of its week. 152 hours were seen three times,
 * and of 64 more the first 48 of the last 64: 504. 568 * 152 / 504 = 171. */
ON_BOTH(ledger_forecast, weighs_what_the_same_hours_of_the_week_had)
{
    given_budgets();
    given_records(JOURNAL_A, TEXT(SPENT("01A", AN_HOUR_AGO, "demo", "ada", "568")
                                      SPENT("01B", MONTH_BEGINS, "demo", "bob", "568")));
    struct budgets_answer answer = forecasts_of((struct budgets_question){0});
    int64_t expected = (304 * 568 + 171 * 152) / 720;
    expect_account_forecast(&answer, "org", "", (struct forecast){5 + expected, 5 + 171, 5 + 304});
    expect_account_forecast(&answer, "workspace", "demo", (struct forecast){6 + expected, 6 + 171, 6 + 304});
    expect_account_forecast(&answer, "environment", "demo/dev",
                            (struct forecast){7 + expected, 7 + 171, 7 + 304});
    expect_account_forecast(&answer, "model", "demo/dev/m1",
                            (struct forecast){9 + expected, 9 + 171, 9 + 304});
}

/* 608 = 4 * 152 four weeks ago, which is no part of this month; what was an hour before that is of no week.
 */
ON_BOTH(ledger_forecast, looks_four_weeks_back_and_not_farther)
{
    given_budgets();
    given_records(JOURNAL_A, TEXT(SPENT("01A", AN_HOUR_AGO, "demo", "ada", "568")
                                      SPENT("01B", FOUR_WEEKS_AGO, "demo", "ada", "608")
                                          SPENT("01C", LONGER_AGO, "demo", "ada", "999")));
    struct budgets_answer answer = forecasts_of((struct budgets_question){0});
    expect_account_forecast(&answer, "org", "", (struct forecast){157, 157, 157});
}

ON_BOTH(ledger_forecast, is_absent_for_who_used_nothing_and_for_short_windows_and_early)
{
    given_budgets();
    given_records(JOURNAL_A, TEXT(SPENT("01A", AN_HOUR_AGO, "demo", "ada", "568")));
    struct budgets_answer answer = forecasts_of((struct budgets_question){0});
    for (size_t i = 0; i < answer.budget_count; i++)
        for (size_t j = 0; j < answer.budgets[i].account_count; j++) {
            const struct budget_state *state = &answer.budgets[i];
            bool is_hourly = text_equals(state->budget.id, TEXT("hourly"));
            struct text owner = state->accounts[j].owner;
            bool is_idle = text_equals(owner, TEXT("other")) || text_equals(owner, TEXT("demo/dev/eve"));
            cr_assert_eq(state->accounts[j].has_forecast, !is_hourly && !is_idle, "%.*s of %.*s",
                         TEXT_ARG(state->budget.id), TEXT_ARG(owner));
        }
    rig_sql("UPDATE account SET window_id = '2025-12' WHERE window_id = '" MONTH "'");
    answer = forecasts_of((struct budgets_question){.budget = TEXT("org"), .now_ms = 1764547200000});
    cr_assert_eq(answer.budgets[0].account_count, 1);
    cr_assert_not(answer.budgets[0].accounts[0].has_forecast);
}
