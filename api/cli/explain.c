/* weir explain: what holds in an environment and who said so. The operator decides; this prints its answer.
 */
#include <stdio.h>

#include "api/cli/command.h"
#include "api/cli/instance.h"
#include "api/cli/table.h"
#include "api/types/explanation.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"

static void print_rows(struct arena *arena, const struct explanation *explanation, struct buffer *out);
static void print_verdict(struct arena *arena, const struct explanation *explanation, struct buffer *out);

static struct text
question_path(const struct invocation *invocation)
{
    struct arena *arena = invocation->arena;
    struct buffer path;
    buffer_init(&path, arena, 128);
    buffer_add_string(&path, "/v1/explain?environment=");
    buffer_add_text(&path, instance_escape(arena, invocation->arguments.items[0]));
    static const char *const asked[] = {"caller", "model"};
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        if (invocation_has(invocation, asked[i]))
            buffer_print(&path, "&%s=%.*s", asked[i],
                         TEXT_ARG(instance_escape(arena, invocation_value(invocation, asked[i]))));
    }
    return buffer_text(&path);
}

static enum exit_code
print_answer(struct invocation *invocation, const struct document *answer)
{
    struct arena *arena = invocation->arena;
    struct problem_list problems;
    problems_init(&problems, arena);
    struct explanation explanation;
    if (!schema_decode(arena, &explanation_schema, answer, (struct text){0}, &explanation, &problems)) {
        struct error err;
        error_set(&err, ERROR_INTERNAL, "the operator's answer is not understood: %.*s",
                  TEXT_ARG(problem_line(arena, &problems.items[0])));
        return command_fail(EXIT_FAILED, &err, "weir and weir-operator should be of one build: weir version");
    }
    bool has_verdict = explanation.verdict.source != NULL;
    enum exit_code code = has_verdict && !explanation.verdict.allowed ? EXIT_DENIED : EXIT_OK;

    struct text format = invocation_value(invocation, "output");
    if (!text_equals(format, TEXT("table"))) {
        output_document(arena, format, answer);
        return code;
    }
    struct buffer out;
    buffer_init(&out, arena, 4096);
    if (has_verdict)
        print_verdict(arena, &explanation, &out);
    else
        print_rows(arena, &explanation, &out);
    output_text(&out);
    return code;
}

static enum exit_code
run(struct invocation *invocation)
{
    struct document *answer = NULL;
    struct error err;
    if (instance_ask(invocation, question_path(invocation), &answer, &err))
        return print_answer(invocation, answer);
    enum exit_code code = err.kind == ERROR_NOT_FOUND ? EXIT_NOT_FOUND : EXIT_FAILED;
    return command_fail(code, &err, "See: weir explain --help");
}

static void
print_verdict(struct arena *arena, const struct explanation *explanation, struct buffer *out)
{
    const struct explanation_verdict *verdict = &explanation->verdict;
    buffer_print(out, "%s  %.*s\n", verdict->allowed ? "allowed" : "refused", TEXT_ARG(verdict->reason));

    struct table table;
    table_init(&table, arena);
    for (size_t i = 0; i < 3; i++)
        table_add_column(&table, "", false);
    for (size_t i = 0; i < verdict->sets.count; i++) {
        const struct explanation_row *set = &verdict->sets.items[i];
        struct text *row = table_add_row(&table);
        row[0] = text_format(arena, "  %.*s", TEXT_ARG(set->value));
        row[1] = set->effective;
        row[2] = text_is_empty(set->place)
                     ? text_format(arena, "← %.*s", TEXT_ARG(set->from))
                     : text_format(arena, "← %.*s  (%.*s)", TEXT_ARG(set->from), TEXT_ARG(set->place));
    }
    struct buffer rows;
    buffer_init(&rows, arena, 1024);
    table_print(&table, &rows);
    buffer_add_text(out, text_slice(buffer_text(&rows), 1, rows.length)); /* no heading line */
    if (verdict->result.count > 0)
        buffer_print(out, "  = %.*s\n", TEXT_ARG(text_join(arena, &verdict->result, TEXT(", "))));
    if (!text_is_empty(verdict->advice))
        buffer_print(out, "%.*s\n", TEXT_ARG(verdict->advice));
}

static void
print_rows(struct arena *arena, const struct explanation *explanation, struct buffer *out)
{
    buffer_print(out, "environment %.*s/%.*s   tier %.*s   revision %.*s   %lld of %lld gateways have it\n",
                 TEXT_ARG(explanation->workspace), TEXT_ARG(explanation->environment),
                 TEXT_ARG(schema_enum_name(tier_names, (int)explanation->tier)),
                 TEXT_ARG(explanation->revision), (long long)explanation->gateways_acked,
                 (long long)explanation->gateways);
    if (!text_is_empty(explanation->held))
        buffer_print(out, "an edit is held back: %.*s\n", TEXT_ARG(explanation->held));

    struct table table;
    table_init(&table, arena);
    static const char *const headings[] = {"  value", "effective", "from", "", ""};
    for (size_t i = 0; i < COUNT_OF(headings); i++)
        table_add_column(&table, headings[i], false);
    for (size_t i = 0; i < explanation->rows.count; i++) {
        const struct explanation_row *row = &explanation->rows.items[i];
        struct text *cells = table_add_row(&table);
        cells[0] = text_format(arena, "  %.*s", TEXT_ARG(row->value));
        cells[1] = row->mode == POLICY_MODE_SHADOW
                       ? text_format(arena, "%.*s [Shadow]", TEXT_ARG(row->effective))
                       : row->effective;
        cells[2] = row->from;
        cells[3] = row->place;
        if (!text_is_empty(row->note))
            cells[4] = text_format(arena, "(%.*s)", TEXT_ARG(row->note));
    }
    table_print(&table, out);
}

static const struct command_option options[] = {
    {"caller", 'c', "NAME", NULL, "would this caller be served", NULL},
    {"model", 'm', "MODEL", NULL, "may this model be called", NULL},
    {"dir", 'd', "DIR", NULL, "folder of the running `weir up` (default: the last one started; or WEIR_DIR)",
     NULL},
    {"state", 0, "DIR", NULL, "what `weir up` was given with --state, if it was", NULL},
    {"output", 'o', "FORMAT", "table", "how to print", output_formats},
};

const struct command command_explain = {
    .name = "explain",
    .summary = "Show what holds in an environment, and which policy, file and line said so",
    .usage = "weir explain WORKSPACE/ENVIRONMENT [--caller NAME] [--model MODEL]",
    .details = "With --caller or --model it says whether such a call is allowed, and why not (exit code 5).",
    .example = "  weir explain demo/prod --model gpt-4.1 --caller ada",
    .options = options,
    .option_count = COUNT_OF(options),
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
