/* Who reached a threshold of a budget is an alert, once, in the transaction that settles it: on SQLite and
 * PostgreSQL. */
#include "api/server/ledger/ledger_alerts.h"

#include "api/server/ledger/ledger_charges.h"
#include "api/server/ledger/ledger_untold.h"
#include "api/server/ledger/watched_budgets.h"
#include "lib/base/buffer.h"
#include "tests/unit/api/server/ledger/lending_rig.h"

TestSuite(ledger_alerts, .timeout = 120);

static const struct ledger_scope everybody = {.is_all = true};

struct told_alerts {
    bool is_answered;
    struct alerts_answer answer;
};

static void
on_answer(void *owner, const struct alerts_answer *answer)
{
    struct told_alerts *told = owner;
    cr_assert_not(told->is_answered, "answered twice");
    *told = (struct told_alerts){true, *answer};
}

static struct alerts_answer
alerts_of(struct alerts_question question)
{
    struct told_alerts told = {0};
    question.scope = question.scope ? question.scope : &everybody;
    question.until_ms = question.until_ms > 0 ? question.until_ms : INT64_MAX;
    question.most_rows = question.most_rows > 0 ? question.most_rows : 100;
    ledger_alerts(the_ledger(), rig.arena, &question, on_answer, &told);
    rig_until(&told.is_answered);
    cr_assert_eq(told.answer.end, LEDGER_DONE, "%s", told.answer.why.message);
    return told.answer;
}

/* "OWNER PERCENT SETTLED" of each, oldest first. */
static void
expect_alerts(const char *wanted)
{
    struct alerts_answer answer = alerts_of((struct alerts_question){0});
    struct buffer found;
    buffer_init(&found, rig.arena, 256);
    for (size_t i = answer.count; i-- > 0;) {
        const struct kept_alert *alert = &answer.alerts[i];
        buffer_print(&found, "%s%.*s %lld %lld", found.length > 0 ? ", " : "", TEXT_ARG(alert->owner),
                     (long long)alert->percent, (long long)alert->settled);
    }
    cr_assert(text_equals(buffer_text(&found), text_of(wanted)), "%.*s", TEXT_ARG(buffer_text(&found)));
}

static struct gateway_budget
told_budget(const char *id, enum policy_scope scope, int64_t amount)
{
    static int64_t percents[] = {50, 80, 100};
    struct gateway_budget budget = given_budget(id, scope, amount);
    budget.alerts = (struct int_list){percents, COUNT_OF(percents)};
    return budget;
}

/* "environment" of 100 and "org" of 1000 tell at 50, 80 and 100 percent; "workspace" of 500 tells nobody. */
static void
given_told_book(void)
{
    struct gateway_budget budgets[] = {told_budget("environment", POLICY_SCOPE_ENVIRONMENT, 100),
                                       told_budget("org", POLICY_SCOPE_ORGANISATION, 1000),
                                       given_budget("workspace", POLICY_SCOPE_WORKSPACE, 500)};
    given_ledger();
    struct ledger_outcome outcome = book("1", budgets, COUNT_OF(budgets));
    cr_assert_eq(outcome.end, LEDGER_DONE, "%s", outcome.why.message);
    cr_assert_eq(welcome(JOURNAL_A, "demo", "dev").end, LEDGER_DONE);
}

/* On no lease: settled all the same. Returns how many alerts it brought. */
static int64_t
spend(int64_t number, const char *budget, const char *owner, int64_t amount)
{
    const char *id = text_c_string(rig.arena, text_format(rig.arena, "01R%lld", (long long)number));
    struct text charges = charge(budget, owner, TEXT(""), amount);
    struct ledger_outcome outcome =
        ingest(JOURNAL_A, number, record_charged(id, text_c_string(rig.arena, charges)));
    cr_assert_eq(outcome.end, LEDGER_DONE, "%s", outcome.why.message);
    return outcome.alerts;
}

ON_BOTH(ledger_alerts, are_made_when_a_threshold_is_reached_and_not_before_and_not_again)
{
    given_told_book();
    cr_assert_eq(spend(0, "environment", "demo/dev", 49), 0);
    expect_alerts("");
    cr_assert_eq(spend(1, "environment", "demo/dev", 1), 1);
    cr_assert_eq(spend(2, "environment", "demo/dev", 29), 0);
    cr_assert_eq(spend(3, "environment", "demo/dev", 3), 1);
    expect_alerts("demo/dev 50 50, demo/dev 80 82");
}

