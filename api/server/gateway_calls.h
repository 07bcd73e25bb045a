/* What a weir-api tells a peer that asks which calls run in its gateways: JSON in the database they share. */
#pragma once

#include "api/server/call_survey.h"
#include "lib/schema/fields.h"

extern const char *const surveyed_state_names[]; /* Waiting Heard Lost Cannot Elsewhere */

/* clang-format off */
#define GATEWAY_CALLS_FIELDS(F, T)                                                                                     \
    F(T, TEXT, journal, "journal", REQUIRED, DOC("Of the gateway."))                                                   \
    F(T, ENUM(surveyed_state), state, "state", REQUIRED, ALWAYS, DOC("What became of it."))                           \
    F(T, LIST(running_call), calls, "calls", MAX_ITEMS(LEDGER_MAX_RUNNING), DOC("Of one that was heard."))            \
    F(T, BOOL, is_cut, "isCut", DEFAULT("false"), DOC("More run than are listed."))
DECLARE_SCHEMA(gateway_calls, GATEWAY_CALLS_FIELDS);

#define GATEWAYS_CALLS_FIELDS(F, T)                                                                                    \
    F(T, LIST(gateway_calls), gateways, "gateways", MAX_ITEMS(65536), DOC("Those that it was about."))
DECLARE_SCHEMA(gateways_calls, GATEWAYS_CALLS_FIELDS);
/* clang-format on */

/* Of an answer; what more calls were heard than are kept is cut. */
struct text gateway_calls_print(struct arena *arena, const struct survey_answer *answer);
MUST_CHECK bool gateway_calls_parse(struct arena *arena, struct text json, struct gateways_calls *out_calls,
                                    struct error *err);
