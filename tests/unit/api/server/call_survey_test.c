/* Who is asked which calls run, and when the asker is answered. */
#include "api/server/call_survey.h"

#include "api/server/ledger/ledger_scope.h"
#include "api/types/request_report.h"
#include "lib/base/error.h"
#include "tests/support/sql_rig.h"

enum { MOST = 4 };

static struct call_surveys *surveys;
static struct surveyed_gateway gateways[MOST];
static int64_t asked[MOST]; /* the number each was asked with last; 0: it was not */

static void
set_up(void)
{
    rig_given_loop();
    surveys = call_surveys_new(rig.arena, rig.loop);
    memset(asked, 0, sizeof(asked));
}

TestSuite(call_survey, .init = set_up, .timeout = 30);

static void
ask(void *owner, int64_t number)
{
    *(int64_t *)owner = number;
}

static void
given_gateway(size_t at, const char *workspace, const char *environment)
{
    gateways[at] = (struct surveyed_gateway){.workspace = text_of(workspace),
                                             .environment = text_of(environment),
                                             .name = TEXT("g"),
                                             .can_answer = true,
                                             .ask = ask,
                                             .owner = &asked[at]};
    call_surveys_join(surveys, &gateways[at]);
}

struct surveying {
    bool is_answered;
    struct survey_answer answer;
};

static void
on_answer(void *owner, const struct survey_answer *answer)
{
    struct surveying *surveying = owner;
    cr_assert_not(surveying->is_answered, "answered twice");
    *surveying = (struct surveying){true, *answer};
}

static void
begin(struct surveying *surveying, struct arena *arena, const struct survey_question *question)
{
    struct error err = {0};
    *surveying = (struct surveying){0};
    struct survey_question asked_by = *question;
    asked_by.on_answer = on_answer;
    asked_by.owner = surveying;
    cr_assert(call_survey(surveys, arena, &asked_by, &err), "%s", err.message);
    cr_assert_not(surveying->is_answered, "answered from inside call_survey");
}

static void
say(size_t gateway, int64_t number, size_t count)
{
    struct arena *arena = arena_new(0);
    struct ledger_running *running = arena_alloc(arena, sizeof(*running));
    *running = (struct ledger_running){
        .number = number, .calls = {arena_alloc_array(arena, count, sizeof(struct running_call)), count}};
    call_surveys_hear(surveys, &gateways[gateway], arena, running);
}

static const struct ledger_scope all = {.is_all = true};

Test(call_survey, asks_gateways_of_workspaces_that_the_asker_may_see_and_no_others)
{
    struct text demo = TEXT("demo");
    const struct ledger_scope his = {.workspaces = {&demo, 1}};
    struct surveying surveying;
    given_gateway(0, "demo", "dev");
    given_gateway(1, "demo", "prod");
    given_gateway(2, "other", "dev");
    begin(&surveying, rig.arena, &(struct survey_question){.scope = &his});
    cr_assert(asked[0] > 0 && asked[1] == asked[0] && asked[2] == 0);
    say(0, asked[0], 2);
    cr_assert_not(surveying.is_answered, "one is missing");
    say(1, asked[1], 0);
    rig_until(&surveying.is_answered);
    cr_assert_eq(surveying.answer.count, 2u);
    for (size_t i = 0; i < 2; i++) {
        const struct surveyed *surveyed = &surveying.answer.gateways[i];
        cr_assert_eq(surveyed->state, SURVEYED_HEARD);
        bool is_dev = text_equals(surveyed->environment, TEXT("dev"));
        cr_assert_eq(surveyed->running->calls.count, is_dev ? 2u : 0u);
    }

    begin(&surveying, rig.arena,
          &(struct survey_question){.scope = &all, .workspace = TEXT("other"), .environment = TEXT("dev")});
    say(2, asked[2], 0);
    rig_until(&surveying.is_answered);
    cr_assert_eq(surveying.answer.count, 1u);
}

Test(call_survey, is_answered_at_once_when_there_is_nobody_to_wait_for)
{
    struct surveying surveying;
    begin(&surveying, rig.arena, &(struct survey_question){.scope = &all});
    rig_until(&surveying.is_answered);
    cr_assert_eq(surveying.answer.count, 0u);
    given_gateway(0, "demo", "dev");
    gateways[0].can_answer = false;
    begin(&surveying, rig.arena, &(struct survey_question){.scope = &all});
    rig_until(&surveying.is_answered);
    cr_assert_eq(surveying.answer.gateways[0].state, SURVEYED_CANNOT);
    cr_assert_eq(asked[0], 0);
}

Test(call_survey, waits_for_nobody_who_is_lost_and_for_nobody_for_long)
{
    struct surveying surveying;
    given_gateway(0, "demo", "dev");
    given_gateway(1, "demo", "prod");
    begin(&surveying, rig.arena, &(struct survey_question){.scope = &all});
    call_surveys_leave(surveys, &gateways[0]);
    call_surveys_leave(surveys, &gateways[0]);
    rig_until(&surveying.is_answered);
    cr_assert_eq(surveying.answer.count, 2u);
    int lost = 0, waiting = 0;
    for (size_t i = 0; i < 2; i++) {
        lost += surveying.answer.gateways[i].state == SURVEYED_LOST;
        waiting += surveying.answer.gateways[i].state == SURVEYED_WAITING;
    }
    cr_assert(lost == 1 && waiting == 1);
    say(1, asked[1], 1); /* too late, and of no effect */
}

Test(call_survey, keeps_so_many_calls_and_says_where_there_are_more)
{
    struct surveying surveying;
    given_gateway(0, "demo", "dev");
    given_gateway(1, "demo", "prod");
    begin(&surveying, rig.arena, &(struct survey_question){.scope = &all});
    say(0, asked[0], REQUESTS_MAX_ROWS);
    say(0, asked[0], 1); /* again, and of no effect */
    say(1, asked[1] + 1, 1);
    cr_assert_not(surveying.is_answered);
    say(1, asked[1], 1);
    rig_until(&surveying.is_answered);
    size_t kept = 0;
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(surveying.answer.gateways[i].state, SURVEYED_HEARD);
        kept += surveying.answer.gateways[i].running != NULL;
    }
    cr_assert_eq(kept, 1u);
}

Test(call_survey, is_refused_beyond_a_few_at_once_and_forgotten_with_its_arena)
{
    struct surveying first[MOST], more;
    struct arena *arena = arena_new(0);
    struct error err = {0};
    const struct survey_question question = {.scope = &all};
    given_gateway(0, "demo", "dev");
    for (size_t i = 0; i < MOST; i++)
        begin(&first[i], arena, &question);
    cr_assert_not(call_survey(surveys, rig.arena, &question, &err));
    cr_assert_eq(err.kind, ERROR_UNAVAILABLE);
    int64_t number = asked[0];
    arena_free(arena);
    say(0, number, 1);
    begin(&more, rig.arena, &question);
    say(0, asked[0], 1);
    rig_until(&more.is_answered);
    for (size_t i = 0; i < MOST; i++)
        cr_assert_not(first[i].is_answered);
}
