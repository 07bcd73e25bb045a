/* A few at a time: who asks more is not answered, and names our gateways. */
#include "api/server/peer_answers.h"

#include "api/server/gateway_calls.h"
#include "api/server/ledger/ledger_peer_looks.h"
#include "api/server/ledger/ledger_scope.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"

enum { MOST_ANSWERS = 4 };

struct peer_answer {
    struct peer_answers *answers;
    struct arena *arena; /* NULL: it is free */
    struct text look;
};

struct peer_answers {
    struct call_surveys *surveys;
    struct peer_answer items[MOST_ANSWERS];
};

static const struct ledger_scope everything = {.is_all = true}; /* who asks knows what its people may see */

static void on_answer(void *owner, const struct survey_answer *answer);
static void on_said(void *owner, const struct ledger_outcome *outcome);
static void end(struct peer_answer *answer);
static void on_release(void *owner);

struct peer_answers *
peer_answers_new(struct arena *arena, struct call_surveys *surveys)
{
    struct peer_answers *answers = arena_alloc(arena, sizeof(*answers));
    *answers = (struct peer_answers){.surveys = surveys};
    arena_defer(arena, on_release, answers);
    return answers;
}

void
peer_answers_look(struct peer_answers *answers, const struct peer_look *look)
{
    size_t at = 0;
    struct error why;
    while (at < MOST_ANSWERS && answers->items[at].arena)
        at++;
    if (at == MOST_ANSWERS)
        return;
    struct peer_answer *answer = &answers->items[at];
    struct arena *arena = arena_new(0);
    *answer = (struct peer_answer){answers, arena, text_copy(arena, look->id)};
    const struct survey_question question = {.scope = &everything,
                                             .workspace = text_copy(arena, look->workspace),
                                             .environment = text_copy(arena, look->environment),
                                             .is_local = true,
                                             .on_answer = on_answer,
                                             .owner = answer};
    if (!call_survey(answers->surveys, arena, &question, &why))
        end(answer);
}

static void
on_answer(void *owner, const struct survey_answer *found)
{
    struct peer_answer *answer = owner;
    const struct survey_peers *peers = call_surveys_peers(answer->answers->surveys);
    const struct peer_calls calls = {answer->look, peers->self, gateway_calls_print(answer->arena, found)};
    ledger_peers_say_calls(peers->ledger, answer->arena, &calls, on_said, answer);
}

static void
on_said(void *owner, const struct ledger_outcome *outcome)
{
    (void)outcome; /* who asked names our gateways when it did not work */
    end(owner);
}

static void
end(struct peer_answer *answer)
{
    arena_free(answer->arena);
    answer->arena = NULL;
}

static void
on_release(void *owner)
{
    struct peer_answers *answers = owner;
    for (size_t i = 0; i < MOST_ANSWERS; i++)
        arena_free(answers->items[i].arena);
}
