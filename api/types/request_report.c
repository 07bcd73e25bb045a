/* The declarations of request_report.h made real. */
#include "api/types/request_report.h"

const char *const silent_reason_names[] = {"NoAnswer", "Gone", "OldVersion", "Elsewhere", NULL};

DEFINE_SCHEMA(requests_query, REQUESTS_QUERY_FIELDS, "Which calls that run are asked for.");
DEFINE_SCHEMA(live_request, LIVE_REQUEST_FIELDS, "A call that runs.");
DEFINE_SCHEMA(silent_gateway, SILENT_GATEWAY_FIELDS, "A gateway that did not say which calls run in it.");
DEFINE_SCHEMA(requests_report, REQUESTS_REPORT_FIELDS, "Calls that run right now.");
