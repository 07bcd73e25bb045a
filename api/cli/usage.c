/* weir usage: who used what, added up by the ledger of a `weir up` folder, or from its gateways' journals
 * when none runs. */
#include <stdio.h>

#include "api/cli/command.h"
#include "api/cli/remote_ledger.h"
#include "api/cli/since.h"
#include "api/cli/table.h"
#include "api/cli/usage_budgets.h"
#include "api/cli/usage_counts.h"
#include "api/cli/usage_journals.h"
#include "api/cli/usage_ledger.h"
#include "api/cli/usage_sums.h"
#include "api/cli/usage_words.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/csv.h"
#include "lib/base/decimal.h"
#include "lib/base/error.h"
#include "lib/document/document_build.h"

struct window {
    int64_t from_unix_ms, now_unix_ms;
    struct text workspace, environment; /* empty: all */
};

struct journal_sums {
    const struct window *window;
    struct usage_sums *sums;
};

static void
on_journal_record(void *owner, const struct usage_record *record)
{
    const struct journal_sums *adding = owner;
    const struct window *window = adding->window;
    bool wanted =
        record->time_ms >= window->from_unix_ms &&
        (text_is_empty(window->workspace) || text_equals(window->workspace, record->workspace)) &&
        (text_is_empty(window->environment) || text_equals(window->environment, record->environment));
    if (wanted)
        usage_sums_add(adding->sums, record);
}

/* Exact, however small. "*": some of it has no price, and is not in the sum. */
static struct text
cost_words(struct arena *arena, const struct usage_sum *sum)
{
    const char *mark = sum->unpriced > 0 ? "*" : "";
    if (!sum->has_cost)
        return text_format(arena, "-%s", mark);
    struct text dollars = decimal_print_nano(arena, sum->cost_nano);
    return text_format(arena, "%.*s%s", TEXT_ARG(dollars), mark);
}

static void
on_ledger_row(void *owner, const struct usage_record *record, const struct usage_counts *counts)
{
    usage_sums_add_many(owner, record, counts);
}

static void
on_ledger_before(void *owner, const struct usage_record *record, int64_t cost_nano)
{
    usage_sums_set_before(owner, record, cost_nano);
}

/* What it is compared with is only asked for when there is a span to compare. */
static bool
ask_ledger(struct invocation *invocation, const struct window *window, struct usage_sums *sums,
           struct error *err)
{
    const struct usage_ledger_question question = {.by = invocation_value(invocation, "by"),
                                                   .workspace = window->workspace,
                                                   .environment = window->environment,
                                                   .from_unix_ms = window->from_unix_ms,
                                                   .on_row = on_ledger_row,
                                                   .owner = sums,
                                                   .on_before = on_ledger_before};
    return usage_ledger_ask(invocation, &question, err) &&
           (window->from_unix_ms == 0 ||
            usage_ledger_ask_before(invocation, &question, window->now_unix_ms, err));
}

/* The ledger has what journals had whose files are gone; journals are there when it is not. */
static bool
add_up(struct invocation *invocation, const struct window *window, struct usage_sums **out_sums,
       bool *out_is_ledger, struct error *err)
{
    struct text by = invocation_value(invocation, "by");
    if (ask_ledger(invocation, window, *out_sums, err)) {
        fputs("weir: added up by the ledger, in whole hours\n", stderr);
        *out_is_ledger = true;
        return true;
    }
    if (err->kind != ERROR_UNAVAILABLE || remote_ledger_is_given(invocation) ||
        !usage_sums_new(invocation->arena, by, out_sums, err))
        return false;
    fputs("weir: no ledger answers; added up from the gateways' journals, which lose their oldest files once "
          "the ledger has them\n",
          stderr);
    struct journal_sums adding = {window, *out_sums};
    return usage_journals_walk(invocation, on_journal_record, &adding, err);
}

static struct document *
sum_row(struct arena *arena, const struct usage_sums *sums, const struct usage_sum *sum);

