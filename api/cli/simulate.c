/* weir simulate: recorded calls gone through again under policies as they would be. Changes nothing. */
#include <stdio.h>

#include "api/cli/calls_ledger.h"
#include "api/cli/command.h"
#include "api/cli/instance.h"
#include "api/cli/sibling.h"
#include "api/cli/simulate_report.h"
#include "api/cli/since.h"
#include "api/cli/table.h"
#include "api/cli/usage_journals.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/document/json.h"

enum { MOST_PATHS = 64, MOST_CONFIG_BYTES = 256 * 1024 * 1024 };

static enum exit_code
plan_changed(struct invocation *invocation, struct gateway_config_list *out_configs, struct error *err);
static bool fill_arguments(struct invocation *invocation, char *(*arguments)[], struct error *err);
static bool read_configs(struct arena *arena, struct text json, struct gateway_config_list *out_configs,
                         struct error *err);
static bool replay_records(struct invocation *invocation, struct replay *replay, bool *out_is_from_ledger,
                           struct error *err);
static void on_record(void *owner, const struct usage_record *record);
static enum exit_code code_of(const struct error *err);

static enum exit_code
run(struct invocation *invocation)
{
    struct arena *arena = invocation->arena;
    struct error err = {0};
    struct simulation simulation = {.arena = arena};
    struct gateway_config_list configs;
    struct replay *replay = NULL;
    if (!since_parse(invocation_value(invocation, "since"), clock_unix_ms(), &simulation.from_ms, &err))
        return command_fail(EXIT_USAGE, &err, "See: weir simulate --help");
    enum exit_code code = plan_changed(invocation, &configs, &err);
    if (code != EXIT_OK)
        return command_fail(code, &err, "See: weir simulate --help");
    if (!replay_new(arena, &configs, simulation.from_ms, &replay, &err) ||
        !replay_records(invocation, replay, &simulation.is_from_ledger, &err))
        return command_fail(code_of(&err), &err, "See: weir simulate --help");
    simulation.found = replay_found(replay);
    struct text format = invocation_value(invocation, "output");
    if (text_equals(format, TEXT("table")))
        simulate_print(&simulation);
    else
        output_document(arena, format, simulate_document(&simulation));
    return EXIT_OK;
}

/* What policies come to is the operator's to say: its program prints what it would have gateways go by. */
static enum exit_code
plan_changed(struct invocation *invocation, struct gateway_config_list *out_configs, struct error *err)
{
    struct arena *arena = invocation->arena;
    char *arguments[2 * MOST_PATHS + 5] = {NULL};
    struct sibling_answer answer;
    if (!fill_arguments(invocation, &arguments, err) ||
        !sibling_run(arena, arguments, MOST_CONFIG_BYTES, &answer, err))
        return code_of(err);
    if (answer.exit_code == EXIT_OK)
        return read_configs(arena, answer.output, out_configs, err) ? EXIT_OK : EXIT_FAILED;
    error_set(err, ERROR_INVALID, "these policies give no config: see above");
    return answer.exit_code == EXIT_INVALID || answer.exit_code == EXIT_NOT_FOUND
               ? (enum exit_code)answer.exit_code
               : EXIT_FAILED;
}

static bool
fill_arguments(struct invocation *invocation, char *(*arguments)[], struct error *err)
{
    struct arena *arena = invocation->arena;
    char **next = *arguments;
    if (!sibling_find(arena, "weir-operator", next++, err))
        return false;
    *next++ = text_c_string(arena, TEXT("--plan"));
    if (!invocation_has(invocation, "alone")) {
        struct text folder;
        if (!instance_find_folder(invocation, &folder, err))
            return false;
        *next++ = text_c_string(arena, TEXT("--local"));
        *next++ = text_c_string(arena, folder);
    }
    for (size_t i = 0; i < invocation->arguments.count; i++) {
        *next++ = text_c_string(arena, TEXT("--replace"));
        *next++ = text_c_string(arena, invocation->arguments.items[i]);
    }
    *next = NULL;
    return true;
}

