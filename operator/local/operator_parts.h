/* The parts of a running local operator. For operator/local's own files only. */
#pragma once

#include "api/types/environment_state.h"
#include "operator/control/book_publisher.h"
#include "operator/control/control_server.h"
#include "operator/local/gateway_processes.h"
#include "operator/local/local_operator.h"
#include "operator/local/store.h"
#include "operator/reconcile/status.h"

struct folder_watch;
struct local_ledger;
struct local_callers;
struct loop_timer;
struct object_records;
struct process_samples;
struct secrets;
struct transcript;

/* The latest pass: its plan, and all that the plan refers to. Replaced as a whole. */
struct pass {
    struct arena *arena;
    struct reconcile_view view;
    struct plan *plan;
};

/* What one environment was last told to run; kept over passes, in an arena of its own. */
struct live_environment {
    struct arena *arena;
    struct text namespace, revision;
    struct text change; /* what the edit changed, in words; empty for the first revision */
    struct text held;   /* the reason that was told; empty: not held */
    int64_t pushed_ms;  /* monotonic: when the edit was seen */
    bool is_acked;      /* every gateway has the revision, and it was told */
    bool was_ready;     /* it has been acked at least once */
};

struct local_operator {
    const struct local_options *options;
    struct arena *arena;
    struct loop *loop;
    const char *folder; /* absolute */
    struct state_folder *state;
    struct folder_watch *watch;
    struct store *store;
    struct secrets *secrets;
    struct local_callers *callers;
    struct object_records *records;
    struct control_server *control;
    struct gateway_processes *processes;
    struct local_ledger *ledger;
    struct book_publisher *books;
    struct process_samples *samples;
    struct transcript *transcript;
    struct loop_timer *settle; /* looks at the gateways once a burst of events is over */
    struct pass pass;
    struct live_environment **live;
    size_t live_count, live_capacity;
    int64_t seen_ms;              /* monotonic: when the change that is looked at happened */
    struct arena *left_out_arena; /* of the next */
    struct text left_out;         /* what the last look did not read, as it was told */
    struct arena *trouble_arena;  /* of the next */
    struct text trouble;          /* why the last look came to nothing, as it was told; empty: it did not */
    int stop_signals;
    bool has_told_all_ready;
    bool is_book_wider;             /* it has budgets that only configs of before have */
    bool is_ledger_stopping;        /* every gateway is drained */
    bool has_ledger_failed;         /* it ended by itself at least once */
    struct arena *undeclared_arena; /* of the next */
    struct text
        undeclared; /* what of the declarations the ledger does not take, as it was told; empty: none */
};

/* operator_pass.c: reads what changed in the folder and carries out a new plan. */
void operator_look(struct local_operator *op);
/* operator_settle.c: compares what gateways run with what they should, and tells what changed. */
void operator_settle(struct local_operator *op);
void operator_settle_soon(struct local_operator *op);
struct live_environment *operator_find_live(const struct local_operator *op, struct text namespace);
/* operator_book.c: what the ledger lends by, and what else is declared. Publish before gateways get the plan;
 * narrow when they have it. */
MUST_CHECK bool operator_start_book(struct local_operator *op, struct error *err);
void operator_publish_book(struct local_operator *op, const struct pass *pass);
void operator_narrow_book(struct local_operator *op);
/* Whether calls under each of its budgets can be lent for, as far as the ledger said. */
bool operator_book_is_in_force(const struct local_operator *op);
/* operator_sampling.c: what our processes use, told to the ledger. */
MUST_CHECK bool operator_start_sampling(struct local_operator *op, struct error *err);
void operator_end_sampling(struct local_operator *op);
/* operator_reports.c: how things are right now, as others ask for it. */
struct status_view operator_status_view(struct local_operator *op, struct arena *arena);
struct environment_state operator_environment_state(struct local_operator *op, struct arena *arena,
                                                    const struct planned_environment *planned);
/* local_api.c: answers on .weir/api.sock. */
MUST_CHECK bool operator_serve_api(struct local_operator *op, struct error *err);
