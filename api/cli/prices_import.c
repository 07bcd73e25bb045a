/* weir prices import: LiteLLM's public price list to a ModelPolicy, for the models that a folder's policies
 * route to. Prints; changes nothing. */
#include <stdio.h>

#include "api/cli/check_file.h"
#include "api/cli/command.h"
#include "api/cli/manifest_files.h"
#include "api/cli/price_choice.h"
#include "api/cli/table.h"
#include "api/prices/price_import.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/map.h"
#include "lib/document/yaml.h"

#define SEE_HELP "See: weir prices import --help"

struct importing {
    struct arena *arena;
    struct text file;
    struct price_choice *choice;
    struct price_import import;
    struct problem_list problems;
    bool is_whole; /* nothing that was wanted is wrong in the file */
};

static void
warn(struct text words)
{
    fprintf(stderr, "weir: warning: %.*s\n", TEXT_ARG(words));
}

/* The folder's policies say what is wanted. */
static bool
read_routes(struct importing *importing, const struct text_list *named, struct error *err)
{
    struct text_list paths;
    if (!manifest_files_find(importing->arena, named, &paths, err))
        return false;
    price_choice_of_routes(importing->choice);
    struct map *seen = map_new(importing->arena);
    for (size_t i = 0; i < paths.count; i++) {
        const struct checked_file *file = check_file(importing->arena, paths.items[i], seen);
        if (file->problems.error_count > 0)
            return error_set(err, ERROR_INVALID, "%.*s has problems, so what it routes to is not known",
                             TEXT_ARG(file->name));
        for (size_t j = 0; j < file->good.count; j++)
            if (file->good.items[j].kind->id == KIND_MODEL_POLICY)
                price_choice_add_routes(importing->choice, file->good.items[j].model_policy);
    }
    return true;
}

static bool
read_prices(struct importing *importing, struct error *err)
{
    struct arena *arena = importing->arena;
    struct price_source source = {.file = importing->file,
                                  .version = TEXT("import"),
                                  .is_wanted = price_choice_wants,
                                  .owner = importing->choice};
    if (!file_read(arena, text_c_string(arena, importing->file), PRICE_IMPORT_MAX_BYTES, &source.json, err))
        return false;
    problems_init(&importing->problems, arena);
    importing->is_whole = price_import(arena, &source, &importing->import, &importing->problems);
    for (size_t i = 0; i < importing->problems.count; i++)
        warn(problem_line(arena, &importing->problems.items[i]));
    if (importing->problems.left_out > 0)
        warn(text_format(arena, "and %zu more about %.*s", importing->problems.left_out,
                         TEXT_ARG(importing->file)));
    return true;
}

static const struct document *
policy_document(struct arena *arena, const struct model_price_list *prices)
{
    struct model_policy policy;
    schema_set_defaults(&model_policy_schema, &policy);
    policy.api_version = TEXT(WEIR_API_VERSION);
    policy.kind = text_of(kind_get(KIND_MODEL_POLICY)->name);
    policy.metadata.name = TEXT("prices");
    policy.metadata.namespace = TEXT(WEIR_SYSTEM_NAMESPACE);
    policy.spec.defaults.prices = *prices;
    return schema_encode(arena, &model_policy_schema, &policy, SCHEMA_ENCODE_PLAIN);
}

/* What is printed passes `weir check`: a name in the file may be one that no policy can hold. */
static bool
print_policy(const struct importing *importing, const struct model_price_list *prices, struct error *err)
{
    struct arena *arena = importing->arena;
    const struct document *document = policy_document(arena, prices);
    struct problem_list problems;
    problems_init(&problems, arena);
    struct object object;
    if (!object_decode(arena, document, &object, &problems))
        return error_set(err, ERROR_INVALID, "%.*s cannot be a policy: %.*s", TEXT_ARG(importing->file),
                         TEXT_ARG(problem_line(arena, &problems.items[0])));
    struct buffer out;
    buffer_init(&out, arena, 65536);
    buffer_add_string(&out,
                      "# Public list prices, by weir prices import: hold them against your own contracts.\n");
    yaml_print(document, &out);
    output_text(&out);
    return true;
}