ON_BOTH(ledger_alerts, of_several_thresholds_at_once_are_one_each)
{
    given_told_book();
    cr_assert_eq(spend(0, "environment", "demo/dev", 130), 3);
    cr_assert_eq(spend(1, "environment", "demo/dev", 10), 0);
    expect_alerts("demo/dev 50 130, demo/dev 80 130, demo/dev 100 130");
}

ON_BOTH(ledger_alerts, say_which_budget_window_and_amount)
{
    given_told_book();
    spend(0, "environment", "demo/dev", 60);
    struct alerts_answer answer = alerts_of((struct alerts_question){0});
    cr_assert_eq(answer.count, 1);
    const struct kept_alert *alert = &answer.alerts[0];
    cr_assert_eq(alert->id.length, 30u);
    cr_assert_eq(alert->time_ms, LEDGER_RIG_CAME_MS);
    cr_assert(text_equals(alert->budget, TEXT("environment")));
    cr_assert(text_equals(alert->window, TEXT(MONTH)));
    cr_assert_eq(alert->amount, 100);
    cr_assert_eq(alert->scope, POLICY_SCOPE_ENVIRONMENT);
    cr_assert_eq(alert->unit, BUDGET_UNIT_USD);
    cr_assert_eq(alert->period, BUDGET_PERIOD_MONTH);
}

ON_BOTH(ledger_alerts, of_a_batch_are_by_what_all_its_records_come_to)
{
    given_told_book();
    struct buffer records;
    buffer_init(&records, rig.arena, 4096);
    struct text lease = given_lease(JOURNAL_A, "environment", "demo/dev", 40);
    for (int i = 0; i < 20; i++) {
        struct text charges = text_format(
            rig.arena, "%.*s,%.*s,%.*s",
            TEXT_ARG(charge("environment", "demo/dev", i % 2 ? lease : TEXT(""), 4)),
            TEXT_ARG(charge("org", "", TEXT(""), 26)), TEXT_ARG(charge("workspace", "demo", TEXT(""), 25)));
        buffer_add_text(&records, record_charged("01A", text_c_string(rig.arena, charges)));
    }
    struct ledger_outcome outcome = ingest(JOURNAL_A, 0, buffer_text(&records));
    cr_assert_eq(outcome.end, LEDGER_DONE, "%s", outcome.why.message);
    cr_assert_eq(outcome.alerts, 3);
    cr_assert_eq(rig_count("SELECT count(*) FROM alert WHERE budget = 'environment' AND settled = 80"), 2);
    cr_assert_eq(rig_count("SELECT count(*) FROM alert WHERE budget = 'org' AND percent = 50"), 1);
    cr_assert_eq(rig_count("SELECT count(*) FROM alert"), 3);
}

ON_BOTH(ledger_alerts, of_a_batch_that_is_sent_again_are_not_made_again)
{
    given_told_book();
    struct text records =
        record_charged("01A", text_c_string(rig.arena, charge("environment", "demo/dev", TEXT(""), 55)));
    cr_assert_eq(ingest(JOURNAL_A, 0, records).alerts, 1);
    struct ledger_outcome again = ingest(JOURNAL_A, 0, records);
    cr_assert_eq(again.end, LEDGER_BEHIND);
    cr_assert_eq(again.alerts, 0);
    expect_alerts("demo/dev 50 55");
}

ON_BOTH(ledger_alerts, are_one_whichever_ledger_settles)
{
    given_told_book();
    struct sql_db *other_db = rig_open_another();
    struct ledger *other = given_ledger_on(other_db);
    cr_assert_eq(welcome(JOURNAL_B, "demo", "dev").end, LEDGER_DONE);
    struct asked here, there;
    for (int64_t i = 0; i < 10; i++) {
        struct text records =
            record_charged("01A", text_c_string(rig.arena, charge("environment", "demo/dev", TEXT(""), 6)));
        ingest_begin(&here, the_ledger(), JOURNAL_A, i, records);
        ingest_begin(&there, other, JOURNAL_B, i, records);
        cr_assert_eq(asked_end(&here).end, LEDGER_DONE, "%s", here.outcome.why.message);
        cr_assert_eq(asked_end(&there).end, LEDGER_DONE, "%s", there.outcome.why.message);
    }
    cr_assert_eq(rig_count("SELECT count(*) FROM alert"), 3);
    cr_assert_eq(rig_count("SELECT count(*) FROM alert WHERE (percent = 50 AND settled = 54) OR (percent = "
                           "80 AND settled = 84) OR (percent = 100 AND settled = 102)"),
                 3);
}

