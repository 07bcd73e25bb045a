/* Hands lines to calls, writes down what comes back, and knows when it is over. */
#include "api/cli/batch/batch_run.h"

#include <signal.h>
#include <stdio.h>

#include "api/cli/batch/batch_run_private.h"
#include "lib/base/arena.h"
#include "lib/base/file.h"
#include "lib/net/http_headers.h"
#include "lib/net/loop.h"
#include "lib/net/tls.h"

#define SYNC_MS 200
#define PROGRESS_MS 10000
#define GRACE_MS 25000 /* for calls under way at SIGTERM: a pod has 30 s */
#define TOKEN_MS 5000
#define IDLE_MS 60000

enum { TOKEN_MAX_BYTES = 65536 };

static bool connect_to(struct batch_run *run, struct error *err);
static void take_next(struct batch_call *call);
static bool next_request(struct batch_call *call);
static void refuse_line(struct batch_call *call);
static void write_line(struct batch_call *call, bool has_failed, struct buffer *text);
static void drop_waiting(struct batch_run *run, bool with_exchanges);
static void end_if_idle(struct batch_run *run);
static void on_sync(void *owner);
static void on_progress(void *owner);
static void on_deadline(void *owner);
static void on_grace(void *owner);
static void on_signal(void *owner, int number);

bool
batch_run_new(struct arena *arena, struct loop *loop, const struct batch_options *options,
              struct batch_run **out_run, struct error *err)
{
    struct batch_run *run = arena_alloc(arena, sizeof(*run));
    *run = (struct batch_run){.arena = arena, .loop = loop, .options = *options, .files = options->files};
    run->token = options->token;
    if (!connect_to(run, err) ||
        !line_reader_open(arena, run->files.input, BATCH_LINE_MAX_BYTES, &run->reader, err))
        return false;
    run->sync_timer = loop_timer_new(loop, arena, on_sync, run);
    run->progress_timer = loop_timer_new(loop, arena, on_progress, run);
    run->deadline_timer = loop_timer_new(loop, arena, on_deadline, run);
    run->grace_timer = loop_timer_new(loop, arena, on_grace, run);
    run->calls = arena_alloc_array(arena, (size_t)options->concurrency, sizeof(*run->calls));
    for (int64_t i = 0; i < options->concurrency; i++)
        run->calls[i].run = run;
    *out_run = run;
    return true;
}

static bool
connect_to(struct batch_run *run, struct error *err)
{
    struct text gateway = run->options.gateway;
    size_t connections = (size_t)run->options.concurrency;
    const struct upstream_pool_options options = {.max_connections_per_origin = connections,
                                                  .max_idle_per_origin = connections,
                                                  .idle_timeout_ms = IDLE_MS,
                                                  .max_head_bytes = HTTP_MAX_HEAD_BYTES};
    struct tls_context *tls = NULL;
    if (text_starts_with(gateway, TEXT("https://")) && !tls_client_context(run->arena, NULL, &tls, err))
        return false;
    run->pool = upstream_pool_new(run->arena, run->loop, &options);
    if (!upstream_origin_get(run->pool, gateway, tls, &run->origin, err))
        return error_context(err, "--gateway");
    struct text path = upstream_url_path(gateway);
    run->target = text_format(run->arena, "%.*s%.*s", TEXT_ARG(path), TEXT_ARG(run->options.endpoint));
    return true;
}

enum batch_end
batch_run_to_end(struct batch_run *run, struct error *err)
{
    loop_on_signal(run->loop, SIGTERM, on_signal, run);
    loop_on_signal(run->loop, SIGINT, on_signal, run);
    loop_timer_start(run->progress_timer, PROGRESS_MS);
    if (run->options.deadline_ms > 0)
        loop_timer_start(run->deadline_timer, run->options.deadline_ms);
    if (run->options.stops_on_error && batch_record_failed(run->files.record) > 0)
        batch_run_stop(run, BATCH_END_FAILED);
    for (int64_t i = 0; i < run->options.concurrency && !run->is_stopping; i++)
        take_next(&run->calls[i]);
    if (run->running > 0)
        loop_run(run->loop);
    drop_waiting(run, true);
    upstream_pool_close(run->pool);
    struct error problem = {0};
    if (!batch_record_sync(run->files.record, &problem))
        batch_run_break(run, &problem);
    for (int64_t i = 0; i < run->options.concurrency; i++) {
        arena_free(run->calls[i].attempt_arena);
        arena_free(run->calls[i].arena);
    }
    arena_free(run->token_arena);
    *err = run->problem;
    return run->end;
}

/* Gives the call the next line that can be sent; lines that cannot are answered here. */
static void
take_next(struct batch_call *call)
{
    struct batch_run *run = call->run;
    if (!call->arena)
        call->arena = arena_new(16384);
    while (!run->is_stopping && !run->is_at_end && next_request(call)) {
        if (text_is_empty(call->line.problem)) {
            run->running++;
            batch_call_start(call);
            return;
        }
        refuse_line(call);
    }
    end_if_idle(run);
}

/* The next line that is not done yet, in call->line; false at the end. */
static bool
next_request(struct batch_call *call)
{
    struct batch_run *run = call->run;
    struct error err = {0};
    struct line line;
    while (line_reader_next(run->reader, &line, &err)) {
        if (line.number > run->files.index->line_count) {
            error_set(&err, ERROR_INVALID, "%s has grown while it was read", run->files.input);
            break;
        }
        if (text_trim(line.text).length == 0 || batch_record_is_done(run->files.record, line.number))
            continue;
        arena_reset(call->arena);
        batch_line_read(call->arena, line.text, line.number, run->options.endpoint, &call->line);
        if (line.is_too_long)
            call->line =
                (struct batch_line){.number = line.number, .problem = TEXT("the line is longer than 16 MiB")};
        return true;
    }
    run->is_at_end = true;
    if (err.kind != ERROR_NONE)
        batch_run_break(run, &err);
    return false;
}

