/* A survey is a list of the gateways it is about, ticked off as they answer. */
#include "api/server/call_survey.h"

#include "api/server/ledger/ledger_peers.h"
#include "api/server/ledger/ledger_scope.h"
#include "api/types/request_report.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/net/loop.h"

enum { MOST_SURVEYS = 4, WAIT_MS = 2000 };

struct survey {
    struct survey *next, **place; /* of those that wait; place NULL: it does not */
    struct call_surveys *surveys;
    struct arena *arena;
    int64_t number;
    struct surveyed *gateways;
    size_t capacity, waiting_count, kept_calls;
    struct survey_answer answer;
    struct loop_timer *timer;
    survey_answer_fn on_answer;
    void *owner;
};

struct call_surveys {
    struct loop *loop;
    struct surveyed_gateway *gateways;
    const struct survey_peers *peers; /* NULL: there are none */
    struct survey *waiting;
    size_t waiting_count;
    int64_t last_number;
};

static void add_gateway(struct survey *survey, const struct surveyed_gateway *gateway);
static void add_elsewhere(struct survey *survey, const struct survey_question *question);
static bool is_here(const struct call_surveys *surveys, struct text journal);
static struct surveyed *add(struct survey *survey, const struct surveyed_gateway *gateway);
static struct surveyed *find_waiting(const struct survey *survey, const struct surveyed_gateway *gateway);
static void tick_off(struct survey *survey, struct surveyed *surveyed, enum surveyed_state state);
static void on_over(void *owner);
static void stop_waiting(void *owner);
static void on_release_running(void *owner);

struct call_surveys *
call_surveys_new(struct arena *arena, struct loop *loop)
{
    struct call_surveys *surveys = arena_alloc(arena, sizeof(*surveys));
    *surveys = (struct call_surveys){.loop = loop};
    return surveys;
}

void
call_surveys_know(struct call_surveys *surveys, const struct survey_peers *peers)
{
    surveys->peers = peers;
}

const struct survey_peers *
call_surveys_peers(const struct call_surveys *surveys)
{
    return surveys->peers;
}

void
call_surveys_join(struct call_surveys *surveys, struct surveyed_gateway *gateway)
{
    gateway->next = surveys->gateways;
    gateway->place = &surveys->gateways;
    if (gateway->next)
        gateway->next->place = &gateway->next;
    surveys->gateways = gateway;
}

void
call_surveys_leave(struct call_surveys *surveys, struct surveyed_gateway *gateway)
{
    if (!gateway->place)
        return;
    if (gateway->next)
        gateway->next->place = gateway->place;
    *gateway->place = gateway->next;
    gateway->place = NULL;
    for (struct survey *survey = surveys->waiting; survey; survey = survey->next) {
        struct surveyed *surveyed = find_waiting(survey, gateway);
        if (surveyed)
            tick_off(survey, surveyed, SURVEYED_LOST);
    }
}

void
call_surveys_hear(struct call_surveys *surveys, const struct surveyed_gateway *gateway, struct arena *arena,
                  const struct ledger_running *running)
{
    struct survey *survey = surveys->waiting;
    while (survey && survey->number != running->number)
        survey = survey->next;
    struct surveyed *surveyed = survey ? find_waiting(survey, gateway) : NULL;
    if (!surveyed || survey->kept_calls + running->calls.count > REQUESTS_MAX_ROWS) {
        arena_free(arena);
    } else {
        arena_defer(survey->arena, on_release_running, arena);
        surveyed->running = arena_copy(survey->arena, running, sizeof(*running));
        survey->kept_calls += running->calls.count;
    }
    if (surveyed)
        tick_off(survey, surveyed, SURVEYED_HEARD);
}

bool
survey_question_is_about(const struct survey_question *question, struct text workspace,
                         struct text environment)
{
    return ledger_scope_has(question->scope, workspace) &&
           (text_is_empty(question->workspace) || text_equals(question->workspace, workspace)) &&
           (text_is_empty(question->environment) || text_equals(question->environment, environment));
}