ON_BOTH(ledger_alerts, are_not_made_again_by_a_ledger_that_starts_anew)
{
    given_told_book();
    spend(0, "environment", "demo/dev", 60);
    given_ledger();
    cr_assert_eq(spend(1, "environment", "demo/dev", 1), 0);
    cr_assert_eq(spend(2, "environment", "demo/dev", 19), 1);
    expect_alerts("demo/dev 50 60, demo/dev 80 80");
}

ON_BOTH(ledger_alerts, are_of_each_account_by_itself)
{
    given_told_book();
    rig_sql("INSERT INTO account (budget, owner, window_id, settled, leased) VALUES ('environment', "
            "'demo/dev', '2025-10', 99, 0), ('environment', 'demo/prod', '" MONTH "', 99, 0)");
    cr_assert_eq(spend(0, "environment", "demo/dev", 10), 0);
    cr_assert_eq(spend(1, "org", "", 10), 0);
    expect_alerts("");
}

/* What gateways that are gone may have spent is shown as spent. */
ON_BOTH(ledger_alerts, come_of_leases_that_nobody_settles_any_more)
{
    given_told_book();
    struct text lease = given_lease(JOURNAL_A, "environment", "demo/dev", 70);
    given_lease(JOURNAL_A, "environment", "demo/dev", 15);
    cr_assert_eq(sweep(NOW_MS).alerts, 0);
    struct sweep_answer swept = sweep(NOW_MS + LONG_AFTER_MS);
    cr_assert_eq(swept.orphaned, 2);
    cr_assert_eq(swept.alerts, 2);
    expect_alerts("demo/dev 50 85, demo/dev 80 85");
    /* A late record of it settles nothing twice, and a late give-back takes no alert back. */
    cr_assert_eq(give_back(JOURNAL_A, lease, 10, true).end, LEDGER_DONE);
    expect_account("environment", "demo/dev", 25, 0);
    cr_assert_eq(spend(0, "environment", "demo/dev", 60), 0);
    expect_alerts("demo/dev 50 85, demo/dev 80 85");
}

ON_BOTH(ledger_alerts, follow_the_book_with_the_next_record)
{
    given_told_book();
    spend(0, "workspace", "demo", 400);
    expect_alerts("");
    struct gateway_budget told = told_budget("workspace", POLICY_SCOPE_WORKSPACE, 500);
    cr_assert_eq(book("2", &told, 1).end, LEDGER_DONE);
    expect_alerts("");
    cr_assert_eq(spend(1, "environment", "demo/dev", 90), 0, "it is not in the book any more");
    cr_assert_eq(spend(2, "workspace", "demo", 1), 2);
    told.amount = 390;
    cr_assert_eq(book("3", &told, 1).end, LEDGER_DONE);
    cr_assert_eq(spend(3, "workspace", "demo", 1), 1);
    expect_alerts("demo 50 401, demo 80 401, demo 100 402");
}

ON_BOTH(ledger_alerts, of_a_budget_of_nothing_come_with_the_first_unit)
{
    given_told_book();
    struct gateway_budget told = told_budget("environment", POLICY_SCOPE_ENVIRONMENT, 0);
    told.unit = BUDGET_UNIT_TOKENS;
    cr_assert_eq(book("2", &told, 1).end, LEDGER_DONE);
    cr_assert_eq(spend(0, "environment", "demo/dev", 0), 0);
    cr_assert_eq(spend(1, "environment", "demo/dev", 1), 3);
    cr_assert_eq(alerts_of((struct alerts_question){0}).alerts[0].unit, BUDGET_UNIT_TOKENS);
}