static void
refuse_line(struct batch_call *call)
{
    struct buffer text;
    buffer_init(&text, call->arena, 512);
    batch_line_print_error(&text, &call->line, "invalid_request", call->line.problem);
    write_line(call, true, &text);
}

void
batch_run_finish(struct batch_call *call, const char *code, struct text message)
{
    struct batch_run *run = call->run;
    struct buffer text;
    bool has_failed = code || call->status >= 400;
    buffer_init(&text, call->arena, call->answer.length + 512);
    if (code)
        batch_line_print_error(&text, &call->line, code, message);
    else
        batch_line_print_answer(&text, &call->line, call->status, call->request_id,
                                buffer_text(&call->answer));
    run->running--;
    write_line(call, has_failed, &text);
    take_next(call);
}

static void
write_line(struct batch_call *call, bool has_failed, struct buffer *text)
{
    struct batch_run *run = call->run;
    struct error err = {0};
    if (!batch_record_add(run->files.record, call->line.number, has_failed, buffer_text(text), &err))
        batch_run_break(run, &err);
    else if (has_failed && run->options.stops_on_error)
        batch_run_stop(run, BATCH_END_FAILED);
    if (!loop_timer_is_running(run->sync_timer))
        loop_timer_start(run->sync_timer, SYNC_MS);
}

void
batch_run_break(struct batch_run *run, const struct error *problem)
{
    if (run->end == BATCH_END_COMPLETE || run->end == BATCH_END_ASKED)
        run->end = BATCH_END_BROKEN;
    if (run->problem.kind == ERROR_NONE)
        run->problem = *problem;
    batch_run_stop(run, run->end);
}

void
batch_run_stop(struct batch_run *run, enum batch_end end)
{
    if (!run->is_stopping && run->end == BATCH_END_COMPLETE)
        run->end = end;
    run->is_stopping = true;
    drop_waiting(run, false);
    end_if_idle(run);
}

/* Calls that wait for their next attempt; with_exchanges: those under way too. */
static void
drop_waiting(struct batch_run *run, bool with_exchanges)
{
    for (int64_t i = 0; i < run->options.concurrency; i++) {
        struct batch_call *call = &run->calls[i];
        bool is_waiting = call->timer && loop_timer_is_running(call->timer);
        bool is_under_way = call->exchange != NULL;
        if (!is_waiting && !(with_exchanges && is_under_way))
            continue;
        batch_call_drop(call);
        run->running--;
    }
}

static void
end_if_idle(struct batch_run *run)
{
    if (run->running == 0 && (run->is_at_end || run->is_stopping))
        loop_stop(run->loop);
}

struct batch_progress_counts
batch_run_progress(const struct batch_run *run)
{
    return (struct batch_progress_counts){.total = (int64_t)run->files.index->request_count,
                                          .succeeded = batch_record_succeeded(run->files.record),
                                          .failed = batch_record_failed(run->files.record),
                                          .running = run->running};
}

struct text
batch_run_authorization(struct batch_run *run, bool is_doubted)
{
    int64_t now_ms = loop_now_ms(run->loop);
    bool is_fresh = run->token_arena && now_ms - run->token_read_ms < TOKEN_MS && !is_doubted;
    if (text_is_empty(run->options.token_file) || is_fresh)
        return run->token;
    struct arena *arena = arena_new(0);
    struct error err = {0};
    struct text token;
    const char *path = text_c_string(arena, run->options.token_file);
    run->token_read_ms = now_ms;
    if (!file_read(arena, path, TOKEN_MAX_BYTES, &token, &err)) {
        arena_free(arena);
        if (!run->token_arena) /* with an old one the gateway decides */
            batch_run_break(run, &err);
        return run->token;
    }
    token = text_trim(token);
    if (!http_header_value_is_safe(token)) {
        arena_free(arena);
        return run->token;
    }
    arena_free(run->token_arena);
    run->token_arena = arena;
    run->token = token;
    return run->token;
}

static void
on_sync(void *owner)
{
    struct batch_run *run = owner;
    struct error err = {0};
    if (!batch_record_sync(run->files.record, &err))
        batch_run_break(run, &err);
}

static void
on_progress(void *owner)
{
    struct batch_run *run = owner;
    struct batch_progress_counts counts = batch_run_progress(run);
    long long done = counts.succeeded + counts.failed;
    fprintf(stderr, "weir batch: %lld of %lld lines done, %lld of them failed, %lld under way\n", done,
            (long long)counts.total, (long long)counts.failed, (long long)counts.running);
    loop_timer_start(run->progress_timer, PROGRESS_MS);
}

static void
on_deadline(void *owner)
{
    struct batch_run *run = owner;
    batch_run_stop(run, BATCH_END_EXPIRED);
    drop_waiting(run, true);
    end_if_idle(run);
}

static void
on_grace(void *owner)
{
    struct batch_run *run = owner;
    drop_waiting(run, true);
    end_if_idle(run);
}

static void
on_signal(void *owner, int number)
{
    struct batch_run *run = owner;
    (void)number;
    bool is_second = run->is_stopping;
    batch_run_stop(run, BATCH_END_ASKED);
    if (is_second)
        on_grace(run);
    else
        loop_timer_start(run->grace_timer, GRACE_MS);
}