bool
call_survey(struct call_surveys *surveys, struct arena *arena, const struct survey_question *question,
            struct error *err)
{
    if (surveys->waiting_count == MOST_SURVEYS)
        return error_set(err, ERROR_UNAVAILABLE, "%d ask already which calls run", MOST_SURVEYS);
    struct survey *survey = arena_alloc(arena, sizeof(*survey));
    *survey = (struct survey){.next = surveys->waiting,
                              .place = &surveys->waiting,
                              .surveys = surveys,
                              .arena = arena,
                              .number = ++surveys->last_number,
                              .answer = {.asked_ms = clock_unix_ms()},
                              .on_answer = question->on_answer,
                              .owner = question->owner};
    if (survey->next)
        survey->next->place = &survey->next;
    surveys->waiting = survey;
    surveys->waiting_count++;
    survey->timer = loop_timer_new(surveys->loop, arena, on_over, survey);
    arena_defer(arena, stop_waiting, survey);
    for (struct surveyed_gateway *gateway = surveys->gateways; gateway; gateway = gateway->next)
        if (survey_question_is_about(question, gateway->workspace, gateway->environment))
            add_gateway(survey, gateway);
    if (surveys->peers && !question->is_local)
        add_elsewhere(survey, question);
    loop_timer_start(survey->timer, survey->waiting_count > 0 ? WAIT_MS : 0);
    return true;
}

static void
add_gateway(struct survey *survey, const struct surveyed_gateway *gateway)
{
    struct surveyed *surveyed = add(survey, gateway);
    surveyed->state = gateway->can_answer ? SURVEYED_WAITING : SURVEYED_CANNOT;
    if (!gateway->can_answer)
        return;
    surveyed->gateway = gateway;
    survey->waiting_count++;
    gateway->ask(gateway->owner, survey->number);
}

static void
add_elsewhere(struct survey *survey, const struct survey_question *question)
{
    const struct peer_gateway_list *elsewhere = survey->surveys->peers->elsewhere;
    for (size_t i = 0; i < elsewhere->count; i++) {
        const struct peer_gateway *one = &elsewhere->items[i];
        const struct surveyed_gateway gateway = {.journal = one->journal,
                                                 .workspace = one->workspace,
                                                 .environment = one->environment,
                                                 .name = one->name};
        if (!survey_question_is_about(question, one->workspace, one->environment) ||
            is_here(survey->surveys, one->journal))
            continue;
        struct surveyed *surveyed = add(survey, &gateway);
        surveyed->state = SURVEYED_ELSEWHERE;
        surveyed->peer = text_copy(survey->arena, one->peer);
    }
}

static bool
is_here(const struct call_surveys *surveys, struct text journal)
{
    const struct surveyed_gateway *gateway = surveys->gateways;
    while (gateway && !text_equals(gateway->journal, journal))
        gateway = gateway->next;
    return gateway != NULL;
}

/* Nobody's yet. */
static struct surveyed *
add(struct survey *survey, const struct surveyed_gateway *gateway)
{
    struct survey_answer *answer = &survey->answer;
    survey->gateways = arena_grow(survey->arena, survey->gateways, answer->count, &survey->capacity,
                                  sizeof(*survey->gateways));
    answer->gateways = survey->gateways;
    struct surveyed *surveyed = &survey->gateways[answer->count++];
    *surveyed = (struct surveyed){.journal = text_copy(survey->arena, gateway->journal),
                                  .workspace = text_copy(survey->arena, gateway->workspace),
                                  .environment = text_copy(survey->arena, gateway->environment),
                                  .name = text_copy(survey->arena, gateway->name)};
    return surveyed;
}

static struct surveyed *
find_waiting(const struct survey *survey, const struct surveyed_gateway *gateway)
{
    for (size_t i = 0; i < survey->answer.count; i++)
        if (survey->gateways[i].gateway == gateway)
            return &survey->gateways[i];
    return NULL;
}

/* The last one brings the answer, from the loop. */
static void
tick_off(struct survey *survey, struct surveyed *surveyed, enum surveyed_state state)
{
    surveyed->state = state;
    surveyed->gateway = NULL;
    if (--survey->waiting_count == 0)
        loop_timer_start(survey->timer, 0);
}

static void
on_over(void *owner)
{
    struct survey *survey = owner;
    stop_waiting(survey);
    survey->on_answer(survey->owner, &survey->answer);
}

static void
stop_waiting(void *owner)
{
    struct survey *survey = owner;
    if (!survey->place)
        return;
    if (survey->next)
        survey->next->place = survey->place;
    *survey->place = survey->next;
    survey->place = NULL;
    survey->surveys->waiting_count--;
}

static void
on_release_running(void *owner)
{
    arena_free(owner);
}