static void
print_csv(struct arena *arena, const struct usage_sums *sums, const struct document *rows)
{
    struct buffer out;
    /* The same whatever was used, and nothing too. */
    const struct document *columns = sum_row(arena, sums, &(const struct usage_sum){.has_cost = true});
    buffer_init(&out, arena, 4096);
    for (size_t i = 0; i < document_count(columns); i++)
        buffer_print(&out, "%s%.*s", i > 0 ? "," : "", TEXT_ARG(document_key_at(columns, i)));
    for (size_t i = 0; i < document_count(rows); i++)
        for (size_t j = 0; j < document_count(columns); j++) {
            struct text cell =
                document_text(document_find(document_at(rows, i), document_key_at(columns, j)));
            buffer_add_string(&out, j > 0 ? "," : "\r\n");
            if (j < usage_sums_key_count(sums))
                csv_add_cell(&out, cell);
            else
                csv_add_plain(&out, cell);
        }
    buffer_add_string(&out, "\r\n");
    output_text(&out);
}

static void
add_columns(struct arena *arena, struct table *table, const struct usage_sums *sums, struct text since)
{
    for (size_t i = 0; i < usage_sums_key_count(sums); i++) {
        const char *heading = upper_case(arena, text_c_string(arena, usage_sums_key_name(sums, i)));
        table_add_column(table, heading, false);
    }
    static const char *const numbers[] = {"CALLS", "TRIES", "REFUSED", "FAILED", "INPUT", "CACHED", "OUTPUT"};
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        table_add_column(table, numbers[i], true);
    table_add_column(table, "COST USD", true);
    if (!text_is_empty(since))
        table_add_column(table, text_c_string(arena, text_format(arena, "Δ %.*s", TEXT_ARG(since))), true);
}

/* since: of the span that there is another one to compare with; empty: none. */
static void
print_table(struct arena *arena, struct usage_sums *sums, struct text since, struct buffer *out)
{
    struct table table;
    size_t count = 0;
    int64_t unpriced = 0;
    const struct usage_sum *const *rows = usage_sums_sorted(sums, &count);
    table_init(&table, arena);
    add_columns(arena, &table, sums, since);
    for (size_t i = 0; i < count; i++) {
        struct text *cells = table_add_row(&table);
        size_t at = 0;
        while (at < usage_sums_key_count(sums)) {
            cells[at] = text_is_empty(rows[i]->keys[at]) ? TEXT("-") : rows[i]->keys[at];
            at++;
        }
        const int64_t values[] = {rows[i]->calls,        rows[i]->tries,        rows[i]->refused,
                                  rows[i]->failed,       rows[i]->input_tokens, rows[i]->cached_tokens,
                                  rows[i]->output_tokens};
        for (size_t j = 0; j < COUNT_OF(values); j++)
            cells[at++] = print_grouped(arena, values[j]);
        cells[at++] = cost_words(arena, rows[i]);
        if (!text_is_empty(since))
            cells[at++] = usage_change_words(arena, rows[i]->cost_before_nano, rows[i]->cost_nano);
        unpriced += rows[i]->unpriced;
    }
    table_print(&table, out);
    if (unpriced > 0)
        buffer_print(out,
                     "* %.*s tr%s used what has no price, which is not in the cost: see defaults.prices.\n",
                     TEXT_ARG(print_grouped(arena, unpriced)), unpriced == 1 ? "y" : "ies");
}

/* Budgets are another question, whose failure is no failure of this one. An environment alone is of every
 * workspace, which the ledger has no accounts of. */
static void
show_table(struct invocation *invocation, const struct window *window, struct usage_sums *sums,
           bool is_ledger)
{
    struct buffer out;
    struct error err = {0};
    struct text since = invocation_value(invocation, "since");
    buffer_init(&out, invocation->arena, 4096);
    print_table(invocation->arena, sums, is_ledger ? since : TEXT(""), &out);
    bool is_about_accounts = text_is_empty(window->environment) || !text_is_empty(window->workspace);
    if (is_ledger && is_about_accounts &&
        !usage_budgets_print(invocation, window->workspace, window->environment, &out, &err))
        fprintf(stderr, "weir: no budgets: %s\n", err.message);
    output_text(&out);
}

static struct document *
sums_document(struct arena *arena, struct usage_sums *sums)
{
    struct document *list = document_new_list(arena);
    size_t count = 0;
    const struct usage_sum *const *rows = usage_sums_sorted(sums, &count);
    for (size_t i = 0; i < count; i++)
        document_append(list, sum_row(arena, sums, rows[i]));
    return list;
}

