/* weir audit export: the ledger's whole audit log, a row a line, in parts of bounded size. */
#include <errno.h>
#include <stdio.h>

#include "api/cli/command.h"
#include "api/cli/instance.h"
#include "api/cli/remote_ledger.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"

enum { PART_ROWS = 2000, PART_BYTES = 4 * 1024 * 1024 };

static bool write_all(const struct invocation *invocation, FILE *out, int64_t *out_rows, struct error *err);
static bool write_part(const struct invocation *invocation, FILE *out, int64_t *rows, bool *out_is_last,
                       struct error *err);
static int64_t count_lines(struct text part);
static void tell(const struct invocation *invocation, const char *path, int64_t rows);

static enum exit_code
run(struct invocation *invocation)
{
    bool is_file = invocation->arguments.count > 0;
    const char *path =
        is_file ? text_c_string(invocation->arena, invocation->arguments.items[0]) : "standard output";
    struct error err = {0};
    FILE *out = is_file ? fopen(path, "we") : stdout;
    int64_t rows = 0;
    if (!out) {
        error_set_errno(&err, errno, "making %s", path);
        return command_fail(EXIT_FAILED, &err, "See: weir audit export --help");
    }
    bool is_written = write_all(invocation, out, &rows, &err);
    if ((is_file ? fclose(out) : fflush(out)) != 0 && is_written)
        is_written = error_set_errno(&err, errno, "writing %s", path);
    if (!is_written)
        return command_fail(err.kind == ERROR_NOT_FOUND ? EXIT_NOT_FOUND : EXIT_FAILED, &err,
                            "See: weir audit export --help");
    tell(invocation, is_file ? path : "FILE", rows);
    return EXIT_OK;
}

static bool
write_all(const struct invocation *invocation, FILE *out, int64_t *out_rows, struct error *err)
{
    struct arena *arena = arena_new(PART_BYTES);
    struct invocation one = *invocation;
    int64_t rows = 0;
    bool is_last = false, is_written = true;
    one.arena = arena;
    while (is_written && !is_last) {
        is_written = write_part(&one, out, &rows, &is_last, err);
        arena_reset(arena);
    }
    arena_free(arena);
    *out_rows = rows;
    return is_written;
}

/* Rows are written as they came, sound or not: what is wrong with them is for `weir audit verify` to say. So
 * they are counted, and what they say of their place is not believed. */
static bool
write_part(const struct invocation *invocation, FILE *out, int64_t *rows, bool *out_is_last,
           struct error *err)
{
    struct text part;
    struct text path =
        text_format(invocation->arena, "/v1/audit/export?after=%lld&limit=%d", (long long)*rows, PART_ROWS);
    if (!instance_fetch_ledger(invocation, path, &part, err))
        return false;
    int64_t count = count_lines(part);
    *rows += count;
    *out_is_last = count < PART_ROWS;
    return fwrite(part.bytes ? part.bytes : "", 1, part.length, out) == part.length ||
           error_set_errno(err, errno, "writing the export");
}

static int64_t
count_lines(struct text part)
{
    int64_t count = 0;
    for (struct text rest = part; rest.length > 0; count++)
        text_cut(&rest, '\n');
    return count;
}

static void
tell(const struct invocation *invocation, const char *path, int64_t rows)
{
    struct text state;
    struct error err;
    if (remote_ledger_is_given(invocation)) {
        fprintf(stderr, "%lld rows. To verify them, anywhere: weir audit verify %s, with its checkpoints\n",
                (long long)rows, path);
        return;
    }
    if (!instance_find_state(invocation, &state, &err))
        return;
    fprintf(stderr,
            "%lld rows. To verify them, anywhere: weir audit verify %s --checkpoints %.*s/audit/checkpoints "
            "--key %.*s/audit/public.pem\n",
            (long long)rows, path, TEXT_ARG(state), TEXT_ARG(state));
}

static const struct command_option options[] = {
    {"dir", 'd', "DIR", NULL, "folder of the running `weir up` (default: the last one started; or WEIR_DIR)",
     NULL},
    {"state", 0, "DIR", NULL, "its state folder (default: DIR/.weir)", NULL},
    REMOTE_LEDGER_OPTIONS,
};

const struct command command_audit_export = {
    .name = "audit export",
    .summary = "The whole audit log, a row a line, from the ledger that runs with `weir up` or from --ledger",
    .usage = "weir audit export [FILE] [--ledger URL --token-file FILE]",
    .details =
        "Oldest first, as it is chained. Goes to standard output without FILE. Checkpoints are not in it:\n"
        "they are in the state folder's audit/, signed, and belong where the ledger's owner cannot write.",
    .example = "  weir audit export audit.jsonl",
    .options = options,
    .option_count = COUNT_OF(options),
    .min_arguments = 0,
    .max_arguments = 1,
    .run = run,
};