ON_BOTH(ledger_alerts, are_asked_for_in_pages_newest_first)
{
    given_told_book();
    spend(0, "environment", "demo/dev", 50);
    spend(1, "org", "", 500);
    spend(2, "environment", "demo/dev", 50);
    struct alerts_answer first = alerts_of((struct alerts_question){.most_rows = 3});
    cr_assert(first.is_cut && first.count == 3);
    cr_assert(first.alerts[0].percent == 100 && first.alerts[1].percent == 80);
    cr_assert(text_equals(first.alerts[2].budget, TEXT("org")));
    struct alerts_answer rest =
        alerts_of((struct alerts_question){.most_rows = 3, .after = first.alerts[2].id});
    cr_assert(!rest.is_cut && rest.count == 1);
    cr_assert_eq(rest.alerts[0].time_ms, LEDGER_RIG_CAME_MS);
}

ON_BOTH(ledger_alerts, are_only_those_that_are_asked_for_and_may_be_seen)
{
    struct text demo = TEXT("demo"), other = TEXT("other");
    const struct ledger_scope his = {.workspaces = {&demo, 1}}, theirs = {.workspaces = {&other, 1}};
    given_told_book();
    spend(0, "environment", "demo/dev", 50);
    spend(1, "workspace", "demo", 1);
    spend(2, "org", "", 500);
    cr_assert_eq(alerts_of((struct alerts_question){.workspace = demo}).count, 1);
    cr_assert_eq(alerts_of((struct alerts_question){.budget = TEXT("org")}).count, 1);
    cr_assert_eq(alerts_of((struct alerts_question){.from_ms = LEDGER_RIG_CAME_MS + 1}).count, 1);
    cr_assert_eq(alerts_of((struct alerts_question){.until_ms = LEDGER_RIG_CAME_MS + 1}).count, 1);
    cr_assert_eq(alerts_of((struct alerts_question){.scope = &his}).count, 1);
    cr_assert_eq(alerts_of((struct alerts_question){.scope = &theirs}).count, 0);
}

/* How many statements settle a batch of these charges, by what the book in force has. */
static size_t
statements_of(struct text charges)
{
    struct watched_budgets *watched = watched_budgets_new(rig.arena);
    struct sql_work *read = sql_work_new(rig.arena, rig.db), *work = sql_work_new(rig.arena, rig.db);
    struct usage_batch batch = {.origin = {TEXT(JOURNAL_A), TEXT("demo"), TEXT("dev")}, .count = 1};
    struct error err = {0};
    watched_budgets_add_read(read);
    struct sql_outcome outcome = rig_run(read);
    cr_assert(watched_budgets_take(watched, outcome.results, &err), "%s", err.message);
    cr_assert(
        usage_batch_read(rig.arena, &batch, record_charged("01A", text_c_string(rig.arena, charges)), &err),
        "%s", err.message);
    struct crossings crossings = crossings_new(rig.arena, watched, batch.charges.count);
    ledger_charges_add(work, &batch, &crossings);
    return sql_work_add(work, "SELECT 1", NULL, 0);
}

ON_BOTH(ledger_alerts, cost_no_statement_where_nobody_is_told_of_a_budget)
{
    given_told_book();
    struct text lease = given_lease(JOURNAL_A, "environment", "demo/dev", 40);
    struct text plain = charge("workspace", "demo", TEXT(""), 4);
    cr_assert_eq(statements_of(plain), 1u);
    cr_assert_eq(statements_of(charge("gone", "demo/dev", TEXT(""), 4)), 1u);
    cr_assert_eq(statements_of(charge("environment", "demo/dev", lease, 4)), 5u);

    struct gateway_budget quiet = given_budget("environment", POLICY_SCOPE_ENVIRONMENT, 100);
    cr_assert_eq(book("quiet", &quiet, 1).end, LEDGER_DONE);
    cr_assert_eq(statements_of(charge("environment", "demo/dev", lease, 4)), 3u);
}

