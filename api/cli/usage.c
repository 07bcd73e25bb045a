/* weir usage: who used what, added up from the gateways' journals of a `weir up` folder. */
#include <errno.h>
#include <glob.h>
#include <stdio.h>

#include "api/cli/command.h"
#include "api/cli/instance.h"
#include "api/cli/table.h"
#include "api/cli/usage_sums.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/parse.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"
#include "lib/journal/journal.h"

#define DAY_MS (24 * 60 * 60 * 1000LL)

struct window {
    int64_t from_unix_ms;
    struct text workspace; /* empty: all */
};

/* "7d", "2w" or any duration; the empty text is everything. */
static bool
parse_since(struct text since, int64_t now_ms, int64_t *out_from, struct error *err)
{
    int64_t span = 0;
    if (text_is_empty(since)) {
        *out_from = 0;
        return true;
    }
    char unit = since.bytes[since.length - 1];
    bool in_days = unit == 'd' || unit == 'w';
    bool good = in_days
                    ? parse_int64(text_slice(since, 0, since.length - 1), &span) && span >= 0 && span < 100000
                    : parse_duration_ms(since, &span);
    if (!good)
        return error_set(err, ERROR_INVALID, "--since \"%.*s\" is not a time span (examples: 90m, 24h, 7d)",
                         TEXT_ARG(since));
    if (in_days)
        span *= unit == 'w' ? 7 * DAY_MS : DAY_MS;
    *out_from = now_ms - span;
    return true;
}

static bool
add_record(struct arena *arena, struct text line, const struct window *window, struct usage_sums *sums,
           struct error *err)
{
    struct document *document = NULL;
    if (!json_parse(arena, line, (struct text){0}, &document, err))
        return false;
    struct problem_list problems;
    problems_init(&problems, arena);
    struct usage_record record;
    if (!schema_decode(arena, &usage_record_schema, document, (struct text){0}, &record, &problems))
        return error_set(err, ERROR_INVALID, "%.*s", TEXT_ARG(problem_line(arena, &problems.items[0])));
    bool wanted = record.time_ms >= window->from_unix_ms &&
                  (text_is_empty(window->workspace) || text_equals(window->workspace, record.workspace));
    if (wanted)
        usage_sums_add(sums, &record);
    return true;
}

/* Sums live in their own arena, so each record's can be reset. */
static bool
add_journal(struct arena *arena, const char *folder, const struct window *window, struct usage_sums *sums,
            struct error *err)
{
    struct journal_reader *reader = NULL;
    if (!journal_reader_open(arena, folder, 0, &reader, err))
        return err->kind == ERROR_NOT_FOUND;
    struct arena *scratch = arena_new(16384);
    uint64_t number = 0;
    struct text line;
    err->kind = ERROR_NONE;
    bool good = true;
    while (good && journal_reader_next(reader, &number, &line, err)) {
        good = add_record(scratch, line, window, sums, err);
        arena_reset(scratch);
    }
    good = good && err->kind == ERROR_NONE;
    journal_reader_close(reader);
    arena_free(scratch);
    return good || error_context(err, "record %llu of %s", (unsigned long long)number, folder);
}

static bool
add_journals(struct invocation *invocation, const struct window *window, struct usage_sums *sums,
             struct error *err)
{
    struct text state;
    if (!instance_find_state(invocation, &state, err))
        return false;
    struct text pattern = text_format(invocation->arena, "%.*s/gateway/*/journal", TEXT_ARG(state));
    glob_t found;
    int outcome = glob(text_c_string(invocation->arena, pattern), GLOB_NOSORT, NULL, &found);
    if (outcome == GLOB_NOMATCH)
        return true;
    if (outcome != 0)
        return error_set_errno(err, errno, "looking for journals in %.*s", TEXT_ARG(state));
    bool good = true;
    for (size_t i = 0; good && i < found.gl_pathc; i++)
        good = add_journal(invocation->arena, found.gl_pathv[i], window, sums, err);
    globfree(&found);
    return good;
}

