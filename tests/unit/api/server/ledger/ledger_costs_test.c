/* Models of APIs and of one's own side by side: on SQLite and PostgreSQL. */
#include "api/server/ledger/ledger_costs.h"

#include "tests/unit/api/server/ledger/ledger_rig.h"

TestSuite(ledger_costs, .timeout = 120);

static const struct ledger_scope everybody = {.is_all = true};

struct told_costs {
    bool is_answered;
    struct costs_answer answer;
};

static void
on_answer(void *owner, const struct costs_answer *answer)
{
    struct told_costs *told = owner;
    cr_assert_not(told->is_answered, "answered twice");
    *told = (struct told_costs){true, *answer};
}

static struct costs_answer
ask(struct costs_question question)
{
    struct told_costs told = {0};
    question.scope = question.scope ? question.scope : &everybody;
    question.until_ms = question.until_ms > 0 ? question.until_ms : INT64_MAX;
    ledger_costs(the_ledger(), rig.arena, &question, on_answer, &told);
    rig_until(&told.is_answered);
    return told.answer;
}

static struct costs_answer
costs_by(enum usage_dimension by, const struct ledger_scope *scope)
{
    struct costs_answer answer = ask((struct costs_question){.scope = scope, .by = {by}, .by_count = 1});
    cr_assert_eq(answer.end, LEDGER_DONE, "%s", answer.why.message);
    return answer;
}

/* One request of this caller that this provider took. */
#define ASKED(ID, CALLER, PROVIDER, MORE)                                                                    \
    RECORD(ID, ",\"caller\":\"" CALLER "\",\"provider\":\"" PROVIDER "\",\"requests\":1" MORE)               \
    "\n"

static const char *const hours[] = {
    "INSERT INTO runtime_hour VALUES (1764000000000, 'demo', 'dev', 'llama', 'llama-8b', 'p', '', "
    "'Requests', "
    "'cpu', 1, 1, 1, 1, 1000, 0, '')",
    "INSERT INTO runtime_hour VALUES (1763996400000, 'demo', 'dev', 'llama', 'llama-8b', 'p', '', "
    "'Requests', "
    "'cpu', 1, 1, 1, 1, 7, 0, '')",
    "INSERT INTO runtime_hour VALUES (1764000000000, 'demo', 'dev', 'web', '', 'w', '', 'Requests', 'cpu', "
    "1, "
    "1, 1, 1, 5000, 0, '')",
};

/* A model's pods in demo/dev: 1000 nano-USD in the hour of the records, 7 in the one before; and others'. */
static void
given_costs(void)
{
    static const char records[] = ASKED("01A", "ada", "self-hosted/llama", ",\"inputTokens\":30")
        ASKED("01B", "bob", "self-hosted/llama", ",\"inputTokens\":10")
            ASKED("01C", "bob", "openai", ",\"inputTokens\":5,\"cost\":\"0.0000006\"");
    given_ledger();
    given_records(JOURNAL_A, text_of(records));
    for (size_t i = 0; i < COUNT_OF(hours); i++)
        rig_sql(hours[i]);
}

ON_BOTH(ledger_costs, are_those_of_apis_and_of_models_pods_side_by_side)
{
    given_costs();
    struct costs_answer answer = costs_by(USAGE_BY_PROVIDER, NULL);
    cr_assert_eq(answer.row_count, 2);
    cr_assert(text_equals(answer.rows[0].by[USAGE_BY_PROVIDER], TEXT("self-hosted/llama")));
    cr_assert_eq(answer.rows[0].runtime_nano, 1000);
    cr_assert_eq(answer.rows[0].api_nano, 0);
    cr_assert_eq(answer.rows[0].requests, 2);
    cr_assert_eq(answer.rows[0].tokens, 40);
    cr_assert_eq(answer.rows[1].api_nano, 600);
    cr_assert_eq(answer.rows[1].runtime_nano, 0);
    cr_assert_eq(answer.idle_nano, 7);
}

ON_BOTH(ledger_costs, are_borne_by_tokens_whoever_is_asked_about)
{
    given_costs();
    struct costs_answer answer = costs_by(USAGE_BY_CALLER, NULL);
    cr_assert_eq(answer.row_count, 2);
    cr_assert(text_equals(answer.rows[0].by[USAGE_BY_CALLER], TEXT("bob")));
    cr_assert_eq(answer.rows[0].runtime_nano, 250);
    cr_assert_eq(answer.rows[0].api_nano, 600);
    cr_assert_eq(answer.rows[1].runtime_nano, 750);
    cr_assert_eq(costs_by(USAGE_BY_WORKSPACE, NULL).rows[0].runtime_nano, 1000);
    struct costs_answer all = ask((struct costs_question){0});
    cr_assert_eq(all.end, LEDGER_DONE, "%s", all.why.message);
    cr_assert_eq(all.row_count, 1);
    cr_assert_eq(all.rows[0].api_nano + all.rows[0].runtime_nano + all.idle_nano, 1607);
}

ON_BOTH(ledger_costs, are_told_to_whom_they_concern)
{
    struct text others[] = {TEXT("other")};
    const struct ledger_scope other = {.workspaces = {others, 1}};
    given_costs();
    struct costs_answer answer = costs_by(USAGE_BY_CALLER, &other);
    cr_assert_eq(answer.row_count, 0);
    cr_assert_eq(answer.idle_nano, 0);
    cr_assert_eq(ask((struct costs_question){.scope = &other}).row_count, 0);
    cr_assert_eq(ask((struct costs_question){.environment = TEXT("prod")}).idle_nano, 0);
    cr_assert_eq(ask((struct costs_question){.until_ms = SOME_HOUR_MS}).idle_nano, 7);
}

ON_BOTH(ledger_costs, of_more_than_is_answered_at_once_are_refused)
{
    given_ledger();
    rig_sql(
        "INSERT INTO runtime_hour SELECT CAST(hour AS bigint) * 3600000, 'demo', 'dev', 'llama', 'm', 'p', "
        "'', 'Requests', "
        "'cpu', 1, 1, 1, 1, 1, 0, '' FROM (WITH RECURSIVE n(hour) AS (SELECT 1 UNION ALL SELECT hour + 1 "
        "FROM n "
        "WHERE hour < 50001) SELECT hour FROM n) AS hours");
    struct costs_answer answer = ask((struct costs_question){0});
    cr_assert_eq(answer.end, LEDGER_REFUSED);
    cr_assert(strstr(answer.why.message, "shorter time") != NULL, "%s", answer.why.message);
}