/* Which budgets are watched is kept by each ledger, and a book may come to any. */
ON_BOTH(ledger_alerts, follow_a_book_that_came_to_another_ledger)
{
    given_told_book();
    cr_assert_eq(spend(0, "workspace", "demo", 300), 0);
    struct sql_db *other_db = rig_open_another();
    struct ledger *other = given_ledger_on(other_db);
    struct asked there;
    cr_assert_eq(welcome(JOURNAL_B, "demo", "dev").end, LEDGER_DONE);
    struct text records =
        record_charged("01A", text_c_string(rig.arena, charge("workspace", "demo", TEXT(""), 1)));
    ingest_begin(&there, other, JOURNAL_B, 0, records);
    cr_assert_eq(asked_end(&there).alerts, 0);
    struct gateway_budget told = told_budget("workspace", POLICY_SCOPE_WORKSPACE, 500);
    cr_assert_eq(book("2", &told, 1).end, LEDGER_DONE);
    ingest_begin(&there, other, JOURNAL_B, 1, records);
    cr_assert_eq(asked_end(&there).alerts, 1, "the same transaction");
    ingest_begin(&there, other, JOURNAL_B, 1, records);
    cr_assert_eq(asked_end(&there).end, LEDGER_BEHIND);
    expect_alerts("demo 50 302");
}

static void
given_alerts_of_1970(int count)
{
    struct text add = text_format(
        rig.arena,
        "INSERT INTO alert (id, time_ms, workspace, budget, owner, window_id, percent, scope, unit, period, "
        "amount, settled) WITH RECURSIVE n (i) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT i + 1 FROM n "
        "WHERE i < %d) SELECT '0000000000-' || CAST(i AS text), i, 'demo', 'b', 'o', CAST(i AS text), 50, "
        "'Environment', 'USD', 'Day', 100, 50 FROM n",
        count);
    rig_sql(text_c_string(rig.arena, add));
    rig_sql("INSERT INTO alert_delivery (alert, url, state, tries, due_ms, claim, note) SELECT id, "
            "'https://a.example', 1, 1, 0, '', '' FROM alert");
}

ON_BOTH(ledger_alerts, are_forgotten_when_they_were_kept_long_enough_some_at_a_time)
{
    given_told_book();
    spend(0, "environment", "demo/dev", 60);
    given_alerts_of_1970(501);
    struct sweep_answer swept = sweep(LEDGER_RIG_CAME_MS + ALERTS_KEPT_MS);
    cr_assert_eq(swept.end, LEDGER_DONE, "%s", swept.why.message);
    cr_assert(swept.is_full);
    cr_assert_eq(rig_count("SELECT count(*) FROM alert"), 2);
    cr_assert_eq(rig_count("SELECT count(*) FROM alert_delivery"), 2);
    cr_assert_not(sweep(LEDGER_RIG_CAME_MS + ALERTS_KEPT_MS).is_full);
    expect_alerts("demo/dev 50 60");
    cr_assert_eq(rig_count("SELECT count(*) FROM alert_delivery"), 1);
    sweep(LEDGER_RIG_CAME_MS + ALERTS_KEPT_MS + 1);
    expect_alerts("");
}

static struct alerts_answer
untold(const struct text *told, size_t told_count, size_t most_rows)
{
    struct told_alerts answered = {0};
    const struct untold_question question = {told, told_count, most_rows};
    ledger_untold(the_ledger(), rig.arena, &question, on_answer, &answered);
    rig_until(&answered.is_answered);
    cr_assert_eq(answered.answer.end, LEDGER_DONE, "%s", answered.answer.why.message);
    return answered.answer;
}

ON_BOTH(ledger_alerts, that_nobody_was_told_of_are_known_until_somebody_was)
{
    given_told_book();
    spend(0, "environment", "demo/dev", 100);
    struct alerts_answer first = untold(NULL, 0, 2);
    cr_assert(first.count == 2 && first.is_cut);
    cr_assert(first.alerts[0].percent == 50 && first.alerts[1].percent == 80);
    struct text told[] = {first.alerts[0].id, first.alerts[1].id, TEXT("gone")};
    struct alerts_answer rest = untold(told, COUNT_OF(told), 2);
    cr_assert(rest.count == 1 && !rest.is_cut && rest.alerts[0].percent == 100);
    given_ledger();
    cr_assert_eq(untold(&rest.alerts[0].id, 1, 2).count, 0);
    cr_assert_eq(alerts_of((struct alerts_question){0}).count, 3);
}
