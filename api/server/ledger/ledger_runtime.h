/* What pods had, used and cost, Deployment by Deployment, from the sums by the hour; and what of that their
 * calls bear: of a ModelServer the hours in which it served something are allotted to what it served, the
 * others are idle. */
#pragma once

#include "api/server/ledger/ledger.h"
#include "api/server/ledger/ledger_scope.h"

struct buffer;

struct runtime_question {
    const struct ledger_scope *scope;
    int64_t over_ms;           /* USAGE_HOUR_MS or USAGE_DAY_MS: a series, by when as well; 0: not */
    int64_t from_ms, until_ms; /* whole hours, as in a usage_question */
    struct text workspace, environment, deployment, model; /* empty: all */
    int64_t skip_rows;
    size_t most_rows;
};

enum runtime_class { RUNTIME_CLASS_CPU, RUNTIME_CLASS_MEMORY, RUNTIME_CLASS_DEVICES, RUNTIME_CLASS_COUNT };

/* In the units of runtime_sample.h; devices of all kinds together. */
struct runtime_had {
    int64_t requested, used, billed, cost_nano;
};

struct runtime_sum {
    int64_t hour_ms; /* of a series: start of its hour or day of UTC */
    struct text workspace, environment, deployment;
    struct text model; /* what it served, if it is a ModelServer's */
    int64_t span_ms;   /* of all its pods together */
    struct runtime_had had[RUNTIME_CLASS_COUNT];
    int64_t cost_nano, unpriced_ms; /* of its resources that had no price */
    int64_t requests, tokens;       /* that it served, when it is a ModelServer's */
    int64_t allotted_nano;          /* of the cost; the rest is idle */
};

struct runtime_answer {
    enum ledger_end end;
    struct error why;
    struct runtime_sum *rows; /* dearest first, of a series by time before that */
    size_t row_count;
    bool is_cut; /* there were more */
};
typedef void (*runtime_answer_fn)(void *owner, const struct runtime_answer *answer);

void ledger_runtime(struct ledger *ledger, struct arena *arena, const struct runtime_question *question,
                    runtime_answer_fn on_answer, void *owner);

/* ", CAST(sum(CASE WHEN ...) AS bigint)" of what is asked for, used, billed and cost, of runtime_hour's rows
 * of a class. For api/server/ledger only. */
void ledger_runtime_add_sums(struct buffer *out, enum runtime_class which);
