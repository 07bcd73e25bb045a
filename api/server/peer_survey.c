/* Two things are waited for beside each other: the gateways here, and the peers. */
#include "api/server/peer_survey.h"

#include "api/server/gateway_calls.h"
#include "api/server/ledger/ledger_peer_looks.h"
#include "api/server/ledger/ledger_scope.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/id.h"
#include "lib/base/map.h"
#include "lib/net/loop.h"

/* A peer looks every second, and waits for its gateways as long as a survey does. */
enum { PEER_WAIT_MS = 5000, TAKE_EVERY_MS = 200 };

struct peer_survey {
    struct arena *arena;
    const struct survey_peers *peers;
    struct text look;
    struct loop_timer *timer;
    int64_t started_ms;
    bool is_local_heard, are_peers_over, is_answered;
    struct surveyed *gateways; /* of the local answer, and what peers say of theirs; once it is heard */
    struct survey_answer answer;
    struct peer_calls *found;
    size_t found_count, capacity;
    survey_answer_fn on_answer;
    void *owner;
};

static bool is_about_peers(const struct survey_peers *peers, const struct survey_question *question);
static void begin_look(struct peer_survey *survey, const struct survey_question *question);
static void on_look(void *owner, const struct ledger_outcome *outcome);
static void take(void *owner);
static void on_calls(void *owner, const struct peer_calls_answer *answer);
static void on_local(void *owner, const struct survey_answer *answer);
static void go_on(struct peer_survey *survey);
static void apply(struct peer_survey *survey, const struct peer_calls *found);
static void
set_calls(struct peer_survey *survey, struct surveyed *surveyed, const struct gateway_calls *calls);
static bool is_complete(const struct peer_survey *survey);

bool
peer_survey(struct call_surveys *surveys, struct arena *arena, const struct survey_question *question,
            struct error *err)
{
    struct peer_survey *survey = arena_alloc(arena, sizeof(*survey));
    const struct survey_peers *peers = call_surveys_peers(surveys);
    *survey = (struct peer_survey){.arena = arena,
                                   .peers = peers,
                                   .are_peers_over = true,
                                   .on_answer = question->on_answer,
                                   .owner = question->owner};
    struct survey_question local = *question;
    local.on_answer = on_local;
    local.owner = survey;
    if (!call_survey(surveys, arena, &local, err))
        return false;
    if (peers && is_about_peers(peers, question))
        begin_look(survey, question);
    return true;
}

static bool
is_about_peers(const struct survey_peers *peers, const struct survey_question *question)
{
    for (size_t i = 0; i < peers->elsewhere->count; i++) {
        const struct peer_gateway *gateway = &peers->elsewhere->items[i];
        if (survey_question_is_about(question, gateway->workspace, gateway->environment))
            return true;
    }
    return false;
}

static void
begin_look(struct peer_survey *survey, const struct survey_question *question)
{
    survey->look = id_new(survey->arena);
    survey->are_peers_over = false;
    survey->started_ms = loop_now_ms(survey->peers->loop);
    survey->timer = loop_timer_new(survey->peers->loop, survey->arena, take, survey);
    const struct peer_look look = {survey->look, survey->peers->self, question->workspace,
                                   question->environment};
    ledger_peers_look(survey->peers->ledger, survey->arena, &look, on_look, survey);
}

static void
on_look(void *owner, const struct ledger_outcome *outcome)
{
    struct peer_survey *survey = owner;
    survey->are_peers_over = outcome->end != LEDGER_DONE;
    go_on(survey);
}

static void
take(void *owner)
{
    struct peer_survey *survey = owner;
    ledger_peers_take_calls(survey->peers->ledger, survey->arena, survey->look, on_calls, survey);
}

static void
on_calls(void *owner, const struct peer_calls_answer *answer)
{
    struct peer_survey *survey = owner;
    for (size_t i = 0; i < answer->count; i++) {
        survey->found = arena_grow(survey->arena, survey->found, survey->found_count, &survey->capacity,
                                   sizeof(*survey->found));
        survey->found[survey->found_count++] = answer->items[i];
    }
    survey->are_peers_over =
        answer->end != LEDGER_DONE || loop_now_ms(survey->peers->loop) - survey->started_ms >= PEER_WAIT_MS;
    go_on(survey);
}

static void
on_local(void *owner, const struct survey_answer *answer)
{
    struct peer_survey *survey = owner;
    survey->is_local_heard = true;
    survey->answer = *answer;
    survey->gateways = arena_copy(survey->arena, answer->gateways, answer->count * sizeof(*answer->gateways));
    survey->answer.gateways = survey->gateways;
    go_on(survey);
}

/* A question that is with the database while all is heard is answered to nobody. */
static void
go_on(struct peer_survey *survey)
{
    if (survey->is_answered)
        return;
    for (size_t i = 0; survey->is_local_heard && i < survey->found_count; i++)
        apply(survey, &survey->found[i]);
    if (survey->is_local_heard)
        survey->found_count = 0;
    if (survey->is_local_heard && (survey->are_peers_over || is_complete(survey))) {
        survey->is_answered = true;
        survey->on_answer(survey->owner, &survey->answer);
    } else if (!survey->are_peers_over && !loop_timer_is_running(survey->timer)) {
        loop_timer_start(survey->timer, TAKE_EVERY_MS);
    }
}

/* Whom its peer does not name has left it, and may be with the one that does. What cannot be read is no
 * answer.
 */
static void
apply(struct peer_survey *survey, const struct peer_calls *found)
{
    struct gateways_calls calls;
    struct error why;
    struct map *journals = map_new(survey->arena);
    if (!gateway_calls_parse(survey->arena, found->calls, &calls, &why))
        return;
    for (size_t i = 0; i < calls.gateways.count; i++)
        map_set(journals, calls.gateways.items[i].journal, &calls.gateways.items[i]);
    for (size_t i = 0; i < survey->answer.count; i++) {
        struct surveyed *surveyed = &survey->gateways[i];
        const struct gateway_calls *said = map_find(journals, surveyed->journal);
        if (said && !text_is_empty(surveyed->peer) && surveyed->state != SURVEYED_HEARD)
            set_calls(survey, surveyed, said);
        else if (surveyed->state == SURVEYED_ELSEWHERE && text_equals(surveyed->peer, found->peer))
            surveyed->state = SURVEYED_LOST;
    }
}

static void
set_calls(struct peer_survey *survey, struct surveyed *surveyed, const struct gateway_calls *calls)
{
    surveyed->state = calls->state;
    if (surveyed->state != SURVEYED_HEARD)
        return;
    struct ledger_running *running = arena_alloc(survey->arena, sizeof(*running));
    *running = (struct ledger_running){.calls = calls->calls, .is_cut = calls->is_cut};
    surveyed->running = running;
}

static bool
is_complete(const struct peer_survey *survey)
{
    for (size_t i = 0; i < survey->answer.count; i++)
        if (survey->gateways[i].state == SURVEYED_ELSEWHERE)
            return false;
    return true;
}
