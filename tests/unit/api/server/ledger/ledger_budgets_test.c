/* What there is of each budget: the same answers from SQLite and PostgreSQL. */
#include "api/server/ledger/ledger_budgets.h"

#include "tests/unit/api/server/ledger/lending_rig.h"

TestSuite(ledger_budgets, .timeout = 120);

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
budgets_of(struct budgets_question question)
{
    struct told_budgets told = {0};
    question.now_ms = question.now_ms > 0 ? question.now_ms : NOW_MS;
    question.most_budgets = question.most_budgets > 0 ? question.most_budgets : 100;
    question.most_accounts = question.most_accounts > 0 ? question.most_accounts : 100;
    ledger_budgets(the_ledger(), rig.arena, &question, on_answer, &told);
    rig_until(&told.is_answered);
    cr_assert_eq(told.answer.end, LEDGER_DONE, "%s", told.answer.why.message);
    return told.answer;
}

static void
expect_state(const struct budget_state *state, const char *id, size_t accounts)
{
    cr_assert(text_equals(state->budget.id, text_of(id)), "%.*s", TEXT_ARG(state->budget.id));
    cr_assert_eq(state->account_count, accounts, "%s has %zu", id, state->account_count);
}

/* Accounts of org, workspace demo, and environments demo/dev; one of another workspace. */
static void
given_accounts(void)
{
    given_ledger();
    given_book();
    given_lease(JOURNAL_A, "org", "", 300);
    given_lease(JOURNAL_A, "environment", "demo/dev", 20);
    rig_sql("INSERT INTO account (budget, owner, window_id, settled, leased) VALUES "
            "('workspace', 'demo', '" MONTH "', 5, 0), ('workspace', 'demo-2', '" MONTH "', 6, 0), "
            "('environment', 'demo/dev/ada', '" MONTH "', 7, 0), ('workspace', 'demo', '2025-10', 500, 0)");
}

ON_BOTH(ledger_budgets, say_what_becomes_of_calls_while_nothing_is_lent_and_what_no_lease_covered)
{
    struct gateway_budget allowing = given_budget("org", POLICY_SCOPE_ORGANISATION, 1000);
    allowing.when_unavailable = WHEN_UNAVAILABLE_ALLOW;
    given_ledger();
    cr_assert_eq(book("1", &allowing, 1).end, LEDGER_DONE);
    rig_sql("INSERT INTO account (budget, owner, window_id, settled, leased, unheld) VALUES "
            "('org', '', '" MONTH "', 1100, 0, 400)");
    struct budgets_answer answer = budgets_of((struct budgets_question){0});
    cr_assert_eq(answer.budgets[0].budget.when_unavailable, WHEN_UNAVAILABLE_ALLOW);
    cr_assert_eq(answer.budgets[0].accounts[0].unheld, 400);

    allowing.when_unavailable = WHEN_UNAVAILABLE_REFUSE;
    cr_assert_eq(book("2", &allowing, 1).end, LEDGER_DONE);
    cr_assert_eq(budgets_of((struct budgets_question){0}).budgets[0].budget.when_unavailable,
                 WHEN_UNAVAILABLE_REFUSE);
}

ON_BOTH(ledger_budgets, are_all_in_the_book_with_the_accounts_of_their_present_window)
{
    given_accounts();
    struct budgets_answer answer = budgets_of((struct budgets_question){0});
    cr_assert_eq(answer.budget_count, 3);
    cr_assert_not(answer.is_cut);
    expect_state(&answer.budgets[0], "environment", 2);
    expect_state(&answer.budgets[1], "org", 1);
    expect_state(&answer.budgets[2], "workspace", 2);
    const struct budget_state *org = &answer.budgets[1];
    cr_assert_eq(org->budget.amount, 1000);
    cr_assert_eq(org->budget.scope, POLICY_SCOPE_ORGANISATION);
    cr_assert_str_eq(org->window.id, MONTH);
    cr_assert(org->window.start_unix_ms < NOW_MS && NOW_MS < org->window.end_unix_ms);
    cr_assert_eq(org->accounts[0].leased, 300);
    cr_assert_eq(answer.budgets[2].accounts[0].settled, 5);
}

