/* The declarations of limit_report.h made real. */
#include "api/types/limit_report.h"

DEFINE_SCHEMA(limit_account, LIMIT_ACCOUNT_FIELDS, "How one account of a limit stands.");
DEFINE_SCHEMA(limit_standing, LIMIT_STANDING_FIELDS, "A limit in force, and what is left of it.");
DEFINE_SCHEMA(limits_report, LIMITS_REPORT_FIELDS, "Limits in force.");