static struct document *
sum_row(struct arena *arena, const struct usage_sums *sums, const struct usage_sum *sum)
{
    struct document *row = document_new_map(arena);
    for (size_t i = 0; i < usage_sums_key_count(sums); i++)
        document_set_text(row, text_c_string(arena, usage_sums_key_name(sums, i)), sum->keys[i]);
    document_set_int(row, "calls", sum->calls);
    document_set_int(row, "tries", sum->tries);
    document_set_int(row, "refused", sum->refused);
    document_set_int(row, "failed", sum->failed);
    document_set_int(row, "inputTokens", sum->input_tokens);
    document_set_int(row, "cachedTokens", sum->cached_tokens);
    document_set_int(row, "outputTokens", sum->output_tokens);
    document_set_int(row, "unpricedCalls", sum->unpriced);
    if (sum->has_cost)
        document_set_text(row, "cost", decimal_print_nano(arena, sum->cost_nano));
    return row;
}

static enum exit_code
run(struct invocation *invocation)
{
    struct arena *arena = invocation->arena;
    struct error err = {0};
    struct window window = {.workspace = invocation_value(invocation, "workspace"),
                            .environment = invocation_value(invocation, "environment")};
    struct usage_sums *sums = NULL;
    bool is_ledger = false;
    window.now_unix_ms = clock_unix_ms();
    if (!since_parse(invocation_value(invocation, "since"), window.now_unix_ms, &window.from_unix_ms, &err) ||
        !usage_sums_new(arena, invocation_value(invocation, "by"), &sums, &err))
        return command_fail(EXIT_USAGE, &err, "See: weir usage --help");
    if (!add_up(invocation, &window, &sums, &is_ledger, &err))
        return command_fail(err.kind == ERROR_NOT_FOUND ? EXIT_NOT_FOUND : EXIT_FAILED, &err,
                            "See: weir usage --help");

    struct text format = invocation_value(invocation, "output");
    if (text_equals(format, TEXT("table")))
        show_table(invocation, &window, sums, is_ledger);
    else if (text_equals(format, TEXT("csv")))
        print_csv(arena, sums, sums_document(arena, sums));
    else
        output_document(arena, format, sums_document(arena, sums));
    return EXIT_OK;
}

static const char *const formats[] = {"table", "json", "yaml", "csv", NULL};
static const struct command_option options[] = {
    {"by", 'b', "FIELDS", "workspace,environment,model",
     "how to group: up to four of workspace, environment, caller, team, deployment, model, provider, "
     "targetModel, outcome, and run, tool or tag:KEY (only calls that have one)",
     NULL},
    {"since", 's', "SPAN", NULL, "only calls of the last 90m, 24h, 7d ... (default: all)", NULL},
    {"workspace", 'w', "NAME", NULL, "only calls of this workspace", NULL},
    {"environment", 'e', "NAME", NULL, "only calls of environments of this name", NULL},
    {"dir", 'd', "DIR", NULL, "folder of the `weir up` (default: the last one started; or WEIR_DIR)", NULL},
    {"state", 0, "DIR", NULL, "what `weir up` was given with --state, if it was", NULL},
    REMOTE_LEDGER_OPTIONS,
    {"output", 'o', "FORMAT", "table", "how to print", formats},
};

const struct command command_usage = {
    .name = "usage",
    .summary = "Add up calls, tokens and money, by the ledger or from the gateways' journals",
    .usage = "weir usage [--by FIELDS] [--since SPAN] [--workspace NAME] [--environment NAME] "
             "[--ledger URL --token-file FILE]",
    .details =
        "Asks the ledger that runs with `weir up` (whole hours), and reads the gateways' journals when none "
        "does;\n"
        "which of them is said on standard error. With --ledger asks that one, a cluster's for one, and "
        "nothing "
        "else.\n"
        "Counts every call exactly once, also refused and failed ones; TRIES are the requests that reached\n"
        "providers, and tokens and money are those of all tries. INPUT excludes CACHED (read from the\n"
        "provider's cache); OUTPUT includes reasoning. COST is exact: what calls cost by\n"
        "the prices of the policies that were in force then.",
    .example = "  weir usage --by environment,model --since 7d\n"
               "  weir usage --ledger https://localhost:8080 --server-name weir-api --ca-file ca.crt "
               "--token-file token\n"
               "  weir usage --by team,caller --workspace retail-ai -o csv >usage.csv",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run,
};