static enum exit_code
print_choice(struct importing *importing)
{
    struct error err = {0};
    struct price_choice_result result = price_choice_take(importing->choice, &importing->import.table);
    for (size_t i = 0; i < result.doubts.count; i++)
        warn(result.doubts.items[i]);
    if (result.left_out > 0) {
        error_set(&err, ERROR_INVALID, "%zu prices are wanted, and a policy holds %d",
                  result.prices.count + result.left_out, PRICE_CHOICE_MAX_PRICES);
        return command_fail(
            EXIT_FAILED, &err,
            "Name the providers (--provider openai,anthropic), or a folder for what it routes to.");
    }
    if (result.prices.count == 0) {
        error_set(&err, ERROR_NOT_FOUND, "%.*s has no price that is wanted", TEXT_ARG(importing->file));
        return command_fail(importing->is_whole ? EXIT_NOT_FOUND : EXIT_INVALID, &err, SEE_HELP);
    }
    if (!print_policy(importing, &result.prices, &err))
        return command_fail(EXIT_INVALID, &err, SEE_HELP);
    return importing->is_whole ? EXIT_OK : EXIT_INVALID;
}

static enum exit_code
run(struct invocation *invocation)
{
    struct arena *arena = invocation->arena;
    const struct text_list *arguments = &invocation->arguments;
    struct importing importing = {.arena = arena, .file = arguments->items[0]};
    struct text_list folders = {arguments->items + 1, arguments->count - 1};
    struct error err = {0};
    if (!price_choice_new(arena, invocation_value(invocation, "provider"), &importing.choice, &err))
        return command_fail(EXIT_USAGE, &err, SEE_HELP);
    if (invocation_has(invocation, "all") == (folders.count > 0)) {
        error_set(&err, ERROR_INVALID, "give a folder whose policies say which models are meant, or --all");
        return command_fail(EXIT_USAGE, &err, SEE_HELP);
    }
    if (folders.count > 0 && !read_routes(&importing, &folders, &err))
        return command_fail(err.kind == ERROR_INVALID ? EXIT_INVALID : EXIT_NOT_FOUND, &err,
                            "See: weir check, which says what is wrong");
    if (!read_prices(&importing, &err))
        return command_fail(err.kind == ERROR_NOT_FOUND ? EXIT_NOT_FOUND : EXIT_FAILED, &err, SEE_HELP);
    return print_choice(&importing);
}

static const struct command_option options[] = {
    {"provider", 'p', "NAMES", NULL,
     "NAME=LITELLM_PROVIDER,...: what FILE calls the providers of your policies, where the names differ; "
     "with --all, which ones are meant",
     NULL},
    {"all", 'a', NULL, NULL, "every model of FILE, or of the providers named, instead of what DIR routes to",
     NULL},
};

const struct command command_prices_import = {
    .name = "prices import",
    .summary = "Make a policy with prices from LiteLLM's public price list",
    .usage = "weir prices import FILE DIR... | weir prices import FILE --all [--provider NAMES]",
    .details =
        "FILE is LiteLLM's model_prices_and_context_window.json. Prints the ModelPolicy weir-system/prices "
        "with a\n"
        "price for each model that the policies of DIR route to; whatever it is not sure of is a warning on\n"
        "standard error. A price of 0 is not taken for free: write free: true where you know it.\n"
        "Exit: 0 printed, 1 it did not work, 2 usage, 3 a file is wrong (prices that are sound are printed), "
        "4 no\n"
        "file, or no price that is wanted.",
    .example =
        "  weir prices import model_prices_and_context_window.json policies/ --provider lab=together_ai "
        "> policies/prices.yaml",
    .options = options,
    .option_count = COUNT_OF(options),
    .min_arguments = 1,
    .max_arguments = 64,
    .run = run,
};