static void
print_table(struct arena *arena, struct usage_sums *sums)
{
    struct table table;
    table_init(&table, arena);
    for (size_t i = 0; i < usage_sums_key_count(sums); i++) {
        const char *heading = upper_case(arena, text_c_string(arena, usage_sums_key_name(sums, i)));
        table_add_column(&table, heading, false);
    }
    static const char *const numbers[] = {"CALLS", "REFUSED", "FAILED", "INPUT", "CACHED", "OUTPUT"};
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        table_add_column(&table, numbers[i], true);

    size_t count = 0;
    const struct usage_sum *const *rows = usage_sums_sorted(sums, &count);
    for (size_t i = 0; i < count; i++) {
        struct text *cells = table_add_row(&table);
        size_t at = 0;
        while (at < usage_sums_key_count(sums)) {
            cells[at] = text_is_empty(rows[i]->keys[at]) ? TEXT("-") : rows[i]->keys[at];
            at++;
        }
        const int64_t values[] = {rows[i]->calls,        rows[i]->refused,       rows[i]->failed,
                                  rows[i]->input_tokens, rows[i]->cached_tokens, rows[i]->output_tokens};
        for (size_t j = 0; j < COUNT_OF(values); j++)
            cells[at++] = print_grouped(arena, values[j]);
    }
    struct buffer out;
    buffer_init(&out, arena, 4096);
    table_print(&table, &out);
    output_text(&out);
}

static struct document *
sums_document(struct arena *arena, struct usage_sums *sums)
{
    struct document *list = document_new_list(arena);
    size_t count = 0;
    const struct usage_sum *const *rows = usage_sums_sorted(sums, &count);
    for (size_t i = 0; i < count; i++) {
        struct document *row = document_new_map(arena);
        for (size_t j = 0; j < usage_sums_key_count(sums); j++)
            document_set_text(row, text_c_string(arena, usage_sums_key_name(sums, j)), rows[i]->keys[j]);
        document_set_int(row, "calls", rows[i]->calls);
        document_set_int(row, "refused", rows[i]->refused);
        document_set_int(row, "failed", rows[i]->failed);
        document_set_int(row, "inputTokens", rows[i]->input_tokens);
        document_set_int(row, "cachedTokens", rows[i]->cached_tokens);
        document_set_int(row, "outputTokens", rows[i]->output_tokens);
        document_append(list, row);
    }
    return list;
}

static enum exit_code
run(struct invocation *invocation)
{
    struct arena *arena = invocation->arena;
    struct error err = {0};
    struct window window = {.workspace = invocation_value(invocation, "workspace")};
    struct usage_sums *sums = NULL;
    if (!parse_since(invocation_value(invocation, "since"), clock_unix_ms(), &window.from_unix_ms, &err) ||
        !usage_sums_new(arena, invocation_value(invocation, "by"), &sums, &err))
        return command_fail(EXIT_USAGE, &err, "See: weir usage --help");
    if (!add_journals(invocation, &window, sums, &err))
        return command_fail(err.kind == ERROR_NOT_FOUND ? EXIT_NOT_FOUND : EXIT_FAILED, &err,
                            "See: weir usage --help");

    struct text format = invocation_value(invocation, "output");
    if (text_equals(format, TEXT("table")))
        print_table(arena, sums);
    else
        output_document(arena, format, sums_document(arena, sums));
    return EXIT_OK;
}

static const struct command_option options[] = {
    {"by", 'b', "FIELDS", "workspace,environment,model",
     "how to group: up to four of workspace, environment, caller, team, model, provider, outcome", NULL},
    {"since", 's', "SPAN", NULL, "only calls of the last 90m, 24h, 7d ... (default: all)", NULL},
    {"workspace", 'w', "NAME", NULL, "only calls of this workspace", NULL},
    {"dir", 'd', "DIR", NULL, "folder of the `weir up` (default: the last one started; or WEIR_DIR)", NULL},
    {"state", 0, "DIR", NULL, "what `weir up` was given with --state, if it was", NULL},
    {"output", 'o', "FORMAT", "table", "how to print", output_formats},
};

const struct command command_usage = {
    .name = "usage",
    .summary = "Add up calls and tokens from the gateways' journals",
    .usage = "weir usage [--by FIELDS] [--since SPAN] [--workspace NAME]",
    .details =
        "Counts every call exactly once, also refused and failed ones. INPUT excludes CACHED (read from the\n"
        "provider's cache); OUTPUT includes reasoning.",
    .example = "  weir usage --by environment,model --since 7d",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run,
};
