/* Answers peers that ask which calls run in the gateways here: the other side of peer_survey.h. */
#pragma once

struct arena;
struct call_surveys;
struct peer_answers;
struct peer_look;

struct peer_answers *peer_answers_new(struct arena *arena, struct call_surveys *surveys);
/* Asks the gateways here, and says it to who asked. */
void peer_answers_look(struct peer_answers *answers, const struct peer_look *look);
