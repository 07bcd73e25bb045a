/* A survey of the gateways of every weir-api: those here are asked, and each peer asks its own, by way of the
 * database they share. A peer that does not answer in time is waited for no longer: its gateways are
 * SURVEYED_ELSEWHERE. */
#pragma once

#include "api/server/call_survey.h"

/* As call_survey. */
MUST_CHECK bool peer_survey(struct call_surveys *surveys, struct arena *arena,
                            const struct survey_question *question, struct error *err);
