/* The declarations of rest_answers.h made real. */
#include "api/types/rest_answers.h"

DEFINE_SCHEMA(call_page, CALL_PAGE_FIELDS, "Single calls.");
DEFINE_SCHEMA(audit_page, AUDIT_PAGE_FIELDS, "Rows of the audit log.");
DEFINE_SCHEMA(callers_report, CALLERS_REPORT_FIELDS, "Callers that are declared.");
DEFINE_SCHEMA(prices_report, PRICES_REPORT_FIELDS, "Prices in force.");
DEFINE_SCHEMA(rest_state, REST_STATE_FIELDS, "How weir-api is.");
DEFINE_SCHEMA(rest_trouble, REST_TROUBLE_FIELDS, "What went wrong.");
DEFINE_SCHEMA(rest_error, REST_ERROR_FIELDS, "A question that has no answer.");
