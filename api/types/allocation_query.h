/* What /allocation is asked for, in OpenCost's words: only those that mean something here. */
#pragma once

#include "api/types/rest_questions.h"

#define ALLOCATION_MAX_ROWS 10000

extern const struct text_format text_format_allocation_dimension; /* workspace environment ... pod */

/* clang-format off */
#define ALLOCATION_QUERY_FIELDS(F, T)                                                                                  \
    F(T, TEXT, window, "window", REQUIRED, MAX_LENGTH(64), DOC("24h, 7d or 2w until the end of this hour, today, yesterday, or two times with a comma between (RFC 3339 or Unix seconds): whole hours of UTC.")) \
    F(T, TEXTS, aggregate, "aggregate", SET, MAX_ITEMS(5), FORMAT(allocation_dimension), DOC("What is told apart, with commas between: namespace when left out. controller is the Deployment.")) \
    F(T, TEXT, step, "step", FORMAT(usage_span), DOC("One set for each so long span of the window; one of all of it when left out.")) \
    F(T, BOOL, accumulate, "accumulate", DEFAULT("false"), DOC("One set of all steps together."))                      \
    F(T, TEXT, workspace, "workspace", REST_NAME, DOC("Only this workspace: no word of OpenCost's."))
DECLARE_SCHEMA(allocation_query, ALLOCATION_QUERY_FIELDS);
/* clang-format on */
