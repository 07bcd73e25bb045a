/* Why an environment is as it is: every value, who set it where, who asked for something else; and for a
 * caller and a model whether the call would be let through. */
#pragma once

#include "api/types/explanation.h"
#include "operator/reconcile/plan.h"

/* Every effective value of the environment, enforced ones first, then those of Shadow policies. */
struct explanation_row_list explain_rows(struct arena *arena, const struct planned_environment *planned);

struct explain_question {
    struct text caller, model; /* empty: not asked about */
    int64_t now_unix_ms;       /* keys expire */
};

/* What the rules and routes say; limits that are used up at this moment are the gateway's to tell. */
struct explanation_verdict explain_verdict(struct arena *arena, const struct planned_environment *planned,
                                           const struct explain_question *question);
/* "limits[caller].tokensPerMinute 80,000 -> 60,000" for each value that differs, joined by ", "; empty when
 * none does. */
struct text explain_difference(struct arena *arena, const struct explanation_row_list *before,
                               const struct explanation_row_list *after);
