/* weir batch: a file of requests through a gateway, and a file of answers. What runs in a Batch's pod; works
 * from any shell. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "api/cli/batch/batch_admin.h"
#include "api/cli/batch/batch_download.h"
#include "api/cli/command.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/parse.h"
#include "lib/base/utf8.h"
#include "lib/net/loop.h"

enum { CONCURRENCY_MOST = 10000 };

/* One run, from its words to its end. */
struct batch_session {
    struct invocation *invocation;
    struct batch_options options;
    struct batch_index index;
    struct loop *loop;
    struct batch_run *run;
};

static bool read_options(struct batch_session *session, struct error *err);
static bool read_numbers(struct invocation *invocation, struct batch_options *options, struct error *err);
static bool open_files(struct batch_session *session, struct error *err);
static bool find_input(struct batch_session *session, struct error *err);
static enum exit_code tell(struct batch_session *session, enum batch_end end, const struct error *err);
static void
write_summary(struct invocation *invocation, const struct batch_progress_counts *counts, struct text message);
static enum exit_code fail(struct batch_session *session, enum exit_code code, const struct error *err);

static enum exit_code
run_batch(struct invocation *invocation)
{
    struct batch_session session = {.invocation = invocation};
    struct error err = {0};
    if (!read_options(&session, &err))
        return fail(&session, EXIT_USAGE, &err);
    session.loop = loop_new(invocation->arena);
    if (!open_files(&session, &err))
        return fail(&session, err.kind == ERROR_INVALID ? EXIT_INVALID : EXIT_FAILED, &err);
    struct text admin = invocation_value(invocation, "admin");
    if (!batch_run_new(invocation->arena, session.loop, &session.options, &session.run, &err) ||
        (!text_is_empty(admin) &&
         !batch_admin_start(invocation->arena, session.loop, admin, session.run, &err)))
        return fail(&session, err.kind == ERROR_INVALID ? EXIT_USAGE : EXIT_FAILED, &err);
    enum batch_end end = batch_run_to_end(session.run, &err);
    return tell(&session, end, &err);
}

static bool
read_options(struct batch_session *session, struct error *err)
{
    struct invocation *invocation = session->invocation;
    struct batch_options *options = &session->options;
    const char *gateway = getenv("WEIR_GATEWAY_URL"), *token_file = getenv("WEIR_TOKEN_FILE");
    options->gateway =
        invocation_has(invocation, "gateway") ? invocation_value(invocation, "gateway") : text_of(gateway);
    options->token_file = invocation_has(invocation, "token-file")
                              ? invocation_value(invocation, "token-file")
                              : text_of(token_file);
    if (text_is_empty(options->token_file))
        options->token = text_of(getenv("OPENAI_API_KEY"));
    options->endpoint = invocation_value(invocation, "endpoint");
    options->model = invocation_value(invocation, "model");
    options->stops_on_error = text_equals(invocation_value(invocation, "on-error"), TEXT("Stop"));
    if (!invocation_has(invocation, "input") || !invocation_has(invocation, "output"))
        return error_set(err, ERROR_INVALID, "--input and --output are needed");
    if (text_is_empty(options->gateway))
        return error_set(err, ERROR_INVALID, "--gateway is needed, or the variable WEIR_GATEWAY_URL");
    if (invocation_has(invocation, "max-cost"))
        return error_set(err, ERROR_INVALID,
                         "--max-cost is refused: what one batch costs is not bounded in this version");
    if (!text_starts_with(options->endpoint, TEXT("/")))
        return error_set(err, ERROR_INVALID, "--endpoint is a path, such as /v1/chat/completions");
    return read_numbers(invocation, options, err);
}

