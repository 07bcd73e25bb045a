/* The declarations of runtime_report.h made real. */
#include "api/types/runtime_report.h"

static void
check_runtime_query(const void *value, struct text path, struct problem_list *problems)
{
    const struct runtime_query *query = value;
    if (query->from != FIELD_UNSET && query->until != FIELD_UNSET && query->from >= query->until)
        problems_add(problems, NULL, path, "until must be later than from");
}

/* Hours of models are shared by the sums by the hour, which know neither. */
static void
check_costs_query(const void *value, struct text path, struct problem_list *problems)
{
    const struct costs_query *query = value;
    if (query->from != FIELD_UNSET && query->until != FIELD_UNSET && query->from >= query->until)
        problems_add(problems, NULL, path, "until must be later than from");
    for (size_t i = 0; i < query->by.count; i++)
        if (text_equals(query->by.items[i], TEXT("run")) || text_equals(query->by.items[i], TEXT("tool")) ||
            text_starts_with(query->by.items[i], TEXT("tag:")))
            problems_add(problems, NULL, path,
                         "by: costs are not told apart by run, tool or tag; /v1/usage is");
}

DEFINE_SCHEMA(runtime_query, RUNTIME_QUERY_FIELDS, "What runtime cost is asked for.",
              .check = check_runtime_query);
DEFINE_SCHEMA(runtime_row, RUNTIME_ROW_FIELDS, "What pods of a Deployment had and cost.");
DEFINE_SCHEMA(runtime_report, RUNTIME_REPORT_FIELDS, "What pods had, used and cost.");
DEFINE_SCHEMA(costs_query, COSTS_QUERY_FIELDS, "What costs are asked for.", .check = check_costs_query);
DEFINE_SCHEMA(cost_row, COST_ROW_FIELDS, "What one of those who were asked for cost.");
DEFINE_SCHEMA(costs_report, COSTS_REPORT_FIELDS, "Who spent what, models' pods included.");

#define SET_DIMENSION(OWNER, TYPE, MEMBER, KEY, ...) OWNER->MEMBER = *by++;

void
cost_row_set_dimensions(struct cost_row *row, const struct text *by)
{
    USAGE_DIMENSION_FIELDS(SET_DIMENSION, row)
}
