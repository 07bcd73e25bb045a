/* Asks every gateway that has a stream here which calls run in it, and waits for their answers, but not for
 * long. Those of other weir-api are named, so that nobody takes a part for the whole. Nothing of it is kept:
 * who asks sees what is so just then. */
#pragma once

#include "api/types/look_frames.h"
#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct call_surveys;
struct error;
struct ledger;
struct ledger_scope;
struct loop;
struct peer_gateway_list;

struct call_surveys *call_surveys_new(struct arena *arena, struct loop *loop);
/* The other weir-api of the database: their gateways are named in each survey that is about them. */
struct survey_peers {
    struct loop *loop;
    struct ledger *ledger;
    struct text self;
    const struct peer_gateway_list *elsewhere; /* looked at whenever there is a survey */
};
void call_surveys_know(struct call_surveys *surveys, const struct survey_peers *peers);
const struct survey_peers *call_surveys_peers(const struct call_surveys *surveys); /* NULL: there are none */

/* A gateway that can be asked; its owner's memory. */
struct surveyed_gateway {
    struct text journal, workspace, environment, name;
    bool can_answer; /* its version knows the question */
    void (*ask)(void *owner, int64_t number);
    void *owner;
    struct surveyed_gateway *next, **place; /* the list's */
};
void call_surveys_join(struct call_surveys *surveys, struct surveyed_gateway *gateway);
/* It is lost. Nothing when it did not join. */
void call_surveys_leave(struct call_surveys *surveys, struct surveyed_gateway *gateway);
/* Its answer, which is in the arena: that is the survey's from now on, or ends here when it comes too late.
 */
void call_surveys_hear(struct call_surveys *surveys, const struct surveyed_gateway *gateway,
                       struct arena *arena, const struct ledger_running *running);

struct survey_answer;
typedef void (*survey_answer_fn)(void *owner, const struct survey_answer *answer);

struct survey_question {
    const struct ledger_scope *scope;
    struct text workspace, environment; /* empty: all that the scope has */
    bool is_local;                      /* nothing of other weir-api */
    survey_answer_fn on_answer;
    void *owner;
};

/* What became of a gateway that a survey is about. */
enum surveyed_state {
    SURVEYED_WAITING, /* it was asked, and has not answered */
    SURVEYED_HEARD,
    SURVEYED_LOST,      /* before it answered */
    SURVEYED_CANNOT,    /* its version does not know the question: it was not asked */
    SURVEYED_ELSEWHERE, /* its stream is with another weir-api, which did not say */
};

struct surveyed {
    const struct surveyed_gateway *gateway; /* NULL: it is gone */
    struct text journal, peer;              /* peer: the weir-api that it is with; empty: this one */
    struct text workspace, environment, name;
    enum surveyed_state state;
    const struct ledger_running *running; /* SURVEYED_HEARD; NULL: more came in all than is kept */
};

struct survey_answer {
    int64_t asked_ms;                /* Unix */
    const struct surveyed *gateways; /* when its time was up one may be waiting still */
    size_t count;
};

bool survey_question_is_about(const struct survey_question *question, struct text workspace,
                              struct text environment);
/* Answered from the loop, in the arena; ending that forgets it. ERROR_UNAVAILABLE: as many as may be are
 * asked already. */
MUST_CHECK bool call_survey(struct call_surveys *surveys, struct arena *arena,
                            const struct survey_question *question, struct error *err);
