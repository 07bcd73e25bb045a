/* A batch while it runs: so many calls at once, each line to its end, until all are done or something stops
 * it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "api/cli/batch/batch_index.h"
#include "api/cli/batch/batch_record.h"

struct error;
struct loop;
struct batch_run;

struct batch_files {
    const char *input; /* local */
    const struct batch_index *index;
    struct batch_record *record;
};

/* As the command line says; texts and files outlive the run. */
struct batch_options {
    struct batch_files files;
    struct text gateway, endpoint, model;
    struct text token_file; /* empty: `token` is sent as it is */
    struct text token;      /* empty: none is sent */
    int64_t concurrency;
    int64_t deadline_ms; /* 0: none */
    bool stops_on_error;
};

/* Why it is over. */
enum batch_end {
    BATCH_END_COMPLETE, /* every line is answered */
    BATCH_END_BROKEN,   /* err says: a file, the gateway's address, nobody lets us in */
    BATCH_END_ASKED,    /* SIGTERM: what was under way is finished, the rest is for the next start */
    BATCH_END_EXPIRED,  /* the deadline; what was under way is dropped */
    BATCH_END_FAILED,   /* a line failed, and --on-error is Stop */
};

struct batch_progress_counts {
    int64_t total, succeeded, failed, running;
};

MUST_CHECK bool batch_run_new(struct arena *arena, struct loop *loop, const struct batch_options *options,
                              struct batch_run **out_run, struct error *err);
/* Returns when it is over. SIGTERM and SIGINT end it gently, a second one at once. */
enum batch_end batch_run_to_end(struct batch_run *run, struct error *err);
struct batch_progress_counts batch_run_progress(const struct batch_run *run);
