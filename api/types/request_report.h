/* The calls that run right now, as people read them. */
#pragma once

#include "api/types/look_frames.h"
#include "api/types/rest_questions.h"

#define REQUESTS_MAX_ROWS 10000

enum silent_reason { SILENT_NO_ANSWER, SILENT_GONE, SILENT_OLD_VERSION, SILENT_ELSEWHERE };
extern const char *const silent_reason_names[]; /* NoAnswer Gone OldVersion Elsewhere */

/* clang-format off */
#define REQUESTS_QUERY_FIELDS(F, T)                                                                                    \
    F(T, TEXT, workspace, "workspace", REST_NAME, DOC("Only this workspace."))                                         \
    F(T, TEXT, environment, "environment", REST_NAME, DOC("Only environments of this name."))                          \
    F(T, TEXT, caller, "caller", REST_NAME, DOC("Only this caller."))                                                  \
    F(T, TEXT, deployment, "deployment", REST_NAME, DOC("Only callers that are this Deployment's workload."))          \
    F(T, TEXT, model, "model", REST_NAME, DOC("Only what clients called so."))                                         \
    F(T, TEXT, provider, "provider", REST_NAME, DOC("Only what this provider is asked."))                              \
    F(T, INT, limit, "limit", DEFAULT("1000"), RANGE(1, REQUESTS_MAX_ROWS), DOC("At most so many."))
DECLARE_SCHEMA(requests_query, REQUESTS_QUERY_FIELDS);

#define LIVE_REQUEST_FIELDS(F, T)                                                                                      \
    F(T, TEXT, workspace, "workspace", REQUIRED, DOC("Whose."))                                                        \
    F(T, TEXT, environment, "environment", REQUIRED, DOC("In which environment."))                                     \
    F(T, TEXT, gateway, "gateway", REQUIRED, DOC("In which of its gateways."))                                         \
    RUNNING_CALL_FIELDS(F, T)
DECLARE_SCHEMA(live_request, LIVE_REQUEST_FIELDS);

#define SILENT_GATEWAY_FIELDS(F, T)                                                                                    \
    F(T, TEXT, workspace, "workspace", REQUIRED, DOC("Whose."))                                                        \
    F(T, TEXT, environment, "environment", REQUIRED, DOC("In which environment."))                                     \
    F(T, TEXT, gateway, "gateway", REQUIRED, DOC("Which."))                                                            \
    F(T, ENUM(silent_reason), reason, "reason", REQUIRED, ALWAYS, DOC("NoAnswer: within two seconds. Gone: it was lost before it answered. OldVersion: it does not know the question, and was not asked. Elsewhere: it is connected to another weir-api, which did not say."))
DECLARE_SCHEMA(silent_gateway, SILENT_GATEWAY_FIELDS);

#define REQUESTS_REPORT_FIELDS(F, T)                                                                                   \
    F(T, TIME, at, "at", REQUIRED, DOC("When it was asked."))                                                          \
    F(T, LIST(live_request), requests, "requests", REQUIRED, MAX_ITEMS(REQUESTS_MAX_ROWS), DOC("In no order."))        \
    F(T, BOOL, is_cut, "isCut", DEFAULT("false"), DOC("There are more: a gateway lists 1,000 of its calls at most, and an answer `limit`.")) \
    F(T, INT, gateways, "gateways", REQUIRED, ALWAYS, DOC("How many answered.")) \
    F(T, LIST(silent_gateway), silent, "silent", ALWAYS, MAX_ITEMS(65536), DOC("Those that did not: their calls are not here."))
DECLARE_SCHEMA(requests_report, REQUESTS_REPORT_FIELDS);
/* clang-format on */