ON_BOTH(ledger_budgets, of_the_next_window_have_no_account_yet)
{
    given_accounts();
    struct budgets_answer answer =
        budgets_of((struct budgets_question){.budget = TEXT("org"), .now_ms = INT64_C(1764547200000)});
    cr_assert_eq(answer.budget_count, 1);
    expect_state(&answer.budgets[0], "org", 0);
    cr_assert_str_eq(answer.budgets[0].window.id, "2025-12");
}

ON_BOTH(ledger_budgets, of_one_workspace_or_environment_have_its_accounts_only)
{
    given_accounts();
    struct budgets_answer workspace = budgets_of((struct budgets_question){.workspace = TEXT("demo")});
    cr_assert_eq(workspace.budget_count, 2);
    expect_state(&workspace.budgets[0], "environment", 2);
    expect_state(&workspace.budgets[1], "workspace", 1);
    struct budgets_answer environment =
        budgets_of((struct budgets_question){.workspace = TEXT("demo"), .environment = TEXT("dev")});
    cr_assert_eq(environment.budget_count, 1);
    expect_state(&environment.budgets[0], "environment", 2);
    cr_assert_eq(budgets_of((struct budgets_question){.workspace = TEXT("other")}).budget_count, 0);
}

ON_BOTH(ledger_budgets, are_cut_where_there_are_more)
{
    given_accounts();
    struct budgets_answer budgets = budgets_of((struct budgets_question){.most_budgets = 2});
    cr_assert(budgets.is_cut);
    cr_assert_eq(budgets.budget_count, 2);
    struct budgets_answer accounts = budgets_of((struct budgets_question){.most_accounts = 4});
    cr_assert(accounts.is_cut);
    cr_assert_eq(accounts.budget_count, 3);
    expect_state(&accounts.budgets[2], "workspace", 1);
    cr_assert_not(budgets_of((struct budgets_question){.most_accounts = 5}).is_cut);
    struct budgets_answer one = budgets_of((struct budgets_question){.most_accounts = 1});
    cr_assert(one.is_cut);
    cr_assert_eq(one.budget_count, 1);
}

ON_BOTH(ledger_budgets, are_none_without_a_book)
{
    given_ledger();
    cr_assert_eq(budgets_of((struct budgets_question){0}).budget_count, 0);
}

ON_BOTH(ledger_budgets, of_many_runs_are_shown_by_those_that_used_most_and_hide_no_other)
{
    given_ledger();
    struct gateway_budget budgets[] = {given_budget("a-run", POLICY_SCOPE_RUN, 100),
                                       given_budget("org", POLICY_SCOPE_ORGANISATION, 100)};
    book("1", budgets, COUNT_OF(budgets));
    rig_sql(
        "INSERT INTO account (budget, owner, window_id, settled, leased) WITH RECURSIVE n(i) AS (SELECT 1 "
        "UNION ALL SELECT i + 1 FROM n WHERE i < 150) SELECT 'a-run', 'demo/dev/' || i, '" MONTH
        "', i, 0 FROM n");
    rig_sql("INSERT INTO account (budget, owner, window_id, settled, leased) VALUES ('org', '', '" MONTH
            "', 5, 0)");

    struct budgets_answer answer = budgets_of((struct budgets_question){.most_accounts = 1000});
    cr_assert_eq(answer.budget_count, 2);
    expect_state(&answer.budgets[0], "a-run", 100);
    expect_state(&answer.budgets[1], "org", 1);
    cr_assert(answer.is_cut);
    cr_assert(text_equals(answer.budgets[0].accounts[0].owner, TEXT("demo/dev/150")));
    cr_assert_eq(answer.budgets[0].accounts[99].settled, 51);

    answer = budgets_of((struct budgets_question){.budget = TEXT("a-run"), .most_accounts = 1000});
    expect_state(&answer.budgets[0], "a-run", 150);
    cr_assert_not(answer.is_cut);
}
