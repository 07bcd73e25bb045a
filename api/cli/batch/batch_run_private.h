/* What batch_run.c and batch_call.c share. */
#pragma once

#include "api/cli/batch/batch_line.h"
#include "api/cli/batch/batch_run.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/line_reader.h"
#include "lib/net/upstream.h"

#define BATCH_MAX_ANSWER_BYTES (15u * 1024 * 1024) /* with what is put around it, still one line */

/* One of the calls at once: a line, and however many attempts it takes. */
struct batch_call {
    struct batch_run *run;
    struct arena *arena;           /* of the line */
    struct loop_timer *timer;      /* until the next attempt */
    struct loop_task *settle_task; /* an exchange ended: what follows is done outside its callback */
    struct batch_line line;
    struct text body;
    int attempt;
    struct upstream_call *exchange; /* NULL: none under way */
    /* Of the attempt under way. */
    struct arena *attempt_arena;
    struct buffer answer;
    int status;
    bool is_too_large, was_never_sent;
    struct text request_id, retry_after, retry_after_ms, should_retry, why;
};

struct batch_run {
    struct arena *arena;
    struct loop *loop;
    struct batch_options options;
    struct batch_files files;
    struct line_reader *reader;
    struct upstream_pool *pool;
    struct upstream_origin *origin;
    struct text target; /* "/v1/chat/completions", after the path of the gateway's URL */
    struct batch_call *calls;
    struct loop_timer *sync_timer, *progress_timer, *deadline_timer, *grace_timer;
    int64_t running;       /* calls that have a line */
    int64_t gate_until_ms; /* the gateway asked for a pause: loop_now_ms */
    bool is_at_end;        /* no further line */
    bool is_stopping;      /* no new line, no further attempt */
    enum batch_end end;
    struct error problem; /* with BATCH_END_BROKEN */
    struct text token;
    int64_t token_read_ms;
    struct arena *token_arena;
};

/* The call's line is to be sent; answers go to batch_run_finish. */
void batch_call_start(struct batch_call *call);
/* Drops the attempt under way or waited for; nothing further comes of the line. */
void batch_call_drop(struct batch_call *call);

/* The line of a call is done: written down, and the call takes the next one. code NULL: it was answered. */
void batch_run_finish(struct batch_call *call, const char *code, struct text message);
/* Nothing new is started; over once nothing is under way. The first reason stands. */
void batch_run_stop(struct batch_run *run, enum batch_end end);
void batch_run_break(struct batch_run *run, const struct error *problem);
/* The token to send, or empty. Its file is read again every few seconds, because
 * the token is renewed; at once after a 401. */
struct text batch_run_authorization(struct batch_run *run, bool is_doubted);