static bool
read_configs(struct arena *arena, struct text json, struct gateway_config_list *out_configs,
             struct error *err)
{
    struct document *root;
    if (!json_parse(arena, json, TEXT("the operator's plan"), &root, err))
        return false;
    const struct document *list = document_find(root, TEXT("configs"));
    struct problem_list problems;
    problems_init(&problems, arena);
    out_configs->count = document_count(list);
    out_configs->items = arena_alloc_array(arena, out_configs->count, sizeof(*out_configs->items));
    for (size_t i = 0; i < out_configs->count; i++)
        if (!schema_decode(arena, &gateway_config_schema, document_at(list, i), (struct text){0},
                           &out_configs->items[i], &problems))
            return error_set(err, ERROR_INTERNAL, "the operator's plan: %.*s",
                             TEXT_ARG(problem_line(arena, &problems.items[0])));
    return true;
}

static bool
replay_records(struct invocation *invocation, struct replay *replay, bool *out_is_from_ledger,
               struct error *err)
{
    const struct calls_question question = {
        .from_ms = replay_first_ms(replay),
        .until_ms = clock_unix_ms() + 1,
        .on_record = on_record,
        .owner = replay,
    };
    size_t count = 0;
    *out_is_from_ledger = calls_ledger_walk(invocation, &question, &count, err);
    if (*out_is_from_ledger) {
        fputs("weir: replayed from the ledger's records\n", stderr);
        return true;
    }
    if (err->kind != ERROR_UNAVAILABLE || count > 0)
        return error_context(err, "after %zu calls", count);
    fputs("weir: no ledger answers; replayed from the gateways' journals, which lose their oldest files once "
          "the ledger has them\n",
          stderr);
    return usage_journals_walk(invocation, on_record, replay, err);
}

static void
on_record(void *owner, const struct usage_record *record)
{
    struct replay *replay = owner;
    if (record->time_ms >= replay_first_ms(replay))
        replay_take(replay, record);
}

static enum exit_code
code_of(const struct error *err)
{
    if (err->kind == ERROR_NOT_FOUND)
        return EXIT_NOT_FOUND;
    return EXIT_FAILED;
}

static const struct command_option options[] = {
    {"since", 's', "SPAN", "7d", "calls of the last 90m, 24h, 7d ...", NULL},
    {"alone", 0, NULL, NULL, "the paths are all there is: add nothing of the folder's", NULL},
    {"dir", 'd', "DIR", NULL, "folder of the `weir up` (default: the last one started; or WEIR_DIR)", NULL},
    {"state", 0, "DIR", NULL, "what `weir up` was given with --state, if it was", NULL},
    {"output", 'o', "FORMAT", "table", "how to print", output_formats},
};

const struct command command_simulate = {
    .name = "simulate",
    .summary = "Replay recorded calls against changed policies: what they would block and save",
    .usage = "weir simulate FILE|DIR... [--since SPAN] [--dir DIR]",
    .details =
        "Objects of the paths take the place of the folder's of the same kind, namespace and name; "
        "others are\n"
        "added. Each recorded call goes through models, maxima, limits and budgets again, in order of "
        "time, at\n"
        "the changed prices; budgets count from the start of their windows. Changes nothing.\n"
        "Rules in Shadow mode block nothing here either; what would need an approval counts as approved; a "
        "budget\n"
        "is charged what a call really cost, not the most it could. What is not known: whether clients would "
        "have asked\n"
        "again or asked another model, how many calls ran at once, what length of answer was asked "
        "for, whether\n"
        "a caller's keys are still good, and what calls that were refused then would have cost.",
    .example = "  weir simulate stricter.yaml --since 7d\n"
               "  weir simulate policies/ --alone --since 24h -o json",
    .options = options,
    .option_count = COUNT_OF(options),
    .min_arguments = 1,
    .max_arguments = MOST_PATHS,
    .run = run,
};