static bool
read_numbers(struct invocation *invocation, struct batch_options *options, struct error *err)
{
    struct text concurrency = invocation_value(invocation, "concurrency");
    struct text deadline = invocation_value(invocation, "deadline");
    if (!parse_int64(concurrency, &options->concurrency) || options->concurrency < 1 ||
        options->concurrency > CONCURRENCY_MOST)
        return error_set(err, ERROR_INVALID, "--concurrency \"%.*s\" is not between 1 and %d",
                         TEXT_ARG(concurrency), CONCURRENCY_MOST);
    if (!text_is_empty(deadline) &&
        (!parse_duration_ms(deadline, &options->deadline_ms) || options->deadline_ms <= 0))
        return error_set(err, ERROR_INVALID, "--deadline \"%.*s\" is not a time span (examples: 90m, 6h)",
                         TEXT_ARG(deadline));
    return true;
}

static bool
open_files(struct batch_session *session, struct error *err)
{
    struct invocation *invocation = session->invocation;
    struct arena *arena = invocation->arena;
    struct text output = invocation_value(invocation, "output"),
                errors = invocation_value(invocation, "errors");
    if (text_is_empty(errors)) {
        bool is_plain = text_ends_with(output, TEXT(".jsonl"));
        errors =
            text_format(arena, "%.*s.errors.jsonl", (int)(output.length - (is_plain ? 6 : 0)), output.bytes);
    }
    const struct batch_paths paths = {.output = text_c_string(arena, output),
                                      .errors = text_c_string(arena, errors)};
    session->options.files.index = &session->index;
    return find_input(session, err) &&
           batch_index_read(arena, session->options.files.input, session->options.endpoint, &session->index,
                            err) &&
           batch_record_open(arena, &paths, &session->index, &session->options.files.record, err);
}

static bool
find_input(struct batch_session *session, struct error *err)
{
    struct invocation *invocation = session->invocation;
    struct arena *arena = invocation->arena;
    struct text input = invocation_value(invocation, "input");
    if (!text_starts_with(input, TEXT("https://")) && !text_starts_with(input, TEXT("http://"))) {
        if (text_find(input, TEXT("://")) >= 0)
            return error_set(err, ERROR_INVALID,
                             "--input %.*s: only files, https:// and http:// can be read in this version",
                             TEXT_ARG(input));
        session->options.files.input = text_c_string(arena, input);
        return true;
    }
    struct text copy = text_format(arena, "%.*s.input", TEXT_ARG(invocation_value(invocation, "output")));
    const struct batch_source source = {.url = input,
                                        .token_file = invocation_value(invocation, "input-token-file"),
                                        .copy = text_c_string(arena, copy)};
    session->options.files.input = source.copy;
    return batch_download(arena, session->loop, &source, err);
}

/* What was asked for and came anyway is complete. */
static enum exit_code
tell(struct batch_session *session, enum batch_end end, const struct error *err)
{
    struct arena *arena = session->invocation->arena;
    struct batch_progress_counts counts = batch_run_progress(session->run);
    long long done = counts.succeeded + counts.failed, total = counts.total;
    struct text words = text_format(arena, "%lld of %lld lines done, %lld of them failed", done, total,
                                    (long long)counts.failed);
    enum exit_code code = EXIT_OK;
    if (end == BATCH_END_BROKEN) {
        words = text_format(arena, "%.*s; stopped: %s", TEXT_ARG(words), err->message);
        code = EXIT_FAILED;
    } else if (end == BATCH_END_FAILED) {
        words =
            text_format(arena, "%.*s; stopped at the first that failed (--on-error Stop): see the error file",
                        TEXT_ARG(words));
        code = EXIT_STOPPED;
    } else if (done < total) {
        words =
            text_format(arena, "%.*s; %s. The same command goes on where this one stopped", TEXT_ARG(words),
                        end == BATCH_END_EXPIRED ? "the deadline passed" : "asked to end");
        code = end == BATCH_END_EXPIRED ? EXIT_EXPIRED : EXIT_FAILED;
    }
    fprintf(stderr, "weir batch: %.*s\n", TEXT_ARG(words));
    write_summary(session->invocation, &counts, words);
    return code;
}

