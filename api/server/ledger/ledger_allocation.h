/* What pods had and cost, told apart by where they are: what cost tools ask for. */
#pragma once

#include "api/server/ledger/ledger_runtime.h"

enum allocation_dimension {
    ALLOCATION_BY_WORKSPACE,
    ALLOCATION_BY_ENVIRONMENT,
    ALLOCATION_BY_NAMESPACE,
    ALLOCATION_BY_CONTROLLER, /* the Deployment */
    ALLOCATION_BY_POD,
    ALLOCATION_DIMENSION_COUNT
};
/* As questions call them: workspace environment namespace controller pod, NULL. */
extern const char *const allocation_dimension_names[];

struct allocation_question {
    const struct ledger_scope *scope;
    enum allocation_dimension by[ALLOCATION_DIMENSION_COUNT]; /* each once */
    size_t by_count;
    int64_t from_ms, until_ms, step_ms; /* whole hours */
    struct text workspace;              /* empty: all */
    size_t most_rows;
};

struct allocation_row {
    int64_t step;                                /* which of the window's steps, from 0 */
    struct text by[ALLOCATION_DIMENSION_COUNT];  /* only what was asked for */
    struct runtime_had had[RUNTIME_CLASS_COUNT]; /* as in a runtime_sum */
    int64_t cost_nano;
};

struct allocation_answer {
    enum ledger_end end;
    struct error why;
    struct allocation_row *rows; /* by step, then by what they are told apart by */
    size_t row_count;
    bool is_cut; /* there were more */
};
typedef void (*allocation_answer_fn)(void *owner, const struct allocation_answer *answer);

void ledger_allocation(struct ledger *ledger, struct arena *arena, const struct allocation_question *question,
                       allocation_answer_fn on_answer, void *owner);
