/* What weir-api answers over REST, beside the usage report. */
#pragma once

#include "api/types/declaration.h"
#include "api/types/rest_questions.h"
#include "api/types/usage_record.h"

/* clang-format off */
#define CALL_PAGE_FIELDS(F, T)                                                                                         \
    F(T, LIST(usage_record), calls, "calls", REQUIRED, MAX_ITEMS(REST_CALLS_MAX_ROWS), DOC("Newest first, or of one call its tries in their order; each as its gateway wrote it.")) \
    F(T, TEXT, next, "next", MAX_LENGTH(REST_CURSOR_MAX_BYTES), DOC("There are more: ask the same again with this as `cursor`."))
DECLARE_SCHEMA(call_page, CALL_PAGE_FIELDS);

#define AUDIT_PAGE_FIELDS(F, T)                                                                                        \
    F(T, LIST(audit_row), rows, "rows", REQUIRED, MAX_ITEMS(REST_CALLS_MAX_ROWS), DOC("Newest first, each as it is chained.")) \
    F(T, TEXT, next, "next", MAX_LENGTH(REST_CURSOR_MAX_BYTES), DOC("There are more: ask the same again with this as `cursor`."))
DECLARE_SCHEMA(audit_page, AUDIT_PAGE_FIELDS);

#define CALLERS_REPORT_FIELDS(F, T)                                                                                    \
    F(T, LIST(declared_caller), callers, "callers", REQUIRED, MAX_ITEMS(REST_CALLS_MAX_ROWS), DOC("Who may call by key. Workloads that call by their identity need no key and are not here.")) \
    F(T, TEXT, next, "next", MAX_LENGTH(REST_CURSOR_MAX_BYTES), DOC("There are more: ask the same again with this as `cursor`."))
DECLARE_SCHEMA(callers_report, CALLERS_REPORT_FIELDS);

#define PRICES_REPORT_FIELDS(F, T)                                                                                     \
    F(T, LIST(declared_price), prices, "prices", REQUIRED, MAX_ITEMS(REST_CALLS_MAX_ROWS), DOC("What each target of each environment costs now.")) \
    F(T, TEXT, next, "next", MAX_LENGTH(REST_CURSOR_MAX_BYTES), DOC("There are more: ask the same again with this as `cursor`."))
DECLARE_SCHEMA(prices_report, PRICES_REPORT_FIELDS);

#define REST_STATE_FIELDS(F, T)                                                                                        \
    F(T, TEXT, status, "status", REQUIRED, DOC("ok, or what is waited for."))
DECLARE_SCHEMA(rest_state, REST_STATE_FIELDS);

/* Of every answer that is an error. */
#define REST_TROUBLE_FIELDS(F, T)                                                                                      \
    F(T, TEXT, code, "code", REQUIRED, DOC("Stable, for programs."))                                                   \
    F(T, TEXT, message, "message", REQUIRED, MAX_LENGTH(65536), DOC("For people: what is wrong, and what to do."))     \
    F(T, TEXT, request, "request", REQUIRED, DOC("The question's id, as in the header x-request-id and in weir-api's log."))
DECLARE_SCHEMA(rest_trouble, REST_TROUBLE_FIELDS);

#define REST_ERROR_FIELDS(F, T)                                                                                        \
    F(T, OBJECT(rest_trouble), error, "error", REQUIRED, DOC("What went wrong."))
DECLARE_SCHEMA(rest_error, REST_ERROR_FIELDS);
/* clang-format on */