static void
write_summary(struct invocation *invocation, const struct batch_progress_counts *counts, struct text message)
{
    struct text path = invocation_value(invocation, "summary");
    if (text_is_empty(path))
        return;
    struct buffer json;
    buffer_init(&json, invocation->arena, 512);
    buffer_add_byte(&json, '{');
    if (counts)
        buffer_print(&json, "\"total\":%lld,\"succeeded\":%lld,\"failed\":%lld,", (long long)counts->total,
                     (long long)counts->succeeded, (long long)counts->failed);
    buffer_add_string(&json, "\"message\":");
    buffer_add_json_string(&json, utf8_at_most(message, 2048));
    buffer_add_byte(&json, '}');
    int fd = open(text_c_string(invocation->arena, path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool is_written = fd >= 0 && write(fd, json.bytes, json.length) == (ssize_t)json.length;
    if (!is_written)
        fprintf(stderr, "weir batch: %.*s cannot be written: %s\n", TEXT_ARG(path), strerror(errno));
    if (fd >= 0)
        close(fd);
}

static enum exit_code
fail(struct batch_session *session, enum exit_code code, const struct error *err)
{
    write_summary(session->invocation, NULL, text_of(err->message));
    return command_fail(code, err, "See: weir batch --help");
}

static const char *const on_error_names[] = {"Continue", "Stop", NULL};

static const struct command_option options[] = {
    {"input", 'i', "FILE|URL", NULL, "requests, one a line, in OpenAI's batch format; a file, or https://",
     NULL},
    {"input-token-file", 0, "FILE", NULL, "bearer token for an https:// input", NULL},
    {"output", 'o', "FILE", NULL, "answers, one a line; also the record of what is done", NULL},
    {"errors", 0, "FILE", NULL, "lines that failed (default: beside the output, *.errors.jsonl)", NULL},
    {"gateway", 'g', "URL", NULL, "base URL without /v1 (default: the variable WEIR_GATEWAY_URL)", NULL},
    {"token-file", 0, "FILE", NULL,
     "who calls; read again as it is renewed (default: WEIR_TOKEN_FILE, then the "
     "key in OPENAI_API_KEY)",
     NULL},
    {"endpoint", 0, "PATH", "/v1/chat/completions", "what every line asks for", NULL},
    {"model", 'm', "NAME", NULL, "model of lines that name none", NULL},
    {"concurrency", 'c', "N", "8", "calls at once", NULL},
    {"deadline", 0, "SPAN", NULL, "stop after 90m, 6h ...; what is left is for the next start", NULL},
    {"on-error", 0, "WORD", "Continue", "Stop ends the run at the first line that failed", on_error_names},
    {"max-cost", 0, "USD", NULL, "refused until what one batch costs can be bounded", NULL},
    {"admin", 0, "ADDRESS", NULL, "answer GET /progress here, such as 127.0.0.1:8081", NULL},
    {"summary", 0, "FILE", NULL, "write the counts and the last words there at the end, as JSON", NULL},
};

const struct command command_batch = {
    .name = "batch",
    .summary = "Send a file of requests through a gateway, and go on where it stopped",
    .usage = "weir batch --input FILE|URL --output FILE [--gateway URL] [--concurrency N]",
    .details =
        "A line whose answer stands in the output or error file is never sent again; one that was under way\n"
        "when the program was killed may be. 429, 5xx and lost connections are tried again, as long as the\n"
        "gateway does not say x-should-retry: false.\n"
        "Exit: 0 every line is answered, 1 stopped (start it again), 2 usage, 3 the input or output is "
        "wrong,\n"
        "6 the deadline passed, 7 a line failed and --on-error is Stop.",
    .example =
        "  weir batch -i requests.jsonl -o answers.jsonl -g http://127.0.0.1:4000 -m gpt-4.1-mini -c 16",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run_batch,
};
