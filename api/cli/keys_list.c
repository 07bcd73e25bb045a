/* weir keys list: a caller's keys in one environment, without the keys. */
#include "api/cli/keys_ledger.h"
#include "api/cli/table.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/document/document.h"

static void
print_table(struct arena *arena, const struct document *answer)
{
    static const char *const members[] = {"id", "origin", NULL, "created", "expires", "revoked"};
    static const char *const headings[] = {"KEY", "ORIGIN", "IN FORCE", "CREATED", "EXPIRES", "REVOKED"};
    const struct document *keys = document_find(answer, TEXT("keys"));
    struct table table;
    struct buffer out;
    table_init(&table, arena);
    for (size_t i = 0; i < COUNT_OF(headings); i++)
        table_add_column(&table, headings[i], false);
    for (size_t i = 0; i < document_count(keys); i++) {
        const struct document *key = document_at(keys, i);
        struct text *row = table_add_row(&table);
        for (size_t j = 0; j < COUNT_OF(members); j++)
            row[j] = members[j] ? document_text(document_find(key, text_of(members[j]))) : TEXT("");
        row[2] = document_bool(document_find(key, TEXT("inForce"))) ? TEXT("yes") : TEXT("no");
    }
    buffer_init(&out, arena, 1024);
    table_print(&table, &out);
    output_text(&out);
}

static enum exit_code
run(struct invocation *invocation)
{
    struct keys_question question = {0};
    struct document *answer = NULL;
    struct error err;
    if (!keys_ledger_path(invocation, &question.path, &err))
        return command_fail(EXIT_USAGE, &err, "See: weir keys list --help");
    if (!keys_ledger_ask(invocation, &question, &answer, &err))
        return keys_ledger_fail(invocation, &err);
    struct text format = invocation_value(invocation, "output");
    if (text_equals(format, TEXT("table")))
        print_table(invocation->arena, answer);
    else
        output_document(invocation->arena, format, answer);
    return EXIT_OK;
}

const struct command command_keys_list = {
    .name = "keys list",
    .summary = "A caller's keys in one environment: which are declared, made, revoked",
    .usage = "weir keys list WORKSPACE/ENVIRONMENT/CALLER [--ledger URL --token-file FILE] [-o FORMAT]",
    .details =
        "Asks the ledger that runs with `weir up`, or the one of --ledger. A key is named by the first 12\n"
        "digits of its hash; the keys themselves are known to their callers only.",
    .example = "  weir keys list retail-ai/prod/checkout",
    .options = &keys_options[KEYS_SHARED],
    .option_count = KEYS_EXPIRES - KEYS_SHARED,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
