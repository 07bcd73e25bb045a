/* The declarations of alert_report.h made real. */
#include "api/types/alert_report.h"

const char *const alert_told_names[] = {"Waiting", "Delivered", "GivenUp", NULL};

static void
check_alerts_query(const void *value, struct text path, struct problem_list *problems)
{
    const struct alerts_query *query = value;
    if (query->from != FIELD_UNSET && query->until != FIELD_UNSET && query->from >= query->until)
        problems_add(problems, NULL, path, "until must be later than from");
}

DEFINE_SCHEMA(raised_alert, RAISED_ALERT_FIELDS, "An account that reached a threshold of its budget.");
DEFINE_SCHEMA(alert_delivery, ALERT_DELIVERY_FIELDS, "A webhook that is told of an alert.");
DEFINE_SCHEMA(alert_message, ALERT_MESSAGE_FIELDS, "What a webhook is sent.");
DEFINE_SCHEMA(alert_page, ALERT_PAGE_FIELDS, "Accounts that reached thresholds of their budgets.");
DEFINE_SCHEMA(alerts_query, ALERTS_QUERY_FIELDS, "Which alerts are asked for.", .check = check_alerts_query);
